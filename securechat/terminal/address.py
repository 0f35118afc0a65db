"""The address of a server, as people type it after `join`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from securechat.errors import InvalidSetting

PORT = 8502
"""The port of `host`, and of an address without a scheme and a port."""

APP_PORT = 8501
"""The port of the app, unless it was started with another one."""

_EXAMPLE = "It looks like http://192.168.1.20:8502 or 192.168.1.20."

_KEY_IN_ADDRESS = (
    "This link has the key in it. What stands behind a command can be seen by everybody on this computer, "
    "and is kept in the shell's history. Give the address without what begins with #, and paste the key when "
    "asked. Better make a new key first: this one may have been seen."
)


_KEY = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
"""What looks like a key, with or without the = at its end."""

_NEARLY = re.compile(r"http(s?)(?::/?(?!/)|:/{3,}|[;.]?/+)|ws(s?)://", re.IGNORECASE)
"""How an address begins that was meant to begin with `http://` or `https://`."""

_PORT_APART = re.compile(r"([^\s/:]+)[\s/]+(\d{2,5})/?")
"""A host and a port, with something else than a colon between them."""

_PAGES = {path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py")} | {"sealed"}
"""Pages of the app: people copy the address of one."""


@dataclass(frozen=True)
class Address:
    """Where a server is.

    Attributes:
        is_secure: Whether it is reached by TLS.
        host: Its name or address.
        port: Its port.
        base_path: What stands before `/api`; empty, or with a slash in front.
        has_port: Whether the port was typed.
    """

    is_secure: bool
    host: str
    port: int
    base_path: str = ""
    has_port: bool = True

    @property
    def netloc(self) -> str:
        """Host and port, as addresses have them."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.is_secure else 80
        return name if self.port == usual else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """The address for people."""
        return f"http{'s' if self.is_secure else ''}://{self.netloc}{self.base_path}"

    @property
    def other_scheme(self) -> Address:
        """The same with http in place of https, or the other way round."""
        return replace(self, is_secure=not self.is_secure)

    @property
    def without_path(self) -> Address:
        """The same server, at its top."""
        return replace(self, base_path="")

    @property
    def likely_ports(self) -> tuple[Address, ...]:
        """The same with other ports that are likely; nothing where one was typed."""
        if self.has_port:
            return ()
        if not self.is_near:  # a name in the internet
            return () if self.is_secure else (replace(self, is_secure=True, port=443),)
        return tuple(replace(self, port=port) for port in (PORT, APP_PORT) if port != self.port)

    def feed(self, room: str, after: int, epoch: str | None) -> str:
        """Return the address of a room's live feed: see `securechat.live`."""
        epoch_part = f"&epoch={quote(epoch, safe='')}" if epoch else ""
        path = f"{quote(self.base_path)}/api/rooms/{room}/live?after={after}{epoch_part}"
        return f"ws{'s' if self.is_secure else ''}://{self.netloc}{path}"

    @property
    def is_near(self) -> bool:
        """Whether the host is given by a number, or has no dot in its name: no proxy leads there."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return "." not in self.host or self.host.endswith(".local")
        return True


def read_address(typed: str) -> Address:
    """Read the address of a server, or of its page.

    Args:
        typed: Such as `192.168.1.20`, `http://chat.example:8502/school` or the address of the page `/sealed`.

    Raises:
        InvalidSetting: It is none, or has the key in it. Then the message does not quote it; else it says
            what may be meant.
    """
    text = typed.strip()
    if "#" in text or "key=" in text or "key%3d" in text.lower() or _KEY.search(text):
        raise InvalidSetting(_KEY_IN_ADDRESS)
    if nearly := _NEARLY.match(text):
        secure = (nearly[1] or nearly[2] or "").lower()
        meant = f"http{secure}://{text[nearly.end() :]}"
        raise InvalidSetting("An address begins with http:// or https://.", remedy=_meant(meant))
    if apart := _PORT_APART.fullmatch(text):
        raise InvalidSetting(
            "Between a host and its port stands a colon.", remedy=_meant(":".join(apart.groups()))
        )
    if text.count(":") > 1 and "[" not in text and "//" not in text:
        text = f"[{text}]"  # a bare address of IPv6
    has_scheme = "://" in text
    try:
        parts = urlsplit(text if has_scheme else f"http://{text}")
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        raise InvalidSetting("This is not an address.", remedy=_EXAMPLE) from None
    if parts.scheme not in ("http", "https"):
        raise InvalidSetting("An address begins with http:// or https://.", remedy=_EXAMPLE)
    if not host or "@" in parts.netloc or port == 0 or any(char.isspace() for char in parts.netloc):
        raise InvalidSetting("This is not an address.", remedy=_EXAMPLE)
    has_port = port is not None
    if port is None:
        port = (443 if parts.scheme == "https" else 80) if has_scheme else PORT
    above, slash, last = parts.path.rstrip("/").rpartition("/")
    return Address(
        parts.scheme == "https", host, port, above if last in _PAGES else above + slash + last, has_port
    )


def no_https(address: Address) -> InvalidSetting:
    """Return what is to be said where something answers at an address, and not by https."""
    return InvalidSetting(
        f"What answers at {address.url} does not speak https.",
        remedy=f"Perhaps it wants http: `python -m securechat join {address.other_scheme.url}`.",
    )


def _meant(text: str) -> str:
    """Return a question whether this is meant, where it is an address."""
    try:
        address = read_address(text)
    except InvalidSetting:
        return _EXAMPLE
    likeliest, *_ = *(address.likely_ports if address.is_near else ()), address
    return f"Did you mean {likeliest.url}?"
