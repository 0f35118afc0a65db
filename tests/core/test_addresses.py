"""The address that a class gets: how it is read, where it comes from, and what is refused."""

from __future__ import annotations

import pytest
import segno

from securechat.classroom.qr import QUIET, squares
from securechat.errors import InvalidSetting
from securechat.web.addresses import MAX_BASE_CHARS, ascii_url, is_local, read_base
from securechat.web.network import OwnAddress
from securechat.web.public_address import Base, find_base

LOCAL = "http://localhost:8501/classroom"
PAGES = ("classroom", "inspector", "join")
WIFI, VPN = OwnAddress("192.168.178.20", "wlan0"), OwnAddress("10.8.0.6", "tun0", is_far=True)


def find(page_url: str | None = LOCAL, *own: OwnAddress, **settings: str) -> Base:
    """Find the address on a computer that has these addresses."""
    return find_base(page_url=page_url, pages=PAGES, network=lambda preferred: own, **settings)


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
        ("https://xn--80atdl2c.example/x", "https://школа.example/x"),
        ("https://Школа.example", "https://школа.example"),
        ("https://school.example/%D1%88", "https://school.example/ш"),
        ("https://school.example?x=http://y", "https://school.example"),
    ],
)
def test_addresses_are_read(typed: str, base: str) -> None:
    """With or without a scheme, a slash at the end, capitals, in ASCII or not: the same address comes out."""
    assert read_base(typed) == base


@pytest.mark.parametrize("base", ["http://192.168.1.20:8501", "https://school.example/x", "http://[fd00::1]"])
@pytest.mark.parametrize(
    "rest",
    [
        "/classroom",
        "/classroom/",
        "/inspector?message=3",
        "/join#x",
        "/?class=ABC123",
        "?view=wall",
        "/~/+/join",
    ],
)
def test_the_address_of_any_page_is_that_of_the_app(base: str, rest: str) -> None:
    """What a browser shows on any page can be pasted: page, query and fragment go, the base path stays."""
    assert read_base(base + rest, pages=PAGES) == base
    assert find(setting=base + rest).url == base
    assert find(f"https://school.example/x{rest}").url == "https://school.example/x"


def test_a_path_of_the_app_that_is_called_like_a_page_stays() -> None:
    """An app that is served under `/join` is found there; only its page is cut off."""
    for typed in ("school.example/join", "school.example/join/join/", "school.example/join/classroom"):
        assert read_base(typed, pages=PAGES, base_path="join") == "http://school.example/join"
    assert read_base("school.example/subclassroom", pages=PAGES) == "http://school.example/subclassroom"


@pytest.mark.parametrize(
    ("base", "encoded"),
    [
        ("https://школа.example", "https://xn--80atdl2c.example"),
        ("https://straße.example:8443/ш", "https://xn--strae-oqa.example:8443/%D1%88"),
        ("http://[fd00::1]:8501/x", "http://[fd00::1]:8501/x"),
        ("http://pc_7.local:8501", "http://pc_7.local:8501"),
    ],
)
def test_a_qr_code_has_ascii_alone(base: str, encoded: str) -> None:
    """People read the letters of their language; the QR code has what a browser looks up."""
    assert ascii_url(base) == encoded
    assert Base(base).link("ABC123") == f"{encoded}/?class=ABC123"
    assert read_base(encoded) == base


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
        "https://-школа.example",
        "https://шко ла.example",
        "http://school.example/<b>",
        "http://[::1",
        f"http://{'a' * MAX_BASE_CHARS}",
        pytest.param("http://" + "а" * 10**6, id="a million letters"),
    ],
)
def test_nonsense_is_refused(typed: str) -> None:
    """Whatever no phone could open is refused, with an example of what is meant; secrets are not quoted."""
    with pytest.raises(InvalidSetting, match="It looks like http://192") as refused:
        read_base(typed)
    assert "secret" not in str(refused.value)


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
    """Scheme, port and path stay; nothing is left to tell the teacher, and there is nothing to choose."""
    assert find("http://localhost:8501/x/classroom", WIFI) == Base(
        "http://192.168.178.20:8501/x", "", (WIFI,)
    )


