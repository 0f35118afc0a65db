"""The room that somebody sits in, and that of the whole class: one pane, made for a phone."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from securechat.classroom.sealing import SealRule
from securechat.classroom.whereabouts import Member
from securechat.ui import place, whereabouts
from securechat.ui.chat import chat
from securechat.ui.join.me import draw_me, find_partner
from securechat.ui.join.outcome import outcome
from securechat.ui.outcome import as_typed
from securechat.ui.place import Place
from securechat.ui.recipient import choose_recipient, draw_honesty
from securechat.ui.sealing import draw_way, invitation, news, readers, why_not
from securechat.ui.token_view import legend
from securechat.ui.whereabouts import READS

OWN, EVERYONE = "My room", "Everyone"
CHOICE = "room_choice"

_WAITING = "You are waiting for a partner. The next pupil who joins is your partner."


def draw_room(member: Member) -> None:
    """Draw the room that is chosen, or, for who waits, the one of the whole class."""
    own, everyone = _places(member)
    _follow(member)
    with st.container(horizontal=True, vertical_alignment="center", key="room_head", gap="small"):
        shown, other = _choose(own, everyone)
        place.enter(shown)
        st.toggle(
            "Read with my key",
            key=READS,
            persist_state="session",
            disabled=shown.is_all_sealed,
        )
        draw_me(member)
        if not shown.is_everyone:
            draw_way(shown, member.view)
        legend()
    # In a container of its own: whatever is said there, the pane stays where it stands on the page.
    # Else it is made anew, and who is typing loses focus and caret.
    with st.container(key="room_state", gap="small"):
        outcome.draw()
        _draw_state(member, shown)
    _draw_pane(member, shown, *([other] if other else []))
    with st.container(key="under_panes"):
        st.caption(readers(shown))


def _places(member: Member) -> tuple[Place | None, Place]:
    """Return the room that somebody sits in, None while they wait, and the one of the whole class."""
    everyone = member.seat(member.classroom.everyone)
    own = member.seat(member.person.room) if member.person.room else None
    if everyone is None:  # removed, or the class ended, at this very moment
        st.rerun()
    return place.of_seat(own, member.view) if own else None, place.of_seat(everyone, member.view)


def _follow(member: Member) -> None:
    """Show a room that somebody was just seated in."""
    room, where = member.person.room or "", whereabouts.here()
    if room != where.seen_room:
        whereabouts.move(replace(where, seen_room=room))
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
    """Say what there is to know of the room: who is in it. Whether one may write, the composer says."""
    view, person = member.view, member.person
    own = person.room if not shown.is_everyone else None
    alone = own is not None and len(view.members(own)) == 1
    is_here = member.classroom.presence.is_here
    invited = invitation(view, own, person.id, is_here) if own else ""
    if shown.is_everyone and person.room and (wanted := news(view, person.room, person.id, is_here)):
        invited = f"{wanted} Choose “{OWN}”."
    crowded = why_not(view, own) if own else ""
    if person.room is None or alone or invited or crowded:
        with st.container(key="room_notice", gap="small"):
            _draw_notices(member, alone=alone)
            if invited:
                st.info(as_typed(invited), icon=":material/lock:")
            if crowded:
                st.caption(crowded)


def _draw_notices(member: Member, *, alone: bool) -> None:
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
        st.info(f"{_WAITING} {_wait_of(member)}", icon=":material/hourglass:")
        st.page_link(
            "pages/key_exchange.py",
            label="Meanwhile, see how two people agree on a key",
            icon=":material/handshake:",
        )


def _wait_of(member: Member) -> str:
    """Say what happens if nobody comes."""
    if member.view.seal_rule is SealRule.REQUIRED:
        return (
            "You do not join a pair: your teacher wants pairs to seal their rooms, and only two can seal "
            "a room. Meanwhile, you can write here to everyone."
        )
    return "If nobody comes soon, you join a pair that has not sealed its room."


def _draw_pane(member: Member, shown: Place, *others: Place) -> None:
    with st.container(border=True, key="pane_room", gap="small"):
        recipient = choose_recipient(shown)
        whom = shown.name_of(recipient) if recipient else "everyone" if shown.is_everyone else "your room"
        inspected = chat(
            shown, *others, viewer=member.person.id, placeholder=f"Message to {whom}", recipient=recipient
        )
        if recipient:
            draw_honesty(shown)
    if inspected:
        st.switch_page(
            "pages/inspector.py",
            query_params={"message": str(inspected), "room": shown.conversation.room},
        )
