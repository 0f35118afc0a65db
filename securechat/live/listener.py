"""One connection to a room."""

from __future__ import annotations

import json
from time import monotonic
from typing import Any

from starlette.websockets import WebSocket

from securechat.errors import NotSeated, SecureChatError, TooFast
from securechat.frames import room_frame
from securechat.limits import RateLimit
from securechat.live.access import Access
from securechat.live.connection import Connection

MAX_FRAME_BYTES = 64 * 1024
"""Bytes in one frame from a client; a longer one closes the connection with 1009."""

FRAME_COUNT = 60
"""Frames that one connection may send within `FRAME_SECONDS`."""

FRAME_SECONDS = 10.0
"""The window of that limit, in seconds."""

PEOPLE_SECONDS = 1.0
"""Seconds between two frames about people: a class that comes all at once is told of in few frames."""

LULL_SECONDS = 2.0
"""Seconds after which it is looked at again whether somebody still writes: nobody says that they stop."""

LOST = 4003
"""The code with which a connection is closed that has lost its right to be there."""

_EXPECTED = 'Expected {"type": "send", "sender": "…", "token": "…", "client_id": "…"}, each a text.'


class Listener:
    """One connection: what comes in is answered, what is new in the room goes out.

    Args:
        websocket: The connection, accepted.
        access: What it may do.
        send_seconds: How long a frame may wait for a client that does not read.
        ping_seconds: After how long without anything to say the server says that it is there.
    """

    def __init__(
        self, websocket: WebSocket, access: Access, *, send_seconds: float, ping_seconds: float
    ) -> None:
        self._websocket = websocket
        self._connection = Connection(websocket, send_seconds)
        self._access = access
        self._ping_seconds = ping_seconds
        self._limit = RateLimit(FRAME_COUNT, FRAME_SECONDS, action="Not stored", max_keys=1)
        self._told_people: dict[str, Any] | None = None
        self._told_people_at = 0.0

    async def run(self, after: int, epoch: str | None) -> None:
        """Serve until either side has had enough.

        Args:
            after: The id of the last message that the client has.
            epoch: The epoch in which that counts; in any if None.
        """
        leave = self._access.enter()
        try:
            await self._connection.run(
                self._access.subscribe, self._send_news(after, epoch), self._answer_all()
            )
        finally:
            leave()

    async def _send_news(self, after: int, epoch: str | None) -> None:
        told: dict[str, Any] | None = None
        while True:
            self._connection.news.clear()
            view = self._access.conversation.view()
            if not self._access.is_open:  # looked at after the messages: none that came later goes out
                await self._connection.close(LOST, "This connection may not be in this room any more.")
                return
            if epoch not in (None, view.epoch):
                after, epoch = 0, view.epoch
            room = room_frame(view)
            if told not in (None, room):
                await self._connection.send(room)  # before what it makes room for
            for message in view.since(after):
                await self._connection.send(self._access.message_frame(message))
                after = message.id
            if told is None:
                await self._connection.send(room)
            told = room
            patience = await self._send_people()
            await self._connection.wait_for_news(
                min(patience, max(self._ping_seconds - self._connection.silence, 0.01))
            )
            if self._connection.silence >= self._ping_seconds:
                await self._connection.send({"type": "ping"})

    async def _send_people(self) -> float:
        """Tell of the people if there is news of them, and return for how many seconds to wait for more."""
        people = self._access.people()
        if people == self._told_people:
            return self._patience
        wait = PEOPLE_SECONDS - (monotonic() - self._told_people_at) if self._told_people else 0
        if people is None or wait > 0:
            return max(wait, 0.01)
        await self._connection.send(people)
        self._told_people, self._told_people_at = people, monotonic()
        return self._patience

    @property
    def _patience(self) -> float:
        """For how many seconds there may be nothing to say: less while somebody writes, who may just stop."""
        people = self._told_people["people"] if self._told_people else ()
        is_writing = any(person["writing"] for person in people)
        return LULL_SECONDS if is_writing else self._ping_seconds

    async def _answer_all(self) -> None:
        while True:
            event = await self._websocket.receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text") or ""  # without text it was a binary frame
            if fault := self._fault_of(text):
                await self._connection.close(*fault)
                return
            if (answer := self._answer(text)) is not None:
                await self._connection.send(answer)

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

    def _answer(self, text: str) -> dict[str, Any] | None:
        """Do what a client asks for, and return the answer; None where there is none."""
        frame = _parse(text)
        if frame == {"type": "writing"}:
            self._access.write()
            return None
        if frame is None or not _is_message(frame):
            return {"type": "error", "error": "InvalidFrame", "message": _EXPECTED}
        client_id, sender = frame["client_id"], frame["sender"]
        try:
            if not self._access.may_send_as(sender):
                raise NotSeated("Not sent: you can write here only under your own name.")
            message = self._access.conversation.accept(sender, frame["token"], client_id=client_id)
        except SecureChatError as error:
            kind = type(error).__name__
            return {"type": "error", "client_id": client_id, "error": kind, "message": str(error)}
        return {"type": "stored", "client_id": client_id, "id": message.id}


def _parse(text: str) -> dict[str, Any] | None:
    """Return the frame of a client, or None if it is not one."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None


def _is_message(frame: dict[str, Any]) -> bool:
    wanted = ("type", "sender", "token", "client_id")
    if "to" in frame:  # what is for one person alone is encrypted by the page: it has their key
        return False
    return all(isinstance(frame.get(name), str) for name in wanted) and frame["type"] == "send"