def test_of_several_addresses_one_is_chosen() -> None:
    """The first unless the teacher chooses; a choice that is gone, as after a change of networks, is none."""
    assert find(LOCAL, WIFI, VPN) == Base("http://192.168.178.20:8501", "", (WIFI, VPN))
    assert find(LOCAL, WIFI, VPN, chosen=VPN.host) == Base("http://10.8.0.6:8501", "", (WIFI, VPN))
    assert find(LOCAL, WIFI, VPN, chosen="10.9.9.9").url == "http://192.168.178.20:8501"


def test_the_browser_may_have_one_of_several_addresses() -> None:
    """Then there is the same choice: the terminal's network address may be that of a VPN."""
    assert find("http://10.8.0.6:8501/classroom", WIFI, VPN).url == "http://192.168.178.20:8501"
    assert find("http://10.8.0.6:8501/classroom", WIFI, VPN).choices == (WIFI, VPN)


@pytest.mark.parametrize("host", ["school.example", "203.0.113.7"])
def test_another_address_is_left_as_it_is(host: str) -> None:
    """What the browser has and this computer has not, such as a proxy's, is right: nothing to choose."""
    assert find(f"https://{host}/classroom", WIFI, VPN) == Base(f"https://{host}")


def test_without_a_network_the_teacher_is_told() -> None:
    """The address is shown as it is, and the problem says what to do."""
    found = find(LOCAL)
    assert found.url == "http://localhost:8501"
    assert "Connect it to the network" in found.problem


def test_an_address_that_no_network_gave_is_told_of() -> None:
    """It is shown, found or typed, but with a word: phones do not reach it."""
    lonely = OwnAddress("169.254.7.7", "eth0")
    for found in (find(LOCAL, lonely), find(corrected="http://169.254.7.7:8501")):
        assert found.url == "http://169.254.7.7:8501"
        assert "got no address from the network" in found.problem


def test_an_address_of_version_6_stands_in_brackets() -> None:
    """So that its colons are not taken for that of the port."""
    assert find(LOCAL, OwnAddress("fd00::2")).url == "http://[fd00::2]:8501"
    assert find("http://[::1]:8501/classroom", OwnAddress("fd00::2")).typed == "[fd00::2]:8501/join"


def test_a_server_for_this_computer_only_is_told_of() -> None:
    """An address in the network would not help: the server does not listen there."""
    found = find(LOCAL, WIFI, listens_on="127.0.0.1")
    assert found.url == "http://localhost:8501"
    assert "server.address is 127.0.0.1" in found.problem
    assert find(LOCAL, WIFI, listens_on="0.0.0.0").url == "http://192.168.178.20:8501"  # noqa: S104


def test_the_setting_comes_before_the_browser_and_the_teacher_before_both() -> None:
    """Corrected, then set, then found."""
    setting = "https://set.example/"
    assert find(setting=setting) == Base("https://set.example")
    assert find(corrected="http://typed.example", setting=setting).url == "http://typed.example"
    assert "Phones cannot reach" in find(corrected="http://localhost:8501").problem


def test_a_broken_setting_is_told_of_and_passed_over() -> None:
    """The problem names the setting; the browser's address is used."""
    found = find("http://10.0.0.5:8501/classroom", setting="nonsense nonsense")
    assert found.url == "http://10.0.0.5:8501"
    assert "SECURECHAT_PUBLIC_URL cannot be used" in found.problem


@pytest.mark.parametrize("url", [None, "", "http://[::1", "about:blank"])
def test_without_any_address_one_is_asked_for(url: str | None) -> None:
    """Where even the browser's is unknown, there is none, and the problem says so."""
    assert find(url).url == ""
    assert "Give it here" in find(url).problem


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
