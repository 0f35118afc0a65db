"""The live feed: a WebSocket that sends a room's messages as they come, encrypted.

`GET /api/rooms/{room}/live?after={id}`, upgraded. The server sends JSON, one object a text frame:

- `{"type": "message", "id": 7, "sender": "A", "token": "gAAAA…", "sent_at": "2026-01-01T12:00:00Z"}`:
  first every message after `id`, then each new one.
- `{"type": "room", "epoch": "…", "first_id": 1, "dropped": 0, "cleared": false, "rewritten": 0}`: after
  the first of those, and when it changes, before what comes then. Messages before `first_id` are no longer
  there; from there on ids have no gaps. Under another `epoch` the server has lost what it had, and numbers
  anew. With `?after={id}&epoch={epoch}` the id counts only in that epoch. When `rewritten` goes up, messages
  that were sent before have other tokens: connect again with `?after=0` to get them.
- `{"type": "ping"}`: after `PING_SECONDS` without anything else, so that a client knows it is still there.

A client that holds the key may send `{"type": "send", "sender": "B", "token": "gAAAA…", "client_id": "…"}`.
The answer is `{"type": "stored", "client_id": "…", "id": 8}` or
`{"type": "error", "client_id": "…", "error": "TooFast", "message": "…"}`. What was not answered can be sent
again under the same `client_id`: it is stored once.

Nothing waits in a queue here. A connection remembers the last id it has sent and reads on in the store,
which is bounded; a client that does not read has one frame in hand and is let go after `SEND_SECONDS`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from securechat.conversation import Conversation
from securechat.errors import SecureChatError, TooFast
from securechat.limits import RateLimit
from securechat.messages import Message
from securechat.store import RoomView

MAX_FRAME_BYTES = 64 * 1024
"""Bytes in one frame from a client; a longer one closes the connection with 1009."""

MAX_CONNECTIONS = 2_000
"""Connections at once, for all rooms together."""

SEND_SECONDS = 10.0
"""How long a frame may wait for a client that does not read, until the connection is closed."""

PING_SECONDS = 10.0
"""After how long without anything to say the server says that it is still there."""

FRAME_COUNT = 60
"""Frames that one connection may send within `FRAME_SECONDS`."""

FRAME_SECONDS = 10.0
"""The window of that limit, in seconds."""

Rooms = Callable[[str], Conversation | None]
"""Finds the conversation of a room by its name; None if there is no such room."""


class LiveFeed:
    """Serves the feed of all rooms.

    Args:
        rooms: Finds a room.
        allowed_origins: Origins of other pages that may listen, such as `https://school.example`; `*` for
            all. The page's own host always may, and clients that send no Origin: no browser leaves it out.
        send_seconds: See `SEND_SECONDS`.
        ping_seconds: See `PING_SECONDS`.
        max_connections: See `MAX_CONNECTIONS`.
    """

    def __init__(
        self,
        rooms: Rooms,
        *,
        allowed_origins: Callable[[], Collection[str]] = tuple,
        send_seconds: float = SEND_SECONDS,
        ping_seconds: float = PING_SECONDS,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self._rooms = rooms
        self._allowed_origins = allowed_origins
        self._send_seconds = send_seconds
        self._ping_seconds = ping_seconds
        self._max_connections = max_connections
        self._open = 0

    def routes(self, base_path: str = "") -> list[BaseRoute]:
        """Return the routes of the feed.

        Args:
            base_path: What stands before `/api` in the address, such as `school`; nothing if empty.
        """
        base = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        path = f"{base}/api/rooms/{{room}}/live"
        return [WebSocketRoute(path, self._serve), Route(path, _ask_for_upgrade)]

    async def _serve(self, websocket: WebSocket) -> None:
        if not self._is_allowed(websocket.headers.get("origin"), websocket.headers.get("host", "")):
            await websocket.close()  # answered with 403
            return
        after = websocket.query_params.get("after", "0")
        if not (after.isascii() and after.isdecimal() and len(after) < 16):
            await _refuse(websocket, 400, "`after` is the id of a message, or 0.")
            return
        try:
            conversation = self._rooms(websocket.path_params["room"])
        except SecureChatError:
            await _refuse(websocket, 503, "The app cannot start yet: its page says why.")
            return
        if conversation is None:
            await _refuse(websocket, 404, "There is no such room.")
            return
        if self._open >= self._max_connections:
            await _refuse(websocket, 503, "Too many are listening. Try again later.")
            return
        self._open += 1
        try:
            await websocket.accept()
            listener = _Listener(websocket, conversation, self._send_seconds, self._ping_seconds)
            await listener.run(int(after), websocket.query_params.get("epoch"))
        finally:
            self._open -= 1

    def _is_allowed(self, origin: str | None, host: str) -> bool:
        if origin is None:
            return True
        allowed = self._allowed_origins()
        if "*" in allowed or origin in allowed:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return bool(parts.netloc) and parts.netloc.lower() == host.lower()


class _Listener:
    """One connection: what comes in is answered, what is new in the room goes out."""

    def __init__(
        self, websocket: WebSocket, conversation: Conversation, send_seconds: float, ping_seconds: float
    ) -> None:
        self._websocket = websocket
        self._conversation = conversation
        self._send_seconds = send_seconds
        self._ping_seconds = ping_seconds
        self._limit = RateLimit(FRAME_COUNT, FRAME_SECONDS, action="Not stored", max_keys=1)
        self._news = asyncio.Event()

    async def run(self, after: int, epoch: str | None) -> None:
        """Serve until either side has had enough."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed: so is this connection
                loop.call_soon_threadsafe(self._news.set)

        unsubscribe = self._conversation.subscribe(wake)
        tasks = [asyncio.create_task(work) for work in (self._send_news(after, epoch), self._answer())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            unsubscribe()
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, _GONE):
                raise outcome

    async def _send_news(self, after: int, epoch: str | None) -> None:
        told: dict[str, Any] | None = None
        while True:
            self._news.clear()
            view = self._conversation.view()
            if epoch not in (None, view.epoch):
                after, epoch = 0, view.epoch
            room = room_frame(view)
            if told not in (None, room):
                await self._send(room)  # before what it makes room for
            for message in view.since(after):
                await self._send(message_frame(message))
                after = message.id
            if told is None:
                await self._send(room)
            told = room
            try:
                await asyncio.wait_for(self._news.wait(), self._ping_seconds)
            except TimeoutError:
                await self._send({"type": "ping"})

    async def _answer(self) -> None:
        while True:
            event = await self._websocket.receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text") or ""  # without text it was a binary frame
            if fault := self._fault_of(text):
                async with asyncio.timeout(self._send_seconds):
                    await self._websocket.close(*fault)
                return
            await self._send(self._store(text))

    def _fault_of(self, text: str) -> tuple[int, str] | None:
        """Return the code and the reason to close the connection with, or None if there is none."""
        if not text:
            return 1003, "Frames are JSON text."
        if len(text) > MAX_FRAME_BYTES or len(text.encode()) > MAX_FRAME_BYTES:
            return 1009, f"A frame has at most {MAX_FRAME_BYTES} bytes."
        try:
            self._limit.take("frames")
        except TooFast:
            return 1008, "Too many frames in a short time."
        return None

    def _store(self, text: str) -> dict[str, Any]:
        """Store what a client has encrypted, and return the answer."""
        frame = _parse(text)
        if frame is None:
            return {"type": "error", "error": "InvalidFrame", "message": _EXPECTED}
        client_id = frame["client_id"]
        try:
            message = self._conversation.accept(frame["sender"], frame["token"], client_id=client_id)
        except SecureChatError as error:
            kind = type(error).__name__
            return {"type": "error", "client_id": client_id, "error": kind, "message": str(error)}
        return {"type": "stored", "client_id": client_id, "id": message.id}

    async def _send(self, frame: dict[str, Any]) -> None:
        async with asyncio.timeout(self._send_seconds):
            await self._websocket.send_text(json.dumps(frame, separators=(",", ":")))


