"""What docs/deployment.md gives: the app behind real proxies, with TLS and a base path, and as a service."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests import sealed_visits
from tests.classes import PATIENCE, expect_in_room, expect_live, write
from tests.proxies import FILES, installed, proxy
from tests.sealed_visits import KEY, expect_texts, join
from tests.support import CANARY, PROXIED_HOST, running_server, say, tokens

NewPage = Callable[..., Page]
PASSCODE = "open sesame"
BASE = "securechat"


@dataclass(frozen=True)
class Proxied:
    """The app behind a proxy.

    Attributes:
        kind: Which proxy it is.
        url: The address for browsers, without a slash at the end.
    """

    kind: str
    url: str

    @property
    def origin(self) -> str:
        """What the browser says it comes from."""
        return self.url.removesuffix(f"/{BASE}")

    def status_of_socket(self, path: str, origin: str, host: str = PROXIED_HOST) -> int:
        """Return the status with which a WebSocket is answered."""
        address = f"{self.url}/{path}".replace(f"https://{PROXIED_HOST}", f"wss://{host}")
        secured: dict[str, Any] = {"ssl": _trusting(), "server_hostname": PROXIED_HOST}
        with self._connection() as raw:
            try:
                with connect(address, sock=raw, origin=Origin(origin), open_timeout=30, **secured):
                    return 101
            except InvalidStatus as refused:
                return refused.response.status_code

    def ask(
        self, method: str, path: str, body: bytes = b"", *, wanted: str = "Location"
    ) -> tuple[int, str, bytes]:
        """Return status, a header (the address to go to unless told), and body of the answer to a request."""
        with self._connection() as raw, _trusting().wrap_socket(raw, server_hostname=PROXIED_HOST) as secured:
            asked = http.client.HTTPSConnection(PROXIED_HOST, urlsplit(self.url).port)
            asked.sock = secured
            asked.request(method, path, body, {"Connection": "close"})
            answer = asked.getresponse()
            return answer.status, answer.getheader(wanted) or "", answer.read()

    def _connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", urlsplit(self.url).port), timeout=30)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """The app behind each of the proxies."""
    installed(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    settings = {"SECURECHAT_PRESENTER_PASSCODE": PASSCODE, "STREAMLIT_SERVER_ALLOWED_HOSTS": PROXIED_HOST}
    with (
        running_server(folder / "app", settings, base_path=BASE) as server,
        proxy(request.param, folder / "proxy", urlsplit(server.url).netloc) as host,
    ):
        yield Proxied(request.param, f"https://{host}/{BASE}")


def test_two_pages_talk_through_the_proxy(proxied: Proxied, new_page: NewPage) -> None:
    """Over https and under the base path, both are live, and a message comes at once."""
    page, other = new_page(ignore_https_errors=True), new_page(ignore_https_errors=True)
    page.goto(proxied.url)
    other.goto(f"{proxied.url}/?as=B")
    for each in (page, other):
        expect_live(each)
    say(page, "A", CANARY)
    expect(page.locator(".st-key-pane_a .sc-message")).to_have_count(1)
    expect(other.locator(".st-key-pane_b .sc-message")).to_have_count(1)
    assert tokens(page, "A") == tokens(other, "B")


def test_a_sealed_room_works_through_the_proxy(proxied: Proxied, new_page: NewPage) -> None:
    """Its page, its files and its feed, with the headers that the page brings; over https by WebCrypto."""
    page = new_page(ignore_https_errors=True)
    answer = page.goto(f"{proxied.url}/sealed")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert f"wss://{urlsplit(proxied.url).netloc}" in policy
    page.get_by_label("A key, a link, or what is in a key file").fill(KEY)
    join(page, "Otter")
    sealed_visits.write(page, CANARY)
    expect_texts(page, CANARY)
    expect(page.locator("#way")).to_contain_text("your browser’s own WebCrypto")


def test_a_class_is_invited_to_the_address_of_the_proxy(proxied: Proxied, new_page: NewPage) -> None:
    """It has https, host and base path as the browser has them; a phone that joins keeps little."""
    teacher, pupil = new_page(ignore_https_errors=True), new_page(ignore_https_errors=True)
    teacher.goto(f"{proxied.url}/classroom")
    teacher.get_by_label("Passcode").fill(PASSCODE)
    teacher.get_by_role("button", name="Open").click()
    teacher.get_by_role("button", name="New class").click()
    expect(teacher.locator(".sc-address")).to_have_text(f"{proxied.url}/join", timeout=PATIENCE)
    expect(teacher.locator(".sc-sign[data-state=live]").first).to_be_visible(timeout=PATIENCE)
    code = teacher.locator(".sc-code").inner_text().replace(" ", "")
    pupil.goto(f"{proxied.url}/?class={code}")
    pupil.get_by_role("button", name="Join", exact=True).click(timeout=PATIENCE)
    expect_in_room(pupil)
    expect_live(pupil)
    write(pupil, CANARY)
    expect(pupil.locator(".st-key-pane_room .sc-message")).to_have_count(1)
    assert [cookie["name"] for cookie in pupil.context.cookies()] == ["_streamlit_xsrf"]
    kept = pupil.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    assert {key.partition("-")[0] for key in kept} - {"stSidebarSectionsState"} == {
        "securechat.seats",
        "securechat.seen",
        "stActiveTheme",
    }


@pytest.mark.parametrize("path", ["_stcore/stream", "api/rooms/demo/live"])
def test_only_its_own_pages_get_in(proxied: Proxied, path: str) -> None:
    """The Origin has to be the address of the proxy: other hosts, ports and look-alikes are refused."""
    assert proxied.status_of_socket(path, proxied.origin) == 101
    for origin in (
        "https://evil.example",
        f"https://{PROXIED_HOST}:1",
        f"{proxied.origin}.evil.example",
        "null",
    ):
        assert proxied.status_of_socket(path, origin) == 403


@pytest.mark.parametrize("path", ["_stcore/stream", "api/rooms/demo/live"])
def test_a_foreign_name_of_this_computer_is_no_way_in(proxied: Proxied, path: str) -> None:
    """A page that points its own name here has the same Host and Origin; only the app's own is let in."""
    port = urlsplit(proxied.url).port
    assert proxied.status_of_socket(path, f"https://evil.example:{port}", "evil.example") != 101


