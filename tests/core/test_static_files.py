"""Files that never change go out compressed, and each is compressed once."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from securechat.static_files import MIN_BYTES, CompressedOnce

SCRIPT = b"export const lesson = 'encryption'; // words that come again\n" * 500
FOR_EVER = {"cache-control": "public, immutable, max-age=31536000", "etag": '"as-it-is"'}
GZIP = {"accept-encoding": "br;q=1.0, gzip, deflate"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_compressed(self) -> bool:
        """Whether it is gzip, by what it says and by what it is."""
        says = self.headers.get("content-encoding") == "gzip"
        assert says == self.body.startswith(b"\x1f\x8b")
        return says


Answering = Callable[[Request], Awaitable[Response]]


T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run this in a thread of its own: that of the tests may have an event loop, the browser's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def serving(
    body: bytes = SCRIPT, media_type: str = "text/javascript", status: int = 200, **headers: str
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that gives a file, for ever."""
    every = FOR_EVER | {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: Request) -> Response:
        return Response(body, status, every, media_type)

    return answer


def compressing(endpoint: Answering, **settings: int) -> CompressedOnce:
    """Put it before an application that answers every address with that."""
    return CompressedOnce(Starlette(routes=[Route("/{path:path}", endpoint)]), **settings)


async def ask(
    app: ASGIApp, path: str = "/static/a.js", method: str = "GET", headers: dict[str, str] | None = None
) -> Answer:
    """Ask as a server does for a client."""
    raw = [(name.encode(), value.encode()) for name, value in (GZIP if headers is None else headers).items()]
    scope: Scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw}
    parts: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(3600)
        raise AssertionError("nobody disconnects here")

    async def send(message: Message) -> None:
        parts.append(message)

    await app(scope, receive, send)
    start, *rest = parts
    said = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], said, b"".join(part.get("body", b"") for part in rest))


def ask_twice(app: ASGIApp, **question: object) -> tuple[Answer, Answer]:
    """Ask the same twice: at the second time it may be compressed."""

    async def both() -> tuple[Answer, Answer]:
        return await ask(app, **question), await ask(app, **question)  # type: ignore[arg-type]

    return run(both())


def test_the_second_who_asks_gets_the_same_file_compressed() -> None:
    """It is a fraction of its size, says so, and says for whom it is."""
    first, second = ask_twice(compressing(serving()))
    assert first == Answer(200, first.headers, SCRIPT)
    assert not first.is_compressed
    assert second.is_compressed
    assert gzip.decompress(second.body) == SCRIPT
    assert len(second.body) < len(SCRIPT) / 10
    assert second.headers["content-length"] == str(len(second.body))
    assert second.headers["vary"] == "Accept-Encoding"
    assert second.headers["cache-control"] == FOR_EVER["cache-control"]
    assert second.headers["content-type"] == first.headers["content-type"]
    assert "etag" in first.headers
    assert "etag" not in second.headers  # it names the bytes of the file as it is


@pytest.mark.parametrize(
    "question",
    [
        pytest.param({"headers": {}}, id="nobody said that gzip is understood"),
        pytest.param({"headers": {"accept-encoding": "br"}}, id="another compression is understood"),
        pytest.param({"headers": GZIP | {"range": "bytes=0-99"}}, id="a part of the file"),
        pytest.param({"method": "HEAD"}, id="the headers alone"),
    ],
)
def test_who_cannot_take_it_compressed_gets_it_as_it_is(question: dict[str, object]) -> None:
    """Also where it is kept already, since others have asked."""
    app = compressing(serving())
    _, kept = ask_twice(app)
    assert kept.is_compressed
    for answer in ask_twice(app, **question):
        assert not answer.is_compressed
        assert answer.status == 200


@pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param(serving(cache_control="no-cache"), id="it may change"),
        pytest.param(serving(status=404), id="it is not there"),
        pytest.param(serving(media_type="image/png"), id="a picture"),
        pytest.param(serving(media_type="font/woff2"), id="a font, which is compressed"),
        pytest.param(serving(body=b"x" * (MIN_BYTES - 1)), id="it is small"),
        pytest.param(serving(body=b"\x01\x02" * 999, content_encoding="br"), id="it is compressed"),
    ],
)
def test_what_gains_nothing_or_may_change_is_left_as_it_is(endpoint: Answering) -> None:
    """Neither is it kept, nor is anything of it changed."""
    first, second = ask_twice(compressing(endpoint))
    assert first == second
    assert second.headers.get("content-encoding") != "gzip"


def test_a_file_is_compressed_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty phones that come at once, and thirty more: the work is that of one."""
    calls = []
    compress = gzip.compress

    def counting(data: bytes, *rest: int, **more: int) -> bytes:
        calls.append(len(data))
        return compress(data, *rest, **more)

    monkeypatch.setattr(gzip, "compress", counting)
    app = compressing(serving())

    async def storm() -> list[Answer]:
        at_once = await asyncio.gather(*(ask(app) for _ in range(30)))
        return [*at_once, *(await asyncio.gather(*(ask(app) for _ in range(30))))]

    answers = run(storm())
    assert calls == [len(SCRIPT)]
    assert {answer.is_compressed for answer in answers[30:]} == {True}
    assert {gzip.decompress(one.body) if one.is_compressed else one.body for one in answers} == {SCRIPT}


@pytest.mark.parametrize("path", ["/static//a.js", "/static/./a.js", "//static/a.js", "/static/b/../a.js"])
def test_another_spelling_of_an_address_keeps_nothing(path: str) -> None:
    """A file has many addresses, and each kept would be memory."""
    assert not ask_twice(compressing(serving()), path=path)[1].is_compressed


def test_what_is_kept_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is reached, files go out as they are, nothing is compressed for nothing, and old ones stay."""
    compressed = len(gzip.compress(SCRIPT, 6, mtime=0)) + len("/0.js")
    app = compressing(serving(), max_bytes=3 * compressed + 1)

    async def many() -> list[bool]:
        for number in range(8):
            await ask(app, f"/{number}.js")
        monkeypatch.setattr(gzip, "compress", None)  # whoever calls it now fails
        return [(await ask(app, f"/{number}.js")).is_compressed for number in range(9)]

    assert run(many()) == [True] * 3 + [False] * 6


def test_a_file_that_comes_in_parts_is_kept_whole() -> None:
    """Servers send a file a few kilobytes at a time."""

    async def parts(_: Request) -> Response:
        async def body() -> object:
            for begin in range(0, len(SCRIPT), 1000):
                yield SCRIPT[begin : begin + 1000]

        size = {"content-length": str(len(SCRIPT))}
        return StreamingResponse(body(), headers=FOR_EVER | size, media_type="text/css")  # type: ignore[arg-type]

    _, second = ask_twice(compressing(parts))
    assert second.is_compressed
    assert gzip.decompress(second.body) == SCRIPT


def test_a_file_that_broke_off_is_not_kept() -> None:
    """Half a script must not be what everybody gets from then on."""

    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        said = {"content-type": "text/css", "content-length": "9999"} | FOR_EVER
        head = [(name.encode(), value.encode()) for name, value in said.items()]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"half of it" * 200, "more_body": True})

    _, second = ask_twice(CompressedOnce(breaks))
    assert not second.is_compressed


def test_other_connections_pass() -> None:
    """A WebSocket, and the server's own start and end, are none of its business."""
    seen: list[tuple[object, object, object]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["type"], receive, send))

    async def nothing(*_: object) -> None:
        raise AssertionError

    for kind in ("websocket", "lifespan"):
        run(CompressedOnce(app)({"type": kind, "path": "/x"}, nothing, nothing))  # type: ignore[arg-type]
    assert seen == [("websocket", nothing, nothing), ("lifespan", nothing, nothing)]
