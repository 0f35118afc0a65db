"""The page that a browser gets first: it asks to be left alone, and is otherwise as Streamlit has it."""

from __future__ import annotations

import gzip

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from securechat.web.shell import AFTER, BEFORE, Shell
from tests.core.asgi import knock

HEAD = BEFORE.decode()
PAGE = f"<!DOCTYPE html>\n{HEAD}<body>{'grün ' * 200}{HEAD}</body>"
ROUTES = [
    Route("/", lambda _: HTMLResponse(PAGE)),
    Route("/missing", lambda _: HTMLResponse(PAGE, 404)),
    Route("/text", lambda _: PlainTextResponse(PAGE)),
]


def ask(path: str, *, compressed: bool, method: str = "GET") -> tuple[Headers, bytes]:
    """Ask for a page, and return the headers and the body as they come."""
    inside = [Middleware(GZipMiddleware)] if compressed else []
    app = Starlette(routes=ROUTES, middleware=[Middleware(Shell), *inside])
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"accept-encoding", b"gzip")],
    }
    start, *parts = knock(app, scope, {"type": "http.request"})
    return Headers(raw=start["headers"]), b"".join(part["body"] for part in parts)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_page_asks_to_be_left_alone(*, compressed: bool) -> None:
    """Also where it comes compressed; its length is right, and the text is what it was."""
    headers, body = ask("/", compressed=compressed)
    assert int(headers["content-length"]) == len(body)
    assert (headers.get("content-encoding") == "gzip") == compressed
    text = (gzip.decompress(body) if compressed else body).decode()
    assert text == PAGE.replace(HEAD, AFTER.decode(), 1)


def test_the_style_stands_last() -> None:
    """So it comes after the styles that scripts put into the head; in no other place of the page."""
    app = Starlette(routes=ROUTES, middleware=[Middleware(Shell, style="a { color: red }")])
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    _, *parts = knock(app, scope, {"type": "http.request"})
    text = b"".join(part["body"] for part in parts).decode()
    assert text.endswith("<style>a { color: red }</style></body>")
    assert text.count("<style>") == 1


@pytest.mark.parametrize("path", ["/missing", "/text"])
def test_everything_else_stays_as_it_is(path: str) -> None:
    """What is no page, or no answer to what was asked for, goes through."""
    assert ask(path, compressed=False)[1].decode() == PAGE


def test_the_headers_alone() -> None:
    """Whoever asks for these gets these."""
    headers, body = ask("/", compressed=False, method="HEAD")
    assert headers["content-type"].startswith("text/html")
    assert body in (b"", PAGE.encode())  # the server leaves the body out


def test_a_page_with_a_policy_of_its_own_is_left_as_it_is() -> None:
    """Its policy may forbid the very style that would be put in: such a page is not Streamlit's."""
    policy = {"content-security-policy": "default-src 'none'"}
    routes = [Route("/own", lambda _: HTMLResponse(PAGE, headers=policy))]
    app = Starlette(routes=routes, middleware=[Middleware(Shell, style="p {}")])
    scope = {"type": "http", "method": "GET", "path": "/own", "query_string": b"", "headers": []}
    start, *parts = knock(app, scope, {"type": "http.request"})
    assert start["status"] == 200
    assert b"".join(part["body"] for part in parts) == PAGE.encode()
