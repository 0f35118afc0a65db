"""Files that never change go out compressed, and each is compressed once."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from securechat.web.static_files import MAX_BYTES, MIN_BYTES, CompressedOnce
from tests.core.asgi import run

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


def serving(
    body: bytes = SCRIPT, media_type: str = "text/javascript", status: int = 200, **headers: str
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that gives a file, for ever."""
    every = FOR_EVER | {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: Request) -> Response:
        return Response(body, status, every, media_type)

    return answer


def compressing(endpoint: Answering, max_bytes: int = MAX_BYTES) -> CompressedOnce:
    """Put it before an application that answers every address with that."""
    return CompressedOnce(Starlette(routes=[Route("/{path:path}", endpoint)]), max_bytes=max_bytes)


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
    ("accepted", "is_compressed"),
    [
        *(("gzip", True), ("GZip", True), ("br, gzip;q=0.001", True), ("gzip ; q=1.000", True)),
        *(("*", True), ("x-gzip", True), ("identity;q=0, *;q=0.5", True), ("deflate,\tgzip", True)),
        *(("gzip;q=0", False), ("gzip;q=0.000", False), ("gzip; Q=0", False), ("br, gzip ;q=0.0", False)),
        *(("*;q=0", False), ("gzip;q=0, *", False), ("x-gzip;q=0, *", False), ("identity", False)),
        *(("gzippy", False), ("notgzip", False), ("", False), ("gzip;q=x", False), ("gzip;q=2", False)),
    ],
)
def test_what_a_client_accepts_is_read_in_full(accepted: str, is_compressed: bool) -> None:
    """The weights, the star and the case count (RFC 9110, section 12.5.3)."""
    _, second = ask_twice(compressing(serving()), headers={"accept-encoding": accepted})
    assert second.is_compressed is is_compressed


def test_whoever_else_compresses_reads_no_weights() -> None:
    """Streamlit compresses other answers by itself, for everybody who so much as mentions gzip."""
    seen: list[object] = []

    async def answer(request: Request) -> Response:
        seen.append(request.headers.get("accept-encoding"))
        return Response("hello")

    ask_twice(compressing(answer), headers={"accept-encoding": "gzip;q=0"})
    ask_twice(compressing(answer), headers={"accept-encoding": "gzip, br"})
    assert seen == [None, None, "gzip, br", "gzip, br"]


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


async def parts(_: Request) -> Response:
    """Give a file as servers do, a few kilobytes at a time, and look whether anybody still wants it."""

    async def body() -> object:
        for begin in range(0, len(SCRIPT), 1000):
            yield SCRIPT[begin : begin + 1000]

    size = {"content-length": str(len(SCRIPT))}
    return StreamingResponse(body(), headers=FOR_EVER | size, media_type="text/css")  # type: ignore[arg-type]


def test_a_file_that_comes_in_parts_is_kept_whole() -> None:
    """None of its parts is lost."""
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


class Running:
    """A server around an application, as long as the context lasts.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._ends = asyncio.Event()
        self._has_started = asyncio.Event()

    async def __aenter__(self) -> None:
        self._server = asyncio.ensure_future(self._app({"type": "lifespan"}, self._receive, self._send))
        await self._has_started.wait()

    async def __aexit__(self, *_: object) -> None:
        self._ends.set()
        await self._server

    async def _receive(self) -> Message:
        if self._has_started.is_set():
            await self._ends.wait()
            return {"type": "lifespan.shutdown"}
        return {"type": "lifespan.startup"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.complete":
            self._has_started.set()


async def eventually(what: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not what():
            await asyncio.sleep(0.01)


def test_what_everybody_needs_is_compressed_when_the_server_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """In its order, outside the event loop; the first visitor gets it so. What is missing does no harm."""
    threads: list[object] = []
    compress = gzip.compress

    def noting(*args: object, **named: object) -> bytes:
        threads.append(threading.current_thread())
        return compress(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(gzip, "compress", noting)
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        return Response("none", 404) if "none" in asked[-1] else await parts(request)

    files = ["/b.js", "/none.js", "/a.js"]
    routes = [Route("/{path:path}", answer)]
    app = CompressedOnce(Starlette(routes=routes), needed=lambda: files)

    async def start() -> list[Answer]:
        async with Running(app):
            await eventually(lambda: "/b.js" in asked and len(threads) == 2)
            threads.append(threading.current_thread())
            return [await ask(app, path) for path in ("/a.js", "/b.js", "/c.js")]

    answers = run(start())
    assert asked == [*files, "/c.js"]
    assert [answer.is_compressed for answer in answers] == [True, True, False]
    assert gzip.decompress(answers[0].body) == SCRIPT
    assert threads[2] not in threads[:2], "that of the event loop"


def test_a_server_that_ends_early_does_not_wait_for_it() -> None:
    """What is being compressed then is for nobody."""
    asked = 0

    async def endless(_: Request) -> Response:
        nonlocal asked
        asked += 1
        await asyncio.sleep(3600)
        raise AssertionError

    app = CompressedOnce(Starlette(routes=[Route("/{path:path}", endless)]), needed=lambda: ["/a.js"])

    async def start() -> None:
        async with Running(app):
            await eventually(lambda: asked == 1)

    run(start())
    assert asked == 1


def test_without_the_files_it_starts_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    """They may be elsewhere some day: the log says it once, and everything works as before."""

    def missing() -> list[str]:
        raise FileNotFoundError("no such folder")

    app = CompressedOnce(Starlette(routes=[Route("/{path:path}", serving())]), needed=missing)

    async def start() -> tuple[Answer, Answer]:
        async with Running(app):
            await eventually(lambda: bool(caplog.records))
            return await ask(app), await ask(app)

    assert [answer.is_compressed for answer in run(start())] == [False, True]
    assert len(caplog.records) == 1


def test_a_websocket_passes() -> None:
    """It is none of its business."""
    seen: list[tuple[object, object, object]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["type"], receive, send))

    async def nothing(*_: object) -> None:
        raise AssertionError

    run(CompressedOnce(app)({"type": "websocket", "path": "/x"}, nothing, nothing))  # type: ignore[arg-type]
    assert seen == [("websocket", nothing, nothing)]
