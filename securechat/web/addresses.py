"""Addresses of the app: read as people type them, shown as people read them, and made for a QR code."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import SplitResult, quote, unquote, urlsplit

import idna

from securechat.errors import InvalidSetting

URL_SETTING = "SECURECHAT_PUBLIC_URL"
"""The setting that says under which address others reach the app."""

MAX_BASE_CHARS = 200
"""Characters in an address: with more, a QR code is too fine for the back row."""

_EXAMPLE = "It looks like http://192.168.1.20:8501 or https://chat.school.example."
_STANDARD_PORTS = {"http": 80, "https": 443}
_FRAME = "/~/+"
"""What stands before a page's path on Community Cloud, which shows the app in a frame."""


def read_base(typed: str, *, pages: Collection[str] = (), base_path: str = "") -> str:
    """Return the address of the app from one that somebody typed, or from that of any page of the app.

    Args:
        typed: The address, with or without `http://`, page, query and fragment.
        pages: The paths of the app's pages, such as `classroom`: one at the end is cut off.
        base_path: Under which path the app is served, if known: that one is not taken for a page's.

    Returns:
        The address in its readable form, without a slash at the end.

    Raises:
        InvalidSetting: It is no address that a phone could open.
    """
    text = typed.strip()
    if not text:
        raise InvalidSetting("There is no address.", remedy=_EXAMPLE)
    if len(text) > 2 * MAX_BASE_CHARS:
        raise InvalidSetting(f"The address has more than {MAX_BASE_CHARS} characters.", remedy=_EXAMPLE)
    if not re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE):
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host = readable_host(_ascii_host(parts.hostname or ""))
        port = parts.port
    except ValueError:
        raise InvalidSetting("This is not an address.", remedy=_EXAMPLE) from None
    if parts.scheme not in _STANDARD_PORTS:
        raise InvalidSetting("An address begins with http:// or https://.", remedy=_EXAMPLE)
    if "@" in parts.netloc:
        raise InvalidSetting("An address here has no name or password in it.", remedy=_EXAMPLE)
    path = unquote(parts.path)
    if port == 0 or parts.netloc.endswith(":") or not re.fullmatch(r"[\w\-./~+!$&'()*,;=:@]*", path):
        raise InvalidSetting("This is not an address.", remedy=_EXAMPLE)
    base = joined(parts.scheme, host, port, _without_page(path, pages, base_path))
    if len(base) > MAX_BASE_CHARS:
        raise InvalidSetting(f"The address has more than {MAX_BASE_CHARS} characters.", remedy=_EXAMPLE)
    return base


def joined(scheme: str, host: str, port: int | None, path: str) -> str:
    """Return an address of its parts, without what a browser adds by itself."""
    name = f"[{host}]" if ":" in host else host
    at_port = "" if port in (None, _STANDARD_PORTS.get(scheme)) else f":{port}"
    return SplitResult(scheme, f"{name}{at_port}", path.rstrip("/"), "", "").geturl()


def ascii_url(base: str) -> str:
    """Return an address as every reader of QR codes understands it: in ASCII alone.

    Args:
        base: The address, as `read_base` returned it.
    """
    parts = urlsplit(base)
    path = quote(parts.path, safe="/~+!$&'()*,;=:@")
    return joined(parts.scheme, _ascii_host(parts.hostname or ""), parts.port, path)


def readable_host(host: str) -> str:
    """Return a host name in the letters of its language: browsers and QR codes have it in ASCII."""
    try:
        return idna.decode(host) if "xn--" in host else host
    except idna.IDNAError:
        return host


def is_local(host: str) -> bool:
    """Say whether a host name or address stands for whichever computer it is used on."""
    host = host.strip("[]").lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = ip_address(host)
    if isinstance(address, ipaddress.IPv6Address):  # a socket for both kinds has those of IPv4 so
        address = address.ipv4_mapped or address
    return address is not None and (address.is_loopback or address.is_unspecified)


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a host is given by, or None where it is given by a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _ascii_host(host: str) -> str:
    """Return a host as it is looked up.

    Raises:
        ValueError: There is no such host.
    """
    if ip_address(host):
        return host
    if not host.isascii():
        # As browsers do since 2008; Python's own codec is of 2003, and takes ß for ss: another host.
        host = idna.encode(host, uts46=True).decode()
    labels = host.removesuffix(".").split(".")
    # With nothing but digits and dots it is an address with a slip in it.
    if host.replace(".", "").isdigit() or not all(map(_is_label, labels)):
        raise ValueError(host)
    return host


def _is_label(label: str) -> bool:
    return re.fullmatch(r"(?!-)[\w-]{1,63}(?<!-)", label) is not None


def _without_page(path: str, pages: Collection[str], base_path: str) -> str:
    path = path.rstrip("/")
    above, _, last = path.rpartition("/")
    if last in pages and path.strip("/") != base_path.strip("/"):
        path = above
    return path.removesuffix(_FRAME)
