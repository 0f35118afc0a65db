"""A relay for sealed rooms that lies on request: it serves the page, and a feed that does what a test says.

Left alone it is honest, and small: no limits, no policy. What a test needs of the real server it takes from
the real server.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from securechat.sealed import page
from tests.support import PROXIED_HOST, free_port

Frame = dict[str, Any]


@dataclass
class FakeRoom:
    """What the relay has of one room.

    Attributes:
        epoch: Its epoch.
        messages: All `message` frames; their ids count from `first_id`.
        first_id: The id of the first of them.
        dropped: How many fell out.
        known: The ids by `client_id`.
        connections: Who is connected.
        received: Every frame that came in, as it came.
    """

    epoch: str = field(default_factory=lambda: secrets.token_hex(8))
    messages: list[Frame] = field(default_factory=list)
    first_id: int = 1
    dropped: int = 0
    known: dict[str, int] = field(default_factory=dict)
    connections: list[WebSocket] = field(default_factory=list)
    received: list[Frame] = field(default_factory=list)

    def room_frame(self) -> Frame:
        """Return what the room says of itself."""
        own = {"epoch": self.epoch, "first_id": self.first_id, "dropped": self.dropped}
        return {"type": "room", **own, "cleared": False, "rewritten": 0}

    def keep(self, frame: Frame) -> Frame:
        """Store what was sent, and return its message."""
        message = self.message(self.first_id + len(self.messages), frame["sender"], frame["token"])
        self.messages.append(message)
        self.known[frame["client_id"]] = message["id"]
        return message

    @staticmethod
    def message(number: int, sender: str, token: str) -> Frame:
        """Return a message as frames have it."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"type": "message", "id": number, "sender": sender, "token": token, "sent_at": now}


Taking = Callable[["SealedRelay", FakeRoom, WebSocket, Frame], Coroutine[Any, Any, None]]
"""What is done with a frame that came in."""


async def be_honest(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
    """Store a token once, tell all, and answer."""
    if (known := room.known.get(frame["client_id"])) is None:
        message = room.keep(frame)
        known = message["id"]
        await relay.tell(room, message)
    await websocket.send_json({"type": "stored", "client_id": frame["client_id"], "id": known})


class SealedRelay:
    """A relay under test. Its methods without `async` may be called from the thread of the test.

    Attributes:
        url: Its address where a browser has WebCrypto.
        insecure_url: The same where it has none.
        take: What is done with what comes in: `be_honest`, or a lie.
        rooms: Its rooms.
        is_down: Whether it refuses connections just now.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.insecure_url = f"http://{PROXIED_HOST}:{port}"
        self.take: Taking = be_honest
        self.rooms: dict[str, FakeRoom] = {}
        self.is_down = False
        self.loop: asyncio.AbstractEventLoop | None = None

    def room(self, name: str) -> FakeRoom:
        """Return a room, made by whoever asks first."""
        return self.rooms.setdefault(name, FakeRoom())

    def only_room(self) -> FakeRoom:
        """Return the room of a test that has one."""
        [room] = self.rooms.values()
        return room

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one connection."""
        self.loop = asyncio.get_running_loop()
        if self.is_down:
            await websocket.close()
            return
        room = self.room(websocket.path_params["room"])
        await websocket.accept()
        room.connections.append(websocket)
        try:
            await self.greet(room, websocket)
            while True:
                frame = json.loads(await websocket.receive_text())
                room.received.append(frame)
                await self.take(self, room, websocket, frame)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            if websocket in room.connections:
                room.connections.remove(websocket)
                await self.tell(room, {"type": "present", "count": len(room.connections)})

    async def greet(self, room: FakeRoom, websocket: WebSocket) -> None:
        """Tell somebody who has connected what is there."""
        query = websocket.query_params
        after = int(query.get("after", "0")) if query.get("epoch") in (None, room.epoch) else 0
        await self.tell(room, {"type": "present", "count": len(room.connections)})
        for message in [message for message in room.messages if message["id"] > after]:
            await websocket.send_json(message)
        await websocket.send_json(room.room_frame())

    async def tell(self, room: FakeRoom, *frames: Frame) -> None:
        """Send frames to all who are connected."""
        for websocket in list(room.connections):
            for frame in frames:
                try:
                    await websocket.send_json(frame)
                except (WebSocketDisconnect, RuntimeError):
                    break

    def say(self, *frames: Frame, room: FakeRoom | None = None) -> None:
        """Send frames to all who are connected, whatever they say."""
        self.do(self.tell(room or self.only_room(), *frames))

    def disconnect(self) -> None:
        """End all connections."""

        async def close() -> None:
            for room in self.rooms.values():
                for websocket in list(room.connections):
                    await websocket.close(1012)

        self.do(close())

    def start_anew(self, room: FakeRoom | None = None) -> None:
        """Lose what is there, begin another epoch, and end all connections, as a restart does."""
        room = room or self.only_room()
        room.epoch, room.messages, room.known = secrets.token_hex(8), [], {}
        room.first_id, room.dropped = 1, 0
        self.disconnect()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the thread of the relay."""
        assert self.loop is not None, "nobody has connected yet"
        asyncio.run_coroutine_threadsafe(work, self.loop).result(15)


@contextmanager
def sealed_relay(
    *, address: str = "", known_rooms: Iterable[str] = (), port: int | None = None
) -> Iterator[SealedRelay]:
    """Run a relay, and stop it afterwards.

    Args:
        address: The address for others that it tells its page.
        known_rooms: The rooms whose keys it has, as it says.
        port: Its port; any that is free unless told.
    """
    pages = page.routes(address=lambda here: address, known_rooms=lambda: known_rooms)
    with running(SealedRelay(port or free_port()), pages) as relay:
        yield relay


Kind = TypeVar("Kind", bound=SealedRelay)


@contextmanager
def running(relay: Kind, pages: list[BaseRoute]) -> Iterator[Kind]:
    """Run a relay of some kind with the routes of its page, and stop it afterwards."""
    routes = [*pages, WebSocketRoute("/api/rooms/{room}/live", relay.serve)]
    config = uvicorn.Config(
        Starlette(routes=routes),
        port=relay.port,
        log_level="critical",
        ws="websockets-sansio",
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    try:
        yield relay
    finally:
        server.force_exit = server.should_exit = True
        thread.join(15)
