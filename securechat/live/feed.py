"""The live feed as routes of a Starlette server."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from securechat.classroom import ClassWall
from securechat.errors import InvalidSetting, SecureChatError, TooFast
from securechat.live.bounds import USUAL, FeedBounds
from securechat.live.connection import Connection, Source
from securechat.live.listener import Listener
from securechat.live.watcher import Watcher
from securechat.live.workers import Workers
from securechat.rooms.visit import Visit
from securechat.web.refusal import refuse

T = TypeVar("T", Visit, ClassWall)

MAX_EACH = 10
"""Connections of one holder to one room: some tabs, and some that have not ended yet."""

Rooms = Callable[[str, str, str], Visit | None]
"""Finds who visits a room of this name with a ticket (empty if none was shown) from an address; None if
nobody may. Raises SecureChatError where they may not now, but perhaps later."""

Renewal = Callable[[str], str]
"""Makes a new ticket of one that has let a connection in, however long ago; empty if there is none."""

Walls = Callable[[str, str], ClassWall | None]
"""Finds what a ticket lets one watch of the class with this id; None if nothing."""


class LiveFeed:
    """Serves the feed of all rooms. Whose pages may connect is said before (`securechat.web`).

    Its methods are endpoints: see `routes`.

    Args:
        rooms: See `Rooms`.
        walls: See `Walls`.
        renew: See `Renewal`.
        bounds: See `FeedBounds`.
    """

    def __init__(
        self,
        rooms: Rooms,
        *,
        walls: Walls = lambda class_id, ticket: None,
        renew: Renewal = lambda ticket: "",
        bounds: FeedBounds = USUAL,
    ) -> None:
        self._rooms = rooms
        self._walls = walls
        self._renew = renew
        self._bounds = bounds
        self._all = 0
        self._open: Counter[str] = Counter()  # by what `_limits` counts
        self._workers = Workers()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def serve_room(self, websocket: WebSocket) -> None:
        """Serve the room that the address names."""
        query = websocket.query_params
        after = query.get("after", "0")
        is_number = after.isascii() and after.isdecimal() and len(after) < 16

        def find() -> Visit | None:
            return self._rooms(websocket.path_params["room"], query.get("ticket", ""), _address(websocket))

        async def serve(visit: Visit) -> None:
            turn = self._turns.setdefault(visit.room, asyncio.Lock())
            epoch = query.get("epoch")
            listener = Listener(visit, turn, after=int(after), epoch=epoch, bounds=self._bounds)
            leave = visit.enter()
            try:
                await self._connect(websocket, listener)
            finally:
                leave()

        def limits(visit: Visit) -> Mapping[str, int]:
            return visit.limits or self._limits(visit.owner)

        fault = "" if is_number else "`after` is the id of a message, or 0."
        await self._serve(websocket, find, serve, limits, fault)

    async def serve_wall(self, websocket: WebSocket) -> None:
        """Serve the wall of the class that the address names."""

        def find() -> ClassWall | None:
            return self._walls(websocket.path_params["class_id"], websocket.query_params.get("ticket", ""))

        async def serve(wall: ClassWall) -> None:
            await self._connect(websocket, Watcher(wall, self._bounds))

        await self._serve(websocket, find, serve, lambda wall: self._limits(wall.owner))

    def _limits(self, owner: str) -> dict[str, int]:
        """Return how many connections somebody may have; nobody in particular where that is empty."""
        return {owner: MAX_EACH if owner else self._bounds.max_open_connections}

    async def _connect(self, websocket: WebSocket, source: Source) -> None:
        renew = partial(self._renew, websocket.query_params.get("ticket", ""))
        await Connection(websocket, source, self._workers, renew, self._bounds).run()

    async def _serve(
        self,
        websocket: WebSocket,
        find: Callable[[], T | None],
        serve: Callable[[T], Awaitable[None]],
        limits: Callable[[T], Mapping[str, int]],
        fault: str = "",
    ) -> None:
        """Let a connection in if it may, and serve it.

        Args:
            websocket: The connection.
            find: Finds what it is about.
            serve: Serves it.
            limits: How many connections there may be of each kind of which this is one.
            fault: Why it is refused before anything is looked up.
        """
        if fault:
            await refuse(websocket, 400, fault)
            return
        try:
            found = await self._workers.run(find)
        except SecureChatError as error:
            await refuse(websocket, 429 if isinstance(error, TooFast) else 503, str(error))
            return
        if found is None:
            await refuse(websocket, 404, "There is no such room, or its page has to hand out a new ticket.")
            return
        kinds = limits(found)
        is_full = any(self._open[kind] >= limit for kind, limit in kinds.items())
        if is_full or self._all >= self._bounds.max_connections:
            await refuse(websocket, 503, "Too many are listening. Try again later.")
            return
        self._all += 1
        self._open.update(kinds.keys())
        try:
            await websocket.accept()
            await serve(found)
        finally:
            self._all -= 1
            self._open.subtract(kinds.keys())
            self._open += Counter()  # forgets who has none any more


def routes(feed: Callable[[], LiveFeed], base_path: str = "") -> list[BaseRoute]:
    """Return the routes of a feed.

    Args:
        feed: Finds it, anew for each connection, in a thread. It may raise InvalidSetting.
        base_path: What stands before `/api` in the address, such as `/school`; nothing if empty.
    """

    async def find(websocket: WebSocket) -> LiveFeed | None:
        try:
            return await asyncio.to_thread(feed)
        except InvalidSetting:
            await refuse(websocket, 503, "The app cannot start yet: its page says why.")
            return None

    async def serve_room(websocket: WebSocket) -> None:
        if found := await find(websocket):
            await found.serve_room(websocket)

    async def serve_wall(websocket: WebSocket) -> None:
        if found := await find(websocket):
            await found.serve_wall(websocket)

    room = f"{base_path}/api/rooms/{{room}}/live"
    wall = f"{base_path}/api/classes/{{class_id}}/live"
    return [
        WebSocketRoute(room, serve_room),
        Route(room, _ask_for_upgrade),
        WebSocketRoute(wall, serve_wall),
        Route(wall, _ask_for_upgrade),
    ]


def _address(websocket: WebSocket) -> str:
    """Return where a connection comes from; empty if unknown.

    Uvicorn has asked the proxy for it (`X-Forwarded-For`), where that is on this computer; nobody else is
    believed.
    """
    return websocket.client.host if websocket.client else ""


async def _ask_for_upgrade(_: Request) -> PlainTextResponse:
    return PlainTextResponse("This address is a WebSocket.\n", 426, {"Upgrade": "websocket"})
