"""What a siege consists of: each attack is what one computer in the network can do, without a passcode."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin, Subprotocol

STREAM = "/_stcore/stream"
FEED = "/api/rooms/demo/live"
FOREIGN = "https://evil.example"
PATIENCE = 15.0
"""Seconds after which something counts as not answered."""

FIRST_SECONDS = 60.0
"""The same for the first page of a server, which imports what all others use."""

NO_ANSWER = (OSError, TimeoutError, HTTPException, ConnectionClosed, InvalidHandshake)
"""What is raised where a server does not answer, or says no."""

Attack = Callable[[str, int, float], Coroutine[None, None, Counter[str]]]
"""Gets the server's address, how often to do it, and for how many seconds at most. Counts what came of it."""


async def first_visit(url: str) -> None:
    """Open a page, so that the server is ready for others."""
    async with _socket(url, STREAM, subprotocol="streamlit") as page:
        await _first_run(page, FIRST_SECONDS)


async def visits(
    url: str, count: int, seconds: float, *, with_feed: bool, at_once: int = 120
) -> Counter[str]:
    """Let visitors come and go: each opens page and live feed, and goes when as many as a class are there."""

    async def visit(stack: AsyncExitStack) -> str:
        page = await stack.enter_async_context(_socket(url, STREAM, subprotocol="streamlit"))
        await _first_run(page)
        if with_feed:
            feed = await stack.enter_async_context(_socket(url, FEED))
            async with asyncio.timeout(PATIENCE):
                await feed.recv()
        return "came in"

    outcome: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while (left := count - outcome.total()) > 0 and time.monotonic() < end:
        async with AsyncExitStack() as stack:
            outcome.update(await asyncio.gather(*(_answer(visit(stack)) for _ in range(min(left, at_once)))))
    return outcome


async def foreign_origins(url: str, count: int, seconds: float) -> Counter[str]:
    """Ask for both sockets as a page of another host does that any visitor has open."""

    async def ask(path: str) -> str:
        async with _socket(url, path, subprotocol="streamlit", origin=FOREIGN):
            return f"{path}: let in"

    return await _again_and_again(
        [lambda: _answer(ask(STREAM), STREAM), lambda: _answer(ask(FEED), FEED)], count, seconds
    )


async def uploads(url: str, count: int, seconds: float) -> Counter[str]:
    """Upload a file of 1 MB again and again, under other names, into a session of one's own."""
    async with _socket(url, STREAM, subprotocol="streamlit") as page:
        session = await _first_run(page)
        names = iter(range(count))

        async def put() -> str:
            return await asyncio.to_thread(_put, url, f"/_stcore/upload_file/{session}/{next(names)}")

        return await _again_and_again([lambda: _answer(put())], count, seconds)


async def giant_states(url: str, count: int, seconds: float, *, names: int = 1_200_000) -> Counter[str]:
    """Send one frame with the states of more than a million widgets, each time from a new page."""
    request = BackMsg()
    request.rerun_script.widget_states.widgets.extend(
        WidgetState(id=f"w{number}", bool_value=True) for number in range(names)
    )
    frame = request.SerializeToString()

    async def send() -> str:
        async with _socket(url, STREAM, subprotocol="streamlit") as page:
            await _first_run(page)
            await page.send(frame)
            while not _has_finished(await _receive(page)):
                pass
            return "taken"

    return await _again_and_again([lambda: _answer(send())], count, seconds, at_once=1)


@contextmanager
def no_way_out() -> Iterator[dict[str, str]]:
    """Give the settings with which whatever a server asks of the internet is swallowed.

    As in a network whose firewall drops what goes out: the connection stands, and no answer comes.
    """
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(1_000)
        address = f"http://127.0.0.1:{hole.getsockname()[1]}"
        yield dict.fromkeys(("http_proxy", "https_proxy"), address)


async def _again_and_again(
    actions: list[Callable[[], Awaitable[str]]], count: int, seconds: float, *, at_once: int = 4
) -> Counter[str]:
    """Do the actions in turn, some at once, until they are done or the time is over."""
    outcome: Counter[str] = Counter()
    todo = iter(range(count))
    end = time.monotonic() + seconds

    async def work() -> None:
        for number in todo:
            outcome[await actions[number % len(actions)]()] += 1
            if time.monotonic() > end:
                return

    await asyncio.gather(*(work() for _ in range(at_once)))
    return outcome


def _put(url: str, path: str) -> str:
    """Upload a file, as a browser does, and return the status of the answer."""
    body = b"".join(
        (
            b'--bench\r\nContent-Disposition: form-data; name="file"; filename="key.txt"\r\n\r\n',
            b"x" * 1_000_000,
            b"\r\n--bench--\r\n",
        )
    )
    token = _xsrf_token(url)
    headers = {
        "Content-Type": "multipart/form-data; boundary=bench",
        "Cookie": f"_streamlit_xsrf={token}",
        "X-Xsrftoken": token,
    }
    return _ask(url, "PUT", path, body, headers)[0]


@cache
def _xsrf_token(url: str) -> str:
    """Return the token that Streamlit gives to every browser."""
    cookie = _ask(url, "GET", "/_stcore/health", b"", {})[1]
    return cookie.partition("_streamlit_xsrf=")[2].partition(";")[0]


def _ask(url: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[str, str]:
    """Return the status of an answer, and the cookie that comes with it."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        with suppress(OSError):  # whoever refuses may do so before all of it is sent
            connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return str(answer.status), answer.headers.get("Set-Cookie", "")
    finally:
        connection.close()


async def _answer(action: Awaitable[str], what: str = "") -> str:
    """Return what came of an action, in a word."""
    said = f"{what}: " if what else ""
    try:
        return await action
    except InvalidHandshake as error:
        response = getattr(error, "response", None)
        return f"{said}{response.status_code}" if response else f"{said}no answer"
    except ConnectionClosed as error:
        return f"{said}closed with {error.rcvd.code if error.rcvd else 1006}"
    except NO_ANSWER:
        return f"{said}no answer"


@asynccontextmanager
async def _socket(
    url: str, path: str, *, subprotocol: str = "", origin: str = ""
) -> AsyncIterator[ClientConnection]:
    socket = await connect(
        f"ws://{urlsplit(url).netloc}{path}",
        subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        origin=Origin(origin) if origin else None,
        max_size=None,
        open_timeout=PATIENCE,
        ping_interval=None,
        proxy=None,
    )
    try:
        yield socket
    finally:
        socket.transport.abort()  # a tab that is closed does not wait for an answer


async def _first_run(page: ClientConnection, patience: float = PATIENCE) -> str:
    """Let a page be drawn, and return the id of its session."""
    request = BackMsg()
    request.rerun_script.query_string = ""
    await page.send(request.SerializeToString())
    session = ""
    while not _has_finished(message := await _receive(page, patience)):
        session = message.new_session.initialize.session_id or session
    return session


async def _receive(page: ClientConnection, patience: float = PATIENCE) -> ForwardMsg:
    async with asyncio.timeout(patience):
        data = await page.recv()
    message = ForwardMsg()
    message.ParseFromString(data if isinstance(data, bytes) else data.encode())
    return message


def _has_finished(message: ForwardMsg) -> bool:
    return (
        message.WhichOneof("type") == "script_finished"
        and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
    )