_GONE = (WebSocketDisconnect, WebSocketDisconnected, TimeoutError)
"""The client is gone, or does not read: there is nobody to tell."""

_EXPECTED = 'Expected {"type": "send", "sender": "…", "token": "…", "client_id": "…"}, each a text.'


def _parse(text: str) -> dict[str, str] | None:
    """Return the frame of a client that wants to send, or None if it is not one."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    wanted = ("type", "sender", "token", "client_id")
    if not isinstance(frame, dict) or not all(isinstance(frame.get(name), str) for name in wanted):
        return None
    return frame if frame["type"] == "send" else None


def message_frame(message: Message) -> dict[str, Any]:
    """Return what a browser or another client is told of a message."""
    return {
        "type": "message",
        "id": message.id,
        "sender": message.sender,
        "token": message.token,
        "sent_at": f"{message.sent_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def room_frame(view: RoomView) -> dict[str, Any]:
    """Return what a browser or another client is told of a room, apart from its messages."""
    return {
        "type": "room",
        "epoch": view.epoch,
        "first_id": view.first_id,
        "dropped": view.dropped,
        "cleared": view.cleared,
        "rewritten": view.rewritten,
    }


def _refuse(websocket: WebSocket, status: int, text: str) -> Awaitable[None]:
    return websocket.send_denial_response(PlainTextResponse(f"{text}\n", status))


async def _ask_for_upgrade(_: Request) -> PlainTextResponse:
    return PlainTextResponse("This address is a WebSocket.\n", 426, {"Upgrade": "websocket"})
