"""The page `/sealed`: a page of its own, whose files are served as they are, so that a class can read them.

It needs no Streamlit: the relay of the terminal serves it, too. Its scripts run in a browser that has a key,
so its Content-Security-Policy lets in nothing from elsewhere and nothing that stands in the page itself.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

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
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What a browser heeds of a page only: with thirty files, headers are a third of what is sent."""


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


def routes(base_path: str = "", *, home: str = "") -> list[BaseRoute]:
    """Return the routes of the page and its files. They are read now, and compressed once.

    Args:
        base_path: What stands before `/sealed` in the address, such as `/school`; nothing if empty.
        home: Where its link "SecureChat" leads, relative to the page; without, it has none.
    """
    page = _File.of("sealed.html", _html(home))
    found = {path.name: path for path in (*FOLDER.glob("*.css"), *FOLDER.glob("*.js"), *SHARED)}
    found |= {f"{PAIR}/{path.name}": path for path in (FOLDER / PAIR).glob("*.*")}
    files = {name: _File.of(name, path.read_bytes()) for name, path in found.items()}
    at = f"{base_path}{PATH}"
    return [
        Route(at, partial(_answer, lambda request: page)),
        Route(f"{at}/", _leave_out_the_slash),
        Route(
            f"{at}/{{name:path}}", partial(_answer, lambda request: files.get(request.path_params["name"]))
        ),
    ]


def _html(home: str) -> bytes:
    html = (FOLDER / "sealed.html").read_text(encoding="utf-8")
    link = f'<a href="{home}">SecureChat</a>' if home else "SecureChat"
    modules = sorted(path.name for path in (*FOLDER.glob("*.js"), *SHARED) if path.suffix == ".js")
    # All at once: else a browser would ask for what a file imports only once it has that.
    early = "\n".join(f'<link rel="modulepreload" href="sealed/{name}">' for name in modules)
    return html.replace("<!-- home -->", link).replace("<!-- modules -->", early).encode()


async def _answer(find: Callable[[Request], _File | None], request: Request) -> Response:
    file = find(request)
    if file is None:
        return PlainTextResponse("There is no such file.\n", 404, _HEADERS)
    headers = {**_HEADERS, "content-type": file.kind}
    if file.kind.startswith("text/html"):
        headers |= {**_PAGE_HEADERS, "content-security-policy": _policy(request)}
    if not takes_gzip(request.headers):
        return Response(file.body, headers=headers)
    return Response(file.compressed, headers={**headers, "content-encoding": "gzip"})


def _policy(request: Request) -> str:
    """Return the policy. Older WebKit does not take WebSockets of the own host for the page's own."""
    host = request.headers.get("host", "")
    own = f"'self' ws://{host} wss://{host}" if _HOST.fullmatch(host) else "'self'"
    return _POLICY.format(own=own)


async def _leave_out_the_slash(_: Request) -> Response:
    """Lead to the page: the addresses of its files are relative to it."""
    return RedirectResponse(f"..{PATH}", headers=_HEADERS)