def test_the_sealed_page_and_its_room(proxied: Proxied) -> None:
    """The page of its own comes through with its policy, its scripts beside it, and its feed."""
    host = proxied.origin.removeprefix("https://")
    status, policy, page = proxied.ask("GET", f"/{BASE}/sealed", wanted="Content-Security-Policy")
    assert status == 200
    assert f"connect-src 'self' ws://{host} wss://{host}" in policy
    scripts = re.findall(rb'src="([^"]+[.]js)"', page)
    assert scripts
    for script in scripts:
        assert proxied.ask("GET", f"/{BASE}/{script.decode()}")[0] == 200
    opener = proxied.ask("GET", f"/{BASE}/sealed", wanted="Cross-Origin-Opener-Policy")[1]
    assert opener == "same-origin", "the proxy says that it was asked by https"
    room = f"api/rooms/sealed-{'0' * 32}/live"
    assert proxied.status_of_socket(room, proxied.origin) == 101
    assert proxied.status_of_socket(room, "https://evil.example") == 403


def test_what_is_too_large_stays_outside(proxied: Proxied) -> None:
    """Nothing is ever uploaded, so the proxy takes nothing; nginx says so before it reads it."""
    # Caddy cuts it off on the way: what comes first, its own fault, the app's refusal, or the end of
    # the connection in the middle of either, is chance.
    try:
        status = proxied.ask("PUT", f"/{BASE}/_stcore/upload_file/x/y", b"x" * 1_200_000)[0]
    except (http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionError):
        assert proxied.kind == "caddy"
    else:
        assert status == 413 if proxied.kind == "nginx" else status in (403, 413, 502)


@pytest.mark.parametrize("path", ["_stcore/health", "api/health"])
def test_it_can_be_asked_whether_it_is_well(proxied: Proxied, path: str) -> None:
    """Both addresses of health pass the proxy."""
    assert proxied.ask("GET", f"/{BASE}/{path}")[0] == 200


def test_nothing_else_is_served(proxied: Proxied) -> None:
    """The proxy sends the address without the slash on, and leaves what is beside the base path alone."""
    status, location, _ = proxied.ask("GET", f"/{BASE}")
    assert status in (301, 302)
    assert location.removeprefix(proxied.origin) == f"/{BASE}/"
    assert b"streamlit" not in proxied.ask("GET", "/")[2].lower()


def test_the_service_is_understood_by_systemd(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say about the unit: no unknown line, no missing value."""
    program = installed("systemd-analyze", "systemd")
    unit = tmp_path / "securechat.service"
    text = (FILES / "securechat.service").read_text()
    start = "/opt/securechat/.venv/bin/streamlit"
    assert text.count(start) == 1
    assert f"--server.baseUrlPath {BASE} --server.allowedHosts {PROXIED_HOST}" in text
    unit.write_text(text.replace(start, sys.executable))
    said = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def _trusting() -> ssl.SSLContext:
    """Return a context that takes a certificate that nobody has signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
