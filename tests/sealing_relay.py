"""A relay for a pair's room that lies on request: what the page of a pair sees of a server.

Left alone it is honest, with few rules. A ticket is the id of whoever shows it, a point, and anything
behind that. What a test needs of the real server it takes from the real server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from securechat.sealed import page
from tests.sealed_relay import FakeRoom, Frame, SealedRelay, be_honest, running
from tests.support import free_port

ROOM = "abc-1"
NAMES = {"p1": "Brave Otter", "p2": "Quiet Lynx"}
NEW: Frame = {
    "round": 0,
    "first": "",
    "second": "",
    "commitment": "",
    "answer": "",
    "opening": "",
    "matched": [],
    "differs": "",
    "since": 0,
}


def holder_of(websocket: WebSocket) -> str:
    """Return whose connection it is."""
    return websocket.query_params.get("ticket", "").partition(".")[0]


def as_it_is(holder: str, frame: Frame) -> Frame:
    """Tell the truth."""
    return frame


class PairRelay(SealedRelay):
    """A relay under test, with one room.

    Attributes:
        sealing: How far the sealing of the room has come.
        names: Who sits there.
        refusal: Why it cannot be sealed now.
        alter: What of the `sealing` frame for somebody is told: `as_it_is`, or a lie.
        closed: Why nobody may write just now.
        steps: All steps that came: who, and the frame.
        queries: What stood in the addresses of all connections.
        away: Whose connections are refused just now.
    """

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.sealing: Frame = dict(NEW)
        self.names = dict(NAMES)
        self.refusal = ""
        self.alter: Callable[[str, Frame], Frame] = as_it_is
        self.closed = ""
        self.steps: list[tuple[str, Frame]] = []
        self.queries: list[dict[str, str]] = []
        self.away: set[str] = set()
        self.take = take

    def link(self, person: str, *, is_secure: bool = True) -> str:
        """Return the address of the page for somebody."""
        return f"{self.url if is_secure else self.insecure_url}/sealed#pair={ROOM}&ticket={person}.0"

    def sealing_frame(self, holder: str) -> Frame:
        """Return the `sealing` frame for somebody."""
        more = {"refusal": self.refusal, "me": holder, "names": self.names}
        return {"type": "sealing", **self.alter(holder, {**self.sealing, **more})}

    def people_frame(self, room: FakeRoom) -> Frame:
        """Return who is here."""
        here = {holder_of(websocket) for websocket in room.connections}
        people = [
            {"id": person, "name": name, "here": person in here, "writing": False, "in": True}
            for person, name in self.names.items()
        ]
        return {
            "type": "people",
            "revision": 1,
            "crowd": 0,
            "key": {"number": 1, "by": None},
            "people": people,
        }

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one connection, of somebody who is not away."""
        if holder_of(websocket) in self.away:
            await websocket.close()
        else:
            await super().serve(websocket)

    async def greet(self, room: FakeRoom, websocket: WebSocket) -> None:
        """Tell somebody who has connected what is there."""
        query = dict(websocket.query_params)
        self.queries.append(query)
        after = int(query["after"]) if query.get("epoch") in (None, room.epoch) else 0
        await websocket.send_json(self.sealing_frame(holder_of(websocket)))
        for message in [message for message in room.messages if message["id"] > after]:
            await websocket.send_json(message)
        await websocket.send_json({**room.room_frame(), **({"closed": self.closed} if self.closed else {})})
        await self.tell(room, self.people_frame(room))

    async def tell_sealing(self, room: FakeRoom) -> None:
        """Tell all how far the sealing has come."""
        for websocket in list(room.connections):
            with suppress(WebSocketDisconnect, RuntimeError):  # gone just now: the others are told
                await websocket.send_json(self.sealing_frame(holder_of(websocket)))

    def change(self, **fields: Any) -> None:  # noqa: ANN401 - whatever the fields hold
        """Change how far the sealing has come, as a teacher or a liar can, and tell all."""
        self.sealing |= fields
        self.do(self.tell_sealing(self.room(ROOM)))

    def renew(self, person: str, more: str) -> None:
        """Give somebody a new ticket, with this behind the point."""

        async def send() -> None:
            for websocket in self.connections_of(person):
                await websocket.send_json({"type": "ticket", "ticket": f"{person}.{more}"})

        self.do(send())

    def throw_out(self, person: str, code: int = 4003) -> None:
        """End the connections of somebody, as of one who has lost the seat unless another code is told."""

        async def close() -> None:
            for websocket in self.connections_of(person):
                await websocket.close(code)

        self.do(close())

    def connections_of(self, person: str) -> list[WebSocket]:
        """Return the connections that somebody has."""
        return [websocket for websocket in self.room(ROOM).connections if holder_of(websocket) == person]


async def take(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
    """Take a step, or store a token of a room that is sealed."""
    assert isinstance(relay, PairRelay)
    who = holder_of(websocket)
    if frame["type"] != "seal":
        assert frame["sender"] == who
        await be_honest(relay, room, websocket, frame)
        return
    relay.steps.append((who, frame))
    if reason := take_step(relay, room, who, frame):
        await websocket.send_json({"type": "error", "error": "SealingRefused", "message": reason})
    else:
        await relay.tell_sealing(room)


def take_step(relay: PairRelay, room: FakeRoom, who: str, frame: Frame) -> str:
    """Take a step, and return why it is refused; nothing if it is not."""
    now, step, value = relay.sealing, frame["step"], frame.get("value", "")
    if step == "begin":
        if now["commitment"] == value:
            return ""
        if frame["round"] != now["round"] + 1 or relay.refusal:
            return "Somebody else has begun."
        [other] = set(relay.names) - {who}
        relay.sealing = {**NEW, "round": frame["round"], "first": who, "second": other, "commitment": value}
        return ""
    if frame["round"] != now["round"]:
        return "This belongs to an earlier round."
    if step in ("answer", "open"):
        field, by = ("answer", now["second"]) if step == "answer" else ("opening", now["first"])
        if now[field] not in ("", value) or who != by:
            return "That was said already, and was something else."
        if step == "open":
            assert sha256(b"SecureChat commitment\n" + bytes.fromhex(value)).hexdigest() == now["commitment"]
        relay.sealing = {**now, field: value}
        return ""
    assert now["opening"]
    if step == "differ":
        relay.sealing = {**now, "differs": who, "since": 0}
    else:
        matched = sorted({*now["matched"], who})
        since = room.first_id + len(room.messages) if len(matched) == 2 else 0
        relay.sealing = {**now, "matched": matched, "since": since}
    return ""


@contextmanager
def pair_relay() -> Iterator[PairRelay]:
    """Run a relay, and stop it afterwards."""
    with running(PairRelay(free_port()), page.routes()) as relay:
        yield relay
