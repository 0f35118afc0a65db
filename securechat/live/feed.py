"""The live feed as routes of a Starlette server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from securechat.errors import InvalidSetting
from securechat.live.access import Access
from securechat.live.listener import Listener
from securechat.live.watcher import Wall, Watcher

T = TypeVar("T", Access, Wall)

MAX_CONNECTIONS = 2_000
"""Connections at once, for all rooms together."""

MAX_OPEN_CONNECTIONS = 1_000
"""Of those, connections to rooms that are open to all: the others are for people with tickets."""

MAX_EACH = 10
"""Connections of one holder to one room: some tabs, and some that have not ended yet."""

SEND_SECONDS = 10.0
"""How long a frame may wait for a client that does not read, until the connection is closed."""

PING_SECONDS = 10.0
"""After how long without anything to say the server says that it is still there."""

Rooms = Callable[[str, str], Access | None]
"""Finds the right that a ticket (empty if none was shown) gives in a room of this name; None if none."""

Walls = Callable[[str, str], Wall | None]
"""Finds what a ticket lets one watch of the class with this id; None if nothing."""


class LiveFeed:
    """Serves the feed of all rooms.

    Args:
        rooms: See `Rooms`.
        walls: See `Walls`.
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
        walls: Walls = lambda class_id, ticket: None,
        allowed_origins: Callable[[], Collection[str]] = tuple,
        send_seconds: float = SEND_SECONDS,
        ping_seconds: float = PING_SECONDS,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self._rooms = rooms
        self._walls = walls
        self._allowed_origins = allowed_origins
        self._send_seconds = send_seconds
        self._ping_seconds = ping_seconds
        self._max_connections = max_connections
        self._open: Counter[str] = Counter()

    def routes(self, base_path: str = "") -> list[BaseRoute]:
        """Return the routes of the feed.

        Args:
            base_path: What stands before `/api` in the address, such as `school`; nothing if empty.
        """
        base = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        room, wall = f"{base}/api/rooms/{{room}}/live", f"{base}/api/classes/{{class_id}}/live"
        return [
            WebSocketRoute(room, self._serve_room),
            Route(room, _ask_for_upgrade),
            WebSocketRoute(wall, self._serve_wall),
            Route(wall, _ask_for_upgrade),
        ]

    async def _serve_room(self, websocket: WebSocket) -> None:
        query = websocket.query_params
        after = query.get("after", "0")
        is_number = after.isascii() and after.isdecimal() and len(after) < 16

        def find() -> Access | None:
            return self._rooms(websocket.path_params["room"], query.get("ticket", ""))

        async def serve(access: Access) -> None:
            listener = Listener(
                websocket, access, send_seconds=self._send_seconds, ping_seconds=self._ping_seconds
            )
            await listener.run(int(after), query.get("epoch"))

        fault = "" if is_number else "`after` is the id of a message, or 0."
        await self._serve(websocket, find, serve, fault)

    async def _serve_wall(self, websocket: WebSocket) -> None:
        def find() -> Wall | None:
            return self._walls(websocket.path_params["class_id"], websocket.query_params.get("ticket", ""))

        async def serve(wall: Wall) -> None:
            watcher = Watcher(
                websocket, wall, send_seconds=self._send_seconds, ping_seconds=self._ping_seconds
            )
            await watcher.run()

        await self._serve(websocket, find, serve)

    async def _serve(
        self,
        websocket: WebSocket,
        find: Callable[[], T | None],
        serve: Callable[[T], Awaitable[None]],
        fault: str = "",
    ) -> None:
        """Let a connection in if it may, and serve it."""
        if not self._is_allowed(websocket.headers.get("origin"), websocket.headers.get("host", "")):
            await websocket.close()  # answered with 403
            return
        if fault:
            await _refuse(websocket, 400, fault)
            return
        try:
            found = find()
        except InvalidSetting:
            await _refuse(websocket, 503, "The app cannot start yet: its page says why.")
            return
        if found is None:
            await _refuse(websocket, 404, "There is no such room, or its page has to hand out a new ticket.")
            return
        owner = found.owner
        limit = MAX_EACH if owner else min(self._max_connections, MAX_OPEN_CONNECTIONS)
        if self._open.total() >= self._max_connections or self._open[owner] >= limit:
            await _refuse(websocket, 503, "Too many are listening. Try again later.")
            return
        self._open[owner] += 1
        try:
            await websocket.accept()
            await serve(found)
        finally:
            self._open[owner] -= 1
            self._open += Counter()  # forgets who has none any more

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


def _refuse(websocket: WebSocket, status: int, text: str) -> Awaitable[None]:
    return websocket.send_denial_response(PlainTextResponse(f"{text}\n", status))


async def _ask_for_upgrade(_: Request) -> PlainTextResponse:
    return PlainTextResponse("This address is a WebSocket.\n", 426, {"Upgrade": "websocket"})
