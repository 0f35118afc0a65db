"""The room that a session looks at: that of the front page, or one of a class in which it has a seat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from securechat.classroom import ClassView, Seat, Ticket
from securechat.errors import SecureChatError
from securechat.rooms.conversation import Conversation
from securechat.rooms.messages import SENDERS
from securechat.rooms.policy import Action
from securechat.rooms.visit import KeyedVisit
from securechat.ui import passcode, whereabouts
from securechat.ui.state import application

NAMES = {sender: f"User {sender}" for sender in SENDERS}
"""What the two sides of the front page are called."""


@dataclass(frozen=True)
class Place:
    """A room, as one session may see it.

    Attributes:
        visit: What the session has to do with it: in a class, a seat.
        title: What it is called.
        names: What its senders are called, as far as they are known now.
        revision: Of what the page is drawn from: see `KeyedVisit.revision`.
        crowd: Of the list of people that it is drawn from: see `Seat.crowd`.
        sealed_since: The id of the first message whose key this server may not have; 0 if it has all.
    """

    visit: KeyedVisit
    title: str
    names: Mapping[str, str]
    revision: int
    crowd: int = 0
    sealed_since: int = 0

    @property
    def conversation(self) -> Conversation:
        """What is written in the room."""
        return self.visit.conversation

    @property
    def seat(self) -> Seat | None:
        """The session's seat in the room; None on the front page, where everybody may be A and B."""
        return self.visit if isinstance(self.visit, Seat) else None

    @property
    def is_demo(self) -> bool:
        """Whether it is the room of the front page."""
        return self.seat is None

    def allows(self, action: Action) -> bool:
        """Say whether this session may do something in the room now."""
        return self.visit.allows(action)

    def refusal(self, action: Action) -> SecureChatError | None:
        """Return why this session may not do something in the room now; None if it may."""
        return self.visit.refusal(action)

    @property
    def is_all_sealed(self) -> bool:
        """Whether this server has the key of nothing that is in the room, or will be."""
        return 0 < self.sealed_since <= self.conversation.head().first_id

    def name_of(self, sender: str) -> str:
        """Return what a sender is called."""
        return self.names.get(sender, "Somebody removed")

    def address(self) -> dict[str, Any]:
        """Return what a component needs to find the room in the browser, and a ticket for its feed."""
        where = {"name": self.conversation.room, "page": whereabouts.here().page}
        seat = self.seat
        session = passcode.right().session if self.visit.actor.is_presenter else ""
        if seat is None:
            ticket = Ticket(self.conversation.room, session=session)
            return {**where, "pass": application().tickets.issue(ticket)} if session else where
        if not seat.is_open:
            return where
        ticket = Ticket(seat.room, seat.holder, seat.reads, session)
        return {**where, "ticket": application().tickets.issue(ticket), "reads": seat.reads}

    @property
    def is_everyone(self) -> bool:
        """Whether it is the room of a whole class."""
        return self.seat is not None and self.seat.room == self.seat.classroom.everyone

    @property
    def short_title(self) -> str:
        """What the room is called where its people are known."""
        return "Everyone" if self.is_everyone else "My room"

    def draw_way_back(self, label: str) -> None:
        """Draw the link to where one writes in the room."""
        page, icon = ("pages/chat.py", "forum") if self.is_demo else ("pages/join.py", "group")
        st.page_link(page, label=label, icon=f":material/{icon}:")

    def draw_title(self) -> None:
        """Say which room this is about, where it is not that of the front page."""
        if not self.is_demo:
            st.badge("Everyone" if self.is_everyone else "Your room in the class", icon=":material/group:")

    def draw_lock(self) -> None:
        """Draw the button that closes the session again, where it was opened for this room."""
        if self.is_demo:
            passcode.draw_lock()

    def draw_openness(self, what: str) -> None:
        """Say that everybody may do something here, where that is so: see `passcode.draw_openness`."""
        if self.is_demo:
            passcode.draw_openness(what)

    def look(self) -> int:
        """Note that the page looks for news, and return the revision of what it is drawn from."""
        self.visit.look()
        return self.visit.revision()


def demo() -> Place:
    """Return the room of the front page."""
    visit = KeyedVisit(conversation=application().conversation, right=passcode.right())
    return Place(visit, "User A and User B", NAMES, visit.revision())


def of_seat(seat: Seat, view: ClassView | None = None) -> Place:
    """Return the room in which somebody has a seat.

    Args:
        seat: The seat.
        view: The class as the page is drawn from it; as it is now if None.
    """
    view = view or seat.classroom.view()
    room = view.rooms[seat.room]
    others = [person.alias for person in view.members(seat.room) if person.id != seat.holder]
    title = room.title if room.is_everyone else " and ".join(["You", *others])
    return Place(seat, title, view.names, seat.revision(view), seat.crowd(view), room.sealed_since)


def enter(place: Place) -> None:
    """Remember where the session is, for the Inspector and the labs."""
    whereabouts.move(replace(whereabouts.here(), room=place.conversation.room))


def current() -> Place:
    """Return the room that the session was in last, if it still may be there; else that of the front page."""
    member = whereabouts.member()
    seat = member.seat(whereabouts.here().room) if member else None
    return of_seat(seat) if seat else demo()
