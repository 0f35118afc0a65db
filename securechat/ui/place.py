"""The room that a session looks at: that of the front page, or one of a class in which it has a seat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from securechat.classroom import TEACHER, ClassView, Seat, Ticket
from securechat.conversation import DEMO_ROOM, Conversation
from securechat.frames import message_frame
from securechat.keyring import KeyRing
from securechat.messages import SENDERS, Message
from securechat.ui import membership, passcode, state

NAMES = {sender: f"User {sender}" for sender in SENDERS}
"""What the two sides of the front page are called."""

SESSION_KEY = "place"
"""In the session state: the name of the room that the session was in last."""


@dataclass(frozen=True)
class Place:
    """A room, as one session may see it.

    Attributes:
        conversation: What is written in it.
        title: What it is called.
        names: What its senders are called, as far as they are known now.
        seat: The session's seat in it; None on the front page, where everybody may be A and B.
        state: What stands for all that the page is drawn from: see `Seat.state`.
        crowd: What stands for the list of people that it is drawn from: see `Seat.crowd`.
    """

    conversation: Conversation
    title: str
    names: Mapping[str, str]
    seat: Seat | None = None
    state: str = ""
    crowd: int = 0

    @property
    def is_demo(self) -> bool:
        """Whether it is the room of the front page."""
        return self.seat is None

    @property
    def may_open(self) -> bool:
        """Whether decrypted text and keys may be shown here: to who sits in the room, or the presenter."""
        return self.seat.is_open if self.seat else passcode.opens_demo()

    @property
    def may_change_keys(self) -> bool:
        """Whether the keys of the room may be changed here."""
        return self.may_open and (self.seat is None or self.seat.room != self.seat.classroom.everyone)

    def name_of(self, sender: str) -> str:
        """Return what a sender is called."""
        return self.names.get(sender, "Somebody removed")

    def keyring_for(self, message: Message) -> KeyRing | None:
        """Return the keys that a message was encrypted with; None where this session does not have them."""
        return self.seat.keyring_for(message) if self.seat else self.conversation.keyring

    def address(self) -> dict[str, Any]:
        """Return what a component needs to find the room in the browser, and a ticket for its feed."""
        where = {"name": self.conversation.room, "page": st.session_state["page"]}
        if self.seat is None:
            return where
        ticket = Ticket(self.seat.room, self.seat.holder, self.seat.reads)
        return {**where, "ticket": state.tickets().issue(ticket), "reads": self.seat.reads}

    def frame(self, message: Message) -> dict[str, Any]:
        """Return what the browser is told of a message."""
        return self.seat.message_frame(message) if self.seat else message_frame(message)

    def people(self) -> dict[str, Any] | None:
        """Return what the browser is told of the people; None on the front page."""
        return self.seat.people() if self.seat else None

    @property
    def is_waiting(self) -> bool:
        """Whether the session waits in a class for somebody to talk to."""
        if self.seat is None:
            return False
        person = self.seat.classroom.view().participants.get(self.seat.holder)
        return person is not None and person.room is None

    def draw_way_back(self, label: str) -> None:
        """Draw the link to where one writes in the room."""
        page, icon = ("pages/chat.py", "forum") if self.is_demo else ("pages/join.py", "group")
        st.page_link(page, label=label, icon=f":material/{icon}:")

    def draw_title(self) -> None:
        """Say which room this is about, where it is not that of the front page."""
        if not self.is_demo:
            st.badge(
                "Your room in the class" if self.may_change_keys else "Everyone", icon=":material/group:"
            )

    def look(self) -> str:
        """Note that the page looks for news, and return what stands for all that it is drawn from."""
        if self.seat is None:
            return ""
        if self.seat.holder != TEACHER:
            self.seat.classroom.look(self.seat.holder)
        return self.seat.state()


def demo() -> Place:
    """Return the room of the front page."""
    return Place(state.conversation(), "User A and User B", NAMES)


def of_seat(seat: Seat, view: ClassView | None = None) -> Place:
    """Return the room in which somebody has a seat.

    Args:
        seat: The seat.
        view: The class as the page is drawn from it; as it is now if None.
    """
    view = view or seat.classroom.view()
    room = view.rooms[seat.room]
    names = {person.id: person.alias for person in view.participants.values()}
    crowd = seat.crowd(view) if room.is_everyone else 0
    others = [person.alias for person in view.members(seat.room) if person.id != seat.holder]
    title = room.title if room.is_everyone else " and ".join(["You", *others])
    return Place(
        seat.conversation, title, {**names, TEACHER: view.name_of(TEACHER)}, seat, seat.state(view), crowd
    )


def enter(place: Place) -> None:
    """Remember where the session is, for the Inspector and the labs."""
    st.session_state[SESSION_KEY] = place.conversation.room


def current() -> Place:
    """Return the room that the session was in last, if it still may be there; else that of the front page."""
    room = st.session_state.get(SESSION_KEY, DEMO_ROOM)
    member = membership.member()
    seat = member.seat(room) if member and room != DEMO_ROOM else None
    return of_seat(seat) if seat else demo()
