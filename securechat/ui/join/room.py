"""The room that somebody sits in, and that of the whole class: one pane, made for a phone."""

from __future__ import annotations

import streamlit as st

from securechat.ui import place
from securechat.ui.composer import composer
from securechat.ui.join.me import draw_me, find_partner
from securechat.ui.join.notes import draw_problem
from securechat.ui.live import keep_current
from securechat.ui.membership import READS, Member
from securechat.ui.place import Place
from securechat.ui.presence import presence
from securechat.ui.recipient import choose_recipient, draw_honesty
from securechat.ui.transcript import transcript
from securechat.ui.unread import unread

OWN, EVERYONE = "Your room", "Everyone"
CHOICE = "room_choice"
_SEEN = "room_seen"

_ON_A_PHONE = """<style>
@media (max-width: 640px) {
  .st-key-pane_room .sc-alone .sc-scroll { height: max(11rem, calc(100dvh - var(--sc-around, 25.5rem))); }
  .st-key-pane_room:has([data-testid="stSelectbox"]) { --sc-around: 29rem; }
  :root:has(.st-key-room_notice) .st-key-pane_room { --sc-around: 33rem; }
  :root:has(.st-key-room_notice) .st-key-pane_room:has([data-testid="stSelectbox"]) { --sc-around: 37rem; }
  .st-key-pane_room { padding: 0.5rem; }
}
</style>"""
"""Room for the composer above the fold, with what stands over the transcript."""


def draw_room(member: Member) -> None:
    """Draw the room that is chosen, or, for who waits, the one of the whole class."""
    own, everyone = _places(member)
    _follow(member)
    st.html(_ON_A_PHONE)
    with st.container(horizontal=True, vertical_alignment="center", key="room_head", gap="small"):
        shown, other = _choose(own, everyone)
        place.enter(shown)
        keep_current(shown, shown.conversation.view(), *([other] if other else []))
        st.toggle(
            "Read with my key",
            key=READS,
            persist_state="session",
        )
        draw_me(member)
    # In a container of its own: whatever is said there, the pane stays where it stands on the page.
    # Else it is made anew, and who is typing loses focus and caret.
    with st.container(key="room_state", gap="small"):
        unread(shown, *([other] if other else []), viewer=member.person.id)
        draw_problem()
        _draw_state(member, shown)
    _draw_pane(member, shown)
    st.caption(
        "You see what an eavesdropper sees, until you read with your key. Each room has a key of its own. "
        "The server holds it and could read everything: this is **not end-to-end encryption**."
    )


def _places(member: Member) -> tuple[Place | None, Place]:
    """Return the room that somebody sits in, None while they wait, and the one of the whole class."""
    everyone = member.seat(member.classroom.everyone)
    own = member.seat(member.person.room) if member.person.room else None
    if everyone is None:  # removed, or the class ended, at this very moment
        st.rerun()
    return place.of_seat(own, member.view) if own else None, place.of_seat(everyone, member.view)


def _follow(member: Member) -> None:
    """Show a room that somebody was just seated in."""
    room = member.person.room
    if room != st.session_state.get(_SEEN):
        st.session_state[_SEEN] = room
        st.session_state[CHOICE] = OWN if room else EVERYONE


def _choose(own: Place | None, everyone: Place) -> tuple[Place, Place | None]:
    """Have somebody choose the room that is shown; return it and the other one, if there is one."""
    if own is None:
        return everyone, None
    choice = st.segmented_control(
        "Room",
        (OWN, EVERYONE),
        key=CHOICE,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return (everyone, own) if choice == EVERYONE else (own, everyone)


def _draw_state(member: Member, shown: Place) -> None:
    """Say what there is to know of the room: who is in it, and what cannot be done just now."""
    view, person = member.view, member.person
    is_everyone = shown.conversation.room == member.classroom.everyone
    locked = view.is_locked(shown.conversation.room)
    alone = person.room is not None and not is_everyone and len(view.members(person.room)) == 1
    if person.room is None or alone or locked:
        with st.container(key="room_notice", gap="small"):
            _draw_notices(member, locked=locked, alone=alone)
    presence(shown, viewer=person.id, everyone=is_everyone)


def _draw_notices(member: Member, *, locked: bool, alone: bool) -> None:
    if locked:
        st.warning("Your teacher has paused writing. What you type is kept.", icon=":material/lock:")
    if alone:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text("Nobody else is in your room any more.", width="content")
            st.button(
                "Find somebody else",
                icon=":material/person_search:",
                on_click=find_partner,
                args=(member,),
            )
    if member.person.room is None:
        st.info(
            "You wait for somebody to talk to: the next who comes. If nobody does, you join a pair.",
            icon=":material/hourglass:",
        )
        st.page_link(
            "pages/chat.py",
            label="Meanwhile, try the two sides of Chat",
            icon=":material/forum:",
            query_params={"as": "B"},
        )


def _draw_pane(member: Member, shown: Place) -> None:
    viewer = member.person.id
    with st.container(border=True, key="pane_room", gap="small"):
        if inspected := transcript(shown, viewer=viewer, alone=True, announce=True):
            st.switch_page(
                "pages/inspector.py",
                query_params={"message": str(inspected), "room": shown.conversation.room},
            )
        if shown.seat is None or shown.seat.room != member.classroom.everyone:
            composer(shown, viewer, "Message to your room")
            return
        recipient = choose_recipient(shown, shown.seat)
        name = shown.name_of(recipient) if recipient else "everyone"
        composer(shown, viewer, f"Message to {name}", recipient=recipient)
        if recipient:
            draw_honesty(shown.seat)
