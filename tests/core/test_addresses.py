"""The address that a class gets: where it comes from, and what is refused."""

from __future__ import annotations

import socket

import pytest
import segno

from securechat.errors import InvalidSetting
from securechat.ui.classroom.address import (
    MAX_BASE_CHARS,
    Base,
    base_of_page,
    find_base,
    is_local,
    network_address,
    own_address,
    read_base,
)
from securechat.ui.classroom.qr import QUIET, squares

LOCAL = "http://localhost:8501/classroom"


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("http://192.168.1.20:8501", "http://192.168.1.20:8501"),
        (" 192.168.1.20:8501/ ", "http://192.168.1.20:8501"),
        ("https://Chat.School.example/securechat/", "https://chat.school.example/securechat"),
        ("https://school.example:443", "https://school.example"),
        ("http://[fd00::1]:8501", "http://[fd00::1]:8501"),
        ("http://pc-7.local:8501", "http://pc-7.local:8501"),
        ("https://schüle.example", "https://schüle.example"),
    ],
)
def test_addresses_are_read(typed: str, base: str) -> None:
    """With or without a scheme, a slash at the end, capitals: the same address comes out."""
    assert read_base(typed) == base


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "ftp://school.example",
        "javascript:alert(1)",
        "http://",
        "http://:8501",
        "http:",
        "http://a b",
        "http://school.example:99999",
        "http://school.example:0",
        "http://192.168.1",
        "http://192.168.1.300:8501",
        "http://-x.example",
        "http://x..example",
        "http://user:secret@school.example",
        "http://school.example/?class=ABC",
        "http://school.example/#x",
        "http://school.example/<b>",
        "http://[::1",
        f"http://{'a' * MAX_BASE_CHARS}",
    ],
)
def test_nonsense_is_refused(typed: str) -> None:
    """Whatever no phone could open is refused, with an example of what is meant; secrets are not quoted."""
    with pytest.raises(InvalidSetting, match="It looks like http://192") as refused:
        read_base(typed)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://10.0.0.5:8501/classroom", "http://10.0.0.5:8501"),
        ("https://school.example/base/classroom/", "https://school.example/base"),
        ("https://classroom.example/classroom?view=wall#x", "https://classroom.example"),
        ("https://x.streamlit.app/~/+/classroom", "https://x.streamlit.app"),
        ("http://[fd00::1]:8501/classroom", "http://[fd00::1]:8501"),
    ],
)
def test_the_pages_own_path_is_left_out(url: str, base: str) -> None:
    """Page, query and fragment go; a path that the whole app has stays."""
    assert base_of_page(url, "classroom") == base


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "::"]
)
def test_local_hosts_are_known(host: str) -> None:
    """Every name of the computer itself counts as local."""
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.168.1.1", "localhost.example", "127.example", "fd00::1", ""])
def test_other_hosts_are_not_local(host: str) -> None:
    """What only looks like one does not."""
    assert not is_local(host)


def test_a_local_address_is_replaced_by_that_in_the_network() -> None:
    """Scheme, port and path stay; nothing is left to tell the teacher."""
    found = find_base(
        page_url="http://localhost:8501/x/classroom", page="classroom", network=lambda: "10.0.0.5"
    )
    assert found == Base("http://10.0.0.5:8501/x")


def test_another_address_is_left_as_it_is() -> None:
    """The network is not asked where the browser has an address that others can use."""

    def network() -> str:
        raise AssertionError

    found = find_base(page_url="https://school.example/classroom", page="classroom", network=network)
    assert found == Base("https://school.example")


def test_without_a_network_the_teacher_is_told() -> None:
    """The address is shown as it is, and the problem says what to do."""
    found = find_base(page_url=LOCAL, page="classroom", network=lambda: None)
    assert found.url == "http://localhost:8501"
    assert "Connect it to the network" in found.problem


def test_a_server_for_this_computer_only_is_told_of() -> None:
    """An address in the network would not help: the server does not listen there."""
    found = find_base(page_url=LOCAL, page="classroom", listens_on="127.0.0.1", network=lambda: "10.0.0.5")
    assert found.url == "http://localhost:8501"
    assert "server.address is 127.0.0.1" in found.problem
    every = find_base(page_url=LOCAL, page="classroom", listens_on="0.0.0.0", network=lambda: "10.0.0.5")  # noqa: S104
    assert every == Base("http://10.0.0.5:8501")


def test_the_setting_comes_before_the_browser_and_the_teacher_before_both() -> None:
    """Corrected, then set, then found."""
    setting = "https://set.example/"
    assert find_base(setting=setting, page_url=LOCAL) == Base("https://set.example")
    assert (
        find_base(corrected="http://typed.example", setting=setting, page_url=LOCAL).url
        == "http://typed.example"
    )
    assert "Phones cannot reach" in find_base(corrected="http://localhost:8501").problem


def test_a_broken_setting_is_told_of_and_passed_over() -> None:
    """The problem names the setting; the browser's address is used."""
    found = find_base(
        setting="nonsense nonsense", page_url="http://10.0.0.5:8501/classroom", page="classroom"
    )
    assert found.url == "http://10.0.0.5:8501"
    assert "SECURECHAT_PUBLIC_URL cannot be used" in found.problem


def test_without_any_address_one_is_asked_for() -> None:
    """Where even the browser's is unknown, there is none, and the problem says so."""
    assert find_base().url == ""
    assert find_base().problem


def test_the_way_into_a_network_is_looked_for_in_turn() -> None:
    """What has no way, or leads back here, is passed over; none at all gives None."""

    def own(host: str) -> str:
        if host.startswith("192.0.2."):
            raise OSError
        return "127.0.0.1" if host.startswith("192.168.137.") else "10.42.0.1"

    def none(host: str) -> str:
        raise OSError(host)

    assert network_address(own) == "10.42.0.1"
    assert network_address(none) is None


def test_nothing_is_sent_to_find_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the way is looked up: a datagram socket, with nothing sent."""
    kinds = []

    class Spy(socket.socket):
        def __init__(self, family: int, kind: int) -> None:
            kinds.append(kind)
            super().__init__(family, kind)

        def send(self, data: object, flags: int = 0) -> int:
            raise AssertionError

        def sendto(self, *args: object) -> int:
            raise AssertionError

    monkeypatch.setattr(socket, "socket", Spy)
    assert own_address("127.0.0.1") == "127.0.0.1"
    assert kinds == [socket.SOCK_DGRAM]


def test_what_pupils_get() -> None:
    """The QR code leads into the class; what is typed leads to the page where one joins, in few letters."""
    assert Base("http://10.0.0.5:8501").link("ABC123") == "http://10.0.0.5:8501/?class=ABC123"
    assert Base("http://10.0.0.5:8501").typed == "10.0.0.5:8501/join"
    assert Base("https://school.example/x").typed == "https://school.example/x/join"


def test_the_picture_has_every_dark_module_and_a_quiet_zone() -> None:
    """The path draws exactly the dark modules of the code, with four of white around."""
    text = "http://192.168.178.123:8501/?class=ABC123"
    matrix = segno.make_qr(text, error="m").matrix
    width, path = squares(text)
    assert width == len(matrix) + 2 * QUIET
    drawn = set()
    for part in path.removeprefix("M").split("M"):
        place, rest = part.split("h", 1)
        x, y = map(int, place.split())
        drawn |= {(x + step, y) for step in range(int(rest.split("v")[0]))}
    dark = {(x + QUIET, y + QUIET) for y, row in enumerate(matrix) for x, bit in enumerate(row) if bit}
    assert drawn == dark
