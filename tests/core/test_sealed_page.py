"""The page `/sealed` as it is served: what a browser is told of it, and that nothing else is there."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers

from securechat.sealed import page
from tests.core.asgi import knock

MAX_BYTES = 60_000
"""What all of it takes on the way to a browser with an empty cache."""


def ask(
    path: str,
    *,
    base: str = "",
    host: str = "chat.example:8501",
    home: str = "",
    encoding: str = "gzip, br",
    scheme: str = "https",
    client: str = "192.0.2.7",
    address: Callable[[str], str] = lambda here: "",
    known_rooms: Iterable[str] = (),
) -> tuple[int, Headers, bytes]:
    """Ask for a file, and return the status, the headers and the body as they come."""
    scope = {
        "type": "http",
        "scheme": scheme,
        "client": (client, 50_000),
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", host.encode()), (b"accept-encoding", encoding.encode())],
    }
    routes = page.routes(base, home=home, address=address, known_rooms=lambda: known_rooms)
    start, *parts = knock(Starlette(routes=routes), scope, {"type": "http.request"})
    return start["status"], Headers(raw=start["headers"]), b"".join(part["body"] for part in parts)


def text_of(path: str, **options: Any) -> str:  # noqa: ANN401 - those of `ask`
    """Return the text of a file."""
    _, headers, body = ask(path, **options)
    return (gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body).decode()


def names() -> list[str]:
    """Return the names of all files that the page loads."""
    return sorted(set(re.findall(r'(?:href|src)="sealed/([^"]+)"', text_of("/sealed"))))


@pytest.mark.parametrize("base", ["", "/school/chat"])
def test_the_page_and_its_files_are_there(base: str) -> None:
    """Under the base path, each as it stands in the folder, so that a class can read it."""
    assert ask(f"{base}/sealed", base=base)[0] == 200
    assert {"main.js", "fernet.js", "feed.js", "sealed.css", "icon.svg"} <= set(names())
    for name in names():
        status, headers, _ = ask(f"{base}/sealed/{name}", base=base)
        assert status == 200
        assert headers["content-type"].startswith(("text/javascript", "text/css", "image/svg+xml"))
    assert text_of(f"{base}/sealed/fernet.js", base=base) == (page.FOLDER / "fernet.js").read_text()


def test_all_that_is_imported_is_loaded_at_once() -> None:
    """The page names every module: none is asked for only after another one has come."""
    imported = {
        name for each in names() for name in re.findall(r'from "\./(.+?)"', text_of(f"/sealed/{each}"))
    }
    assert imported <= set(names())
    assert {path.name for path in page.FOLDER.glob("*.js")} <= set(names())


def test_what_only_a_pair_needs_is_asked_for_by_a_pair() -> None:
    """It is served in its folder, finds what it imports, and nobody else loads it."""
    pair = {f"pair/{path.name}" for path in (page.FOLDER / page.PAIR).iterdir()}
    assert {"pair/x25519.js", "pair/agreement.js"} <= pair
    assert not pair & set(names())
    for name in pair:
        status, headers, _ = ask(f"/school/sealed/{name}", base="/school")
        assert status == 200
        assert headers["content-type"].startswith(("text/javascript", "text/css"))
        for where, other in re.findall(r'from "(\.\.?/)(.+?)"', text_of(f"/sealed/{name}")):
            assert (other if where == "../" else f"pair/{other}") in pair | set(names())


def test_it_is_small() -> None:
    """A class that comes at a time shares one Wi-Fi. Headers count, too."""
    answers = [ask(path) for path in ["/sealed", *(f"/sealed/{name}" for name in names())]]
    bodies = sum(len(body) for *_, body in answers)
    lines = [f"{name}: {value}\r\n" for _, headers, _ in answers for name, value in headers.items()]
    others = 250 * len(answers)  # headers that servers and proxies bring: status, date, server, via and so on
    assert bodies + sum(map(len, lines)) + others < MAX_BYTES


@pytest.mark.parametrize("path", ["/sealed", "/sealed/main.js", "/sealed/sealed.css", "/sealed/nothing"])
def test_nothing_is_kept_or_guessed_at(path: str) -> None:
    """Neither the page nor a file, and nobody is told where one comes from."""
    _, headers, _ = ask(path)
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_browser_is_told_to_let_nothing_else_in() -> None:
    """Nothing inline, nothing foreign, in no frame, and none of what devices can do."""
    _, headers, _ = ask("/sealed")
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["connect-src"] == "'self' ws://chat.example:8501 wss://chat.example:8501"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "camera=()" in headers["permissions-policy"]


@pytest.mark.parametrize(
    ("scheme", "host", "wanted"),
    [
        ("https", "chat.example", "same-origin"),
        ("http", "chat.example", None),
        ("http", "192.168.1.20:8501", None),
        ("http", "localhost:8501", "same-origin"),
        ("http", "127.0.0.1:8501", "same-origin"),
        ("http", "[::1]:8501", "same-origin"),
        ("http", "localhost.evil.example", None),
        ("http", "", None),
    ],
)
def test_other_windows_are_kept_apart_where_a_browser_can(scheme: str, host: str, wanted: str | None) -> None:
    """Over http it would only say in its console that it does not heed that; a localhost it trusts."""
    _, headers, _ = ask("/sealed", scheme=scheme, host=host)
    assert headers.get("cross-origin-opener-policy") == wanted


def told(path: str = "/sealed", **options: Any) -> dict[str, str]:  # noqa: ANN401 - those of `ask`
    """Return what the page is told of the server, by name."""
    named = r'<meta name="(address-for-others|rooms-of-this-server)" content="(.*?)">'
    return dict(re.findall(named, text_of(path, **options)))


@pytest.mark.parametrize(
    ("client", "host", "base", "here"),
    [
        ("127.0.0.1", "localhost:8501", "", "http://localhost:8501"),
        ("::ffff:127.0.0.1", "127.0.0.1:8502", "", "http://127.0.0.1:8502"),
        ("::1", "[::1]:8501", "/school", "http://[::1]:8501/school"),
        ("127.0.0.1", "192.168.1.20:8501", "", ""),
        ("192.168.1.30", "localhost:8501", "", ""),
        ("192.168.1.30", "192.168.1.20:8501", "", ""),
        ("127.0.0.1", "localhost:8501; x", "", ""),
        ("127.0.0.1", "[:::::]", "", ""),
    ],
)
def test_the_address_for_others(client: str, host: str, base: str, here: str) -> None:
    """It is found by the one that is open on this computer; strangers hear nothing of its network."""
    asked: list[str] = []

    def address(at: str) -> str:
        asked.append(at)
        return "http://192.168.1.20:8501" if at else ""

    wanted = {"address-for-others": "http://192.168.1.20:8501"} if here else {}
    assert (
        told(f"{base}/sealed", scheme="http", client=client, host=host, base=base, address=address) == wanted
    )
    assert asked == [here]


@pytest.mark.parametrize("url", ["", "http://localhost:8501", "http://127.0.0.1", "http://[::1]:8501"])
def test_what_leads_others_nowhere_is_not_told(url: str) -> None:
    """A computer without a network has only addresses that stand for itself."""
    assert told(address=lambda here: url) == {}


def test_what_is_told_ends_no_attribute() -> None:
    """Whatever stands in a setting."""
    html = text_of("/sealed", address=lambda here: 'http://x/"><script src="//evil.example">')
    assert '<script src="//evil' not in html


def test_the_rooms_that_the_server_could_open() -> None:
    """By their names, beside what else is told; a page that was told other things before is another."""
    names = ("sealed-" + "a" * 32, "sealed-" + "b" * 32)
    assert told(known_rooms=names) == {"rooms-of-this-server": " ".join(names)}
    assert told() == {}


@pytest.mark.parametrize("host", ["evil; script-src *", "a b", "x'", "", "evil.example,*", "a:b:c", "[x]"])
def test_no_host_changes_the_policy(host: str) -> None:
    """Whatever stands in the header ends no rule and brings none."""
    _, headers, _ = ask("/sealed", host=host)
    assert "connect-src 'self'; form-action" in headers["content-security-policy"]


@pytest.mark.parametrize("host", ["[::1]:8501", "192.168.1.20", "chat.school.example:443"])
def test_hosts_of_all_kinds_are_spelled_out(host: str) -> None:
    """Names, numbers and the addresses of IPv6."""
    _, headers, _ = ask("/sealed", host=host)
    assert f"connect-src 'self' ws://{host} wss://{host}; " in headers["content-security-policy"]


@pytest.mark.parametrize("encoding", ["", "identity", "br", "gzip;q=0", "*;q=0"])
def test_who_knows_no_compression_gets_it_as_it_is(encoding: str) -> None:
    """And a cache on the way is told that there are two forms."""
    _, headers, body = ask("/sealed/main.js", encoding=encoding)
    assert "content-encoding" not in headers
    assert body == (page.FOLDER / "main.js").read_bytes()
    assert headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "name",
    [
        "sealed.html",
        "page.py",
        "..%2fpage.py",
        "../page.py",
        "nothing.js",
        "%00",
        "pair",
        "pair/",
        "pair/../aes.js",
        "pair/aes.js",
    ],
)
def test_nothing_else_of_the_folder_is_served(name: str) -> None:
    """The page itself has one address, and what is no part of it none."""
    assert ask(f"/sealed/{name}")[0] == 404


@pytest.mark.parametrize("base", ["", "/school"])
def test_a_slash_too_many_leads_to_the_page(base: str) -> None:
    """Its files are relative to its address."""
    status, headers, _ = ask(f"{base}/sealed/", base=base)
    assert (status, headers["location"]) == (307, "../sealed")


def test_it_leads_home_where_there_is_one() -> None:
    """Beside Streamlit there is a page before it; the relay of a terminal has none."""
    assert '<a href="./">SecureChat</a>' in text_of("/sealed", home="./")
    assert "<a href" not in text_of("/sealed").partition("<h1>")[0]


def test_nothing_on_the_page_stands_inline() -> None:
    """No script, no style and no handler: the policy would drop it without a word."""
    html = text_of("/sealed")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! type=\"module\" src=)|https?://", html)
    assert 'translate="no"' in html
    for field in re.findall(r"<(?:textarea|input)[^>]*>", html):
        if 'type="checkbox"' not in field:
            assert 'spellcheck="false"' in field
            assert 'autocomplete="off"' in field
