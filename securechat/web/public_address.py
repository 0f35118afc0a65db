"""Under which address a class is reached: what pupils type, and what the QR code says."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from securechat.errors import InvalidSetting
from securechat.web.addresses import URL_SETTING, ascii_url, ip_address, is_local, joined, read_base
from securechat.web.network import OwnAddress, own_addresses

_CONNECT = "Connect it to the network of the phones and load this page again."


@dataclass
class PublicAddress:
    """The address of the app, as the teacher has put it right: for every window, and after a reload.

    Attributes:
        corrected: The whole address; empty if it is found.
        chosen: Which of this computer's addresses it has; empty if none was chosen.
    """

    corrected: str = ""
    chosen: str = ""


@dataclass(frozen=True)
class Base:
    """The address of the app, as the class gets it.

    Attributes:
        url: The address in its readable form, without a slash at the end; empty if there is none.
        problem: What the teacher has to know or do about it, as sentences; empty if nothing.
        choices: The addresses of this computer that it may be instead, the likeliest first; empty where it
            does not come from them.
    """

    url: str
    problem: str = ""
    choices: tuple[OwnAddress, ...] = ()

    def link(self, code: str) -> str:
        """Return what the QR code says: the address that leads into the class."""
        return f"{ascii_url(self.url)}/?class={code}"

    @property
    def host(self) -> str:
        """The name or number of the computer alone."""
        return urlsplit(self.url).hostname or ""

    @property
    def typed(self) -> str:
        """What pupils type: the page where one joins, without what browsers add by themselves."""
        return f"{self.url}/join".removeprefix("http://")


def find_base(
    *,
    corrected: str = "",
    chosen: str = "",
    setting: str = "",
    page_url: str | None = None,
    pages: Collection[str] = (),
    base_path: str = "",
    listens_on: str = "",
    network: Callable[[str], tuple[OwnAddress, ...]] = own_addresses,
) -> Base:
    """Find the address that the class gets.

    Args:
        corrected: What the teacher has put right, as `read_base` returned it; empty if nothing.
        chosen: Which of this computer's addresses the teacher has chosen; empty if none.
        setting: The setting `SECURECHAT_PUBLIC_URL`; empty if it is not there.
        page_url: The address at which the teacher's browser has the page, if known.
        pages: See `read_base`.
        base_path: See `read_base`.
        listens_on: The only address that the server listens on, as it was started; empty if on all.
        network: Finds this computer's addresses: see `own_addresses`.
    """
    if corrected:
        return Base(corrected, _problem_of(corrected))
    problem = ""
    if setting:
        try:
            base = read_base(setting, pages=pages, base_path=base_path)
        except InvalidSetting as error:
            problem = f"The setting {URL_SETTING} cannot be used. {error} "
        else:
            return Base(base, _problem_of(base))
    try:
        base = read_base(page_url or "", pages=pages, base_path=base_path)
    except InvalidSetting:
        return Base("", f"{problem}The address of this app is not known. Give it here.")
    host = urlsplit(base).hostname or ""
    if not is_local(host) and not ip_address(host):
        return Base(base, problem.strip())
    if is_local(host) and listens_on not in ("0.0.0.0", "::") and is_local(listens_on):  # noqa: S104 - compared
        return Base(
            base,
            f"{problem}The app was started for this computer only (server.address is {listens_on}), so "
            "phones cannot reach it. Start it without that setting.",
        )
    return _of_this_computer(base, chosen, network(host), problem)


def _of_this_computer(base: str, chosen: str, found: tuple[OwnAddress, ...], problem: str) -> Base:
    parts = urlsplit(base)
    hosts = [own.host for own in found]
    if not is_local(parts.hostname or "") and parts.hostname not in hosts:
        return Base(base, problem.strip())
    if not found:
        return Base(
            base,
            f"{problem}Phones cannot reach this address, and this computer seems to be in no network. "
            f"{_CONNECT}",
        )
    url = joined(parts.scheme, chosen if chosen in hosts else hosts[0], parts.port, parts.path)
    return Base(url, f"{problem}{_problem_of(url)}".strip(), found)


def _problem_of(base: str) -> str:
    host = urlsplit(base).hostname or ""
    if is_local(host):
        return "Phones cannot reach this address: it stands for the computer itself."
    address = ip_address(host)
    if address and address.is_link_local:
        return f"This computer got no address from the network. Phones cannot reach it at {host}. {_CONNECT}"
    return ""
