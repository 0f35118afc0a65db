"""Under which address a class is reached: what pupils type, and what the QR code says."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from securechat.errors import InvalidSetting

URL_SETTING = "SECURECHAT_PUBLIC_URL"

MAX_BASE_CHARS = 200
"""Characters in an address: with more, a QR code is too fine for the back row."""

_EXAMPLE = "It looks like http://192.168.1.20:8501 or https://chat.school.example."

_NEIGHBOURS = ("192.0.2.1", "192.168.137.254", "10.42.0.254", "192.168.0.254", "192.168.1.254", "10.0.0.254")
"""Where the way to is asked for: any host at all (RFC 5737), then those of networks without a way out."""


@dataclass(frozen=True)
class Base:
    """The address of the app, as the class gets it.

    Attributes:
        url: The address, without a slash at the end; empty if there is none.
        problem: What the teacher has to know or do about it, as sentences; empty if nothing.
    """

    url: str
    problem: str = ""

    def link(self, code: str) -> str:
        """Return what the QR code says: the address that leads into the class."""
        return f"{self.url}/?class={code}"

    @property
    def typed(self) -> str:
        """What pupils type: the page where one joins, without what browsers add by themselves."""
        return f"{self.url}/join".removeprefix("http://")


def read_base(typed: str) -> str:
    """Return an address that somebody typed, as a base to add to.

    Args:
        typed: The address, with or without `http://`, and with or without a slash at the end.

    Raises:
        InvalidSetting: It is no address that a phone could open.
    """
    text = typed.strip()
    if not text:
        raise InvalidSetting("There is no address.", remedy=_EXAMPLE)
    if len(text) > MAX_BASE_CHARS:
        raise InvalidSetting(f"The address has more than {MAX_BASE_CHARS} characters.", remedy=_EXAMPLE)
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise InvalidSetting("This is not an address.", remedy=_EXAMPLE) from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        raise InvalidSetting("An address begins with http:// or https://.", remedy=_EXAMPLE)
    if (
        port == 0
        or parts.netloc.endswith(":")
        or not _is_host(host)
        or not re.fullmatch(r"[\w\-./~%+]*", parts.path, re.ASCII)
    ):
        raise InvalidSetting("This is not an address.", remedy=_EXAMPLE)
    if "@" in parts.netloc or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise InvalidSetting("An address here has no name or password, no ? and no # in it.", remedy=_EXAMPLE)
    return _joined(parts.scheme, host, port, parts.path)


def base_of_page(url: str, page: str) -> str:
    """Return the base of the address at which the browser has a page.

    Args:
        url: The address of the page.
        page: The page's own path, which stands at its end, such as `classroom`.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix(f"/{page}")
    path = path.removesuffix("/~/+")  # Community Cloud shows the app in a frame with such an address
    return _joined(parts.scheme, parts.hostname or "", parts.port, path)


def is_local(host: str) -> bool:
    """Say whether a host name or address stands for whichever computer it is used on."""
    host = host.strip("[]").lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def own_address(host: str) -> str:
    """Return the address under which this machine would speak to a host. Nothing is sent.

    Raises:
        OSError: There is no way to it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))  # of UDP: only looks up the way
        return str(probe.getsockname()[0])


def network_address(own: Callable[[str], str] = own_address) -> str | None:
    """Return this machine's address in its network, or None where it is in none.

    Args:
        own: See `own_address`.
    """
    for neighbour in _NEIGHBOURS:
        try:
            address = own(neighbour)
        except OSError:
            continue
        if not is_local(address):
            return address
    return None


def find_base(
    *,
    corrected: str = "",
    setting: str = "",
    page_url: str | None = None,
    page: str = "",
    listens_on: str = "",
    network: Callable[[], str | None] = network_address,
) -> Base:
    """Find the address that the class gets.

    Args:
        corrected: What the teacher has put right, as `read_base` returned it; empty if nothing.
        setting: The setting `SECURECHAT_PUBLIC_URL`; empty if it is not there.
        page_url: The address at which the teacher's browser has the page, if known.
        page: The page's own path.
        listens_on: The only address that the server listens on, as it was started; empty if on all.
        network: Finds this machine's address in its network.
    """
    if corrected:
        return Base(corrected, _problem_of(corrected))
    problem = ""
    if setting:
        try:
            base = read_base(setting)
        except InvalidSetting as error:
            problem = f"The setting {URL_SETTING} cannot be used. {error} "
        else:
            return Base(base, _problem_of(base))
    if not page_url:
        return Base("", f"{problem}The address of this app is not known. Give it here.")
    base = base_of_page(page_url, page)
    parts = urlsplit(base)
    if not is_local(parts.hostname or ""):
        return Base(base, problem.strip())
    if listens_on and is_local(listens_on) and listens_on not in ("0.0.0.0", "::"):  # noqa: S104 - compared
        return Base(
            base,
            f"{problem}The app was started for this computer only (server.address is {listens_on}), so "
            "phones cannot reach it. Start it without that setting.",
        )
    found = network()
    if found is None:
        return Base(
            base,
            f"{problem}Phones cannot reach this address, and this computer seems to be in no network. "
            "Connect it to the network of the phones and load this page again, or correct it here.",
        )
    return Base(_joined(parts.scheme, found, parts.port, parts.path), problem.strip())


def _problem_of(base: str) -> str:
    local = is_local(urlsplit(base).hostname or "")
    return "Phones cannot reach this address: it stands for the computer itself." if local else ""


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.removesuffix(".").split(".")
        # With nothing but digits and dots it is an address with a slip in it.
        return not host.replace(".", "").isdigit() and all(map(_is_label, labels))
    return True


def _is_label(label: str) -> bool:
    return re.fullmatch(r"(?!-)[\w-]{1,63}(?<!-)", label) is not None


def _joined(scheme: str, host: str, port: int | None, path: str) -> str:
    name = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}.get(scheme)
    at_port = "" if port in (None, standard) else f":{port}"
    return SplitResult(scheme, f"{name}{at_port}", path.rstrip("/"), "", "").geturl()
