"""The page `/sealed`: a page of its own, whose files are served as they are, so that a class can read them.

It needs no Streamlit: the relay of the terminal serves it, too. Its scripts run in a browser that has a key,
so its Content-Security-Policy lets in nothing from elsewhere and nothing that stands in the page itself.

What the server knows and the page wants to know stands in `<meta>` elements:

- `address-for-others`: the address of the app for others, where it is another than the page may think.
- `rooms-of-this-server`: the names of the sealed rooms that the server could open, as it has their keys. The
  page gets no key, and the server not what is pasted: the page compares names. They tell a stranger how many
  keys there are, when they change, and of a key that the stranger has already whether it is one of them: so
  does every token, which opens with it or does not. No name leads to a key.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from securechat.web.addresses import is_local
from securechat.web.static_files import takes_gzip

PATH: Final = "/sealed"
"""Where the page is, below the base path; its files are below that."""

FOLDER: Final = Path(__file__).with_name("page")
"""Where its own files are."""

PAIR: Final = "pair"
"""The folder below of what only a pair of a class needs: the page asks for it when it is for one."""

_UI: Final = Path(__file__).parents[1] / "ui"
SHARED: Final = tuple(
    _UI / name for name in ("chat/feed.js", "clock.js", "dom.js", "fields.css", "fields.js", "icon.svg")
)
"""What the pages of the app have, too."""

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
"""What may stand in a `Host` (RFC 9110, section 7.2) without ending a rule of the policy."""

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {own}; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""https://www.w3.org/TR/CSP3/: nothing inline, nothing foreign, no texts as markup, in nobody's frame."""

_HEADERS: Final = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "vary": "Accept-Encoding",
    "x-content-type-options": "nosniff",
}

_PAGE_HEADERS: Final = {
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What a browser heeds of a page only: with thirty files, headers are a third of what is sent."""

_OPENER_POLICY: Final = {"cross-origin-opener-policy": "same-origin"}
"""What it heeds only where nobody could have changed the page on its way; else it calls that an error."""

_KEPT_PAGES: Final = 16
"""Forms of the page that are kept compressed: it changes with what the server tells it."""


@dataclass(frozen=True)
class _File:
    """A file, ready to be sent.

    Attributes:
        kind: Its media type.
        body: What is in it.
        compressed: The same, compressed.
    """

    kind: str
    body: bytes
    compressed: bytes

    @classmethod
    def of(cls, name: str, body: bytes) -> _File:
        return cls(_TYPES[Path(name).suffix], body, gzip.compress(body, mtime=0))


def routes(
    base_path: str = "",
    *,
    home: str = "",
    address: Callable[[str], str] = lambda here: "",
    known_rooms: Callable[[], Iterable[str]] = tuple,
) -> list[BaseRoute]:
    """Return the routes of the page and its files. They are read now, and compressed once.

    Args:
        base_path: What stands before `/sealed` in the address, such as `/school`; nothing if empty.
        home: Where its link "SecureChat" leads, relative to the page; without, it has none.
        address: Finds the address of the app for others, in ASCII; empty where that is not known, or is that
            of the page. Told is the address at which the app is open on this very computer, such as
            `http://localhost:8501`; empty for whoever comes from elsewhere. Called in a thread.
        known_rooms: Finds the names of the sealed rooms whose keys this server has. Called in a thread.
    """
    html = _html(home)

    @lru_cache(_KEPT_PAGES)
    def page(told: str) -> _File:
        return _File.of("sealed.html", html.replace("<!-- told -->", told).encode())

    def tell(here: str) -> str:
        others, rooms = address(here), " ".join(known_rooms())
        found = {"address-for-others": "" if _is_local_url(others) else others, "rooms-of-this-server": rooms}
        lines = [f'<meta name="{name}" content="{escape(what)}">' for name, what in found.items() if what]
        return "\n".join(lines)

    async def answer_page(request: Request) -> Response:
        here = (
            f"{request.scope['scheme']}://{_host(request)}{base_path}"
            if _is_on_this_computer(request)
            else ""
        )
        return _answer(page(await asyncio.to_thread(tell, here)), request)

    async def answer_file(request: Request) -> Response:
        return _answer(files.get(request.path_params["name"]), request)

    found = {path.name: path for path in (*FOLDER.glob("*.css"), *FOLDER.glob("*.js"), *SHARED)}
    found |= {f"{PAIR}/{path.name}": path for path in (FOLDER / PAIR).glob("*.*")}
    files = {name: _File.of(name, path.read_bytes()) for name, path in found.items()}
    at = f"{base_path}{PATH}"
    return [
        Route(at, answer_page),
        Route(f"{at}/", _leave_out_the_slash),
        Route(f"{at}/{{name:path}}", answer_file),
    ]


def _html(home: str) -> str:
    html = (FOLDER / "sealed.html").read_text(encoding="utf-8")
    link = f'<a href="{home}">SecureChat</a>' if home else "SecureChat"
    modules = sorted(path.name for path in (*FOLDER.glob("*.js"), *SHARED) if path.suffix == ".js")
    # All at once: else a browser would ask for what a file imports only once it has that.
    early = "\n".join(f'<link rel="modulepreload" href="sealed/{name}">' for name in modules)
    return html.replace("<!-- home -->", link).replace("<!-- modules -->", early)


def _answer(file: _File | None, request: Request) -> Response:
    if file is None:
        return PlainTextResponse("There is no such file.\n", 404, _HEADERS)
    headers = {**_HEADERS, "content-type": file.kind}
    if file.kind.startswith("text/html"):
        headers |= {**_PAGE_HEADERS, "content-security-policy": _policy(request)}
        # A proxy on this computer says by `X-Forwarded-Proto` how a page came there; nobody else is believed.
        if request.scope["scheme"] == "https" or _is_local_url(f"//{_host(request)}"):
            headers |= _OPENER_POLICY
    if not takes_gzip(request.headers):
        return Response(file.body, headers=headers)
    return Response(file.compressed, headers={**headers, "content-encoding": "gzip"})


def _policy(request: Request) -> str:
    """Return the policy. Older WebKit does not take WebSockets of the own host for the page's own."""
    host = _host(request)
    return _POLICY.format(own=f"'self' ws://{host} wss://{host}" if host else "'self'")


def _host(request: Request) -> str:
    """Return the host that was asked for, with its port; empty where it is none."""
    host = request.headers.get("host", "")
    return host if _HOST.fullmatch(host) else ""


def _is_local_url(url: str) -> bool:
    with suppress(ValueError):
        return is_local(urlsplit(url).hostname or "")
    return False


def _is_on_this_computer(request: Request) -> bool:
    """Say whether the page is open on the computer of the server: else its other addresses are not told."""
    client = request.client
    return client is not None and is_local(client.host) and _is_local_url(f"//{_host(request)}")


async def _leave_out_the_slash(_: Request) -> Response:
    """Lead to the page: the addresses of its files are relative to it."""
    return RedirectResponse(f"..{PATH}", headers=_HEADERS)
