"""The live feed of one room of a class, as a browser holds it open (`room.js`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from securechat import frames

OnMessage = Callable[["RoomFeed", frames.Message, float], None]
"""Gets the feed, a message's frame, and when it came (`time.perf_counter`)."""


@dataclass
class RoomFeed:
    """What a page knows of a room by its feed.

    Attributes:
        name: The room's name.
        on_message: Told of every message.
        ticket: What lets the page in.
        epoch: The room's epoch; empty if not known.
        last_id: The id of the last message that came.
        people: Who is in the room: the last word on it; None before the first.
        revision: Of what the page is drawn from: see `frames.People`.
        asked: Whether the connection was asked for.
        live: Whether it is up.
        answers: What was answered to messages, by the names that they were sent under.
    """

    name: str
    on_message: OnMessage
    ticket: str = field(default="", repr=False)
    epoch: str = ""
    last_id: int = 0
    people: tuple[frames.Person, ...] | None = None
    revision: int = 0
    asked: bool = False
    live: bool = False
    answers: dict[str, frames.Stored | frames.Error] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where the feed is, with the ticket that opens it."""
        query = urlencode({"after": self.last_id, "epoch": self.epoch, "ticket": self.ticket})
        return f"/api/rooms/{quote(self.name, safe='')}/live?{query}"

    def take(self, data: bytes) -> None:
        """Take a frame."""
        now = time.perf_counter()
        match frames.from_server(data.decode()):
            case frames.Room() as room:
                self.epoch, self.live = room.epoch, True
            case frames.People() as people:
                self.meet(people)
            case frames.Ticket(ticket=ticket):
                self.ticket = ticket
            case frames.Stored() | frames.Error() as answer:
                self.answers[answer.client_id] = answer
            case frames.Message() as message:
                self.last_id = message.id
                self.on_message(self, message, now)

    def meet(self, people: frames.People) -> None:
        """Take what the feed or a run of the page says of the people."""
        self.people, self.revision = people.people, people.revision

    def others_here(self, viewer: str) -> list[str]:
        """Return the ids of the others who are in the room just now."""
        there = self.people or ()
        return [person.id for person in there if person.is_in and person.here and person.id != viewer]
