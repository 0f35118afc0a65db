"""Inspector: one message opened, with its text, its fields, every check, and the key."""

import time
from contextlib import AbstractContextManager

import streamlit as st

from securechat.crypto.anatomy import dissect
from securechat.crypto.keyring import KeySource
from securechat.crypto.verification import verify
from securechat.rooms.messages import Message, read_pasted
from securechat.rooms.policy import Action
from securechat.ui import frame, passcode, seats
from securechat.ui.chat import keep_current
from securechat.ui.fold import fold
from securechat.ui.key_details import draw_key_details
from securechat.ui.message_list import message_list, neighbours
from securechat.ui.opened import draw_anatomy, draw_leaks, draw_plaintext, draw_steps
from securechat.ui.outcome import Outcome
from securechat.ui.token_view import token_view

frame.enter()
room = seats.asked_place()
conversation = room.conversation
view = conversation.view()
now = int(time.time())

pasted = Outcome("paste", icon=":material/content_paste:")

# What is shown stands in the session as "inspected": the number of a message, or a pasted token. It is
# not a widget's value, so it is still there when somebody comes back from another page.


def inspect(message_id: int) -> None:
    """Show a message, and put it into the address."""
    st.session_state["inspected"] = message_id
    st.query_params["message"] = st.session_state["asked"] = str(message_id)


def inspect_pasted() -> None:
    """Show the token in the paste box."""
    text = st.session_state["paste_box"]

    def read() -> None:
        st.session_state["inspected"] = read_pasted(text)

    if text.strip():  # what was shown before goes also where this is refused: it is not what was pasted
        st.session_state["inspected"] = st.session_state["asked"] = None
        st.query_params.pop("message", None)
    pasted.attempt(read)


def follow_address() -> None:
    """Show what the address asks for, if it asks for something new; at first, the newest message."""
    asked = st.query_params.get("message")
    if asked is not None and asked != st.session_state.get("asked"):
        st.session_state["asked"] = asked
        # What is no number is no message either, and is said to be missing.
        st.session_state["inspected"] = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    elif "inspected" not in st.session_state and view.messages:
        st.session_state["inspected"] = view.messages[-1].id


def draw_list(shown: Message | None) -> None:
    """Draw what there is to inspect."""
    keep_current(room)
    with fold(
        "choices",
        "Choose another message, or paste a token",
        heading="Messages, newest first",
        state=str(inspected),
    ):
        with st.container(key="messages"):
            message_list(
                room,
                chosen=shown.id if shown else None,
                waiting=inspected is None,
                on_pick=inspect,
            )
        if not view.messages:
            st.text("Nobody has written yet.")
            room.draw_way_back("Write a message")
        draw_paste()


def draw_paste() -> None:
    """Draw the box for a token from elsewhere."""
    with st.form("paste", border=False):
        st.text_area(
            "Or paste any token",
            key="paste_box",
            placeholder="gAAAAA…",
            height=110,
        )
        st.form_submit_button("Inspect this token", on_click=inspect_pasted, icon=":material/content_paste:")
        pasted.draw()


def draw_heading(message: Message | None) -> None:
    """Draw what is shown, and the way to the messages beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if message is None:
            st.header("A pasted token", anchor=False)
            return
        st.header(f"Message {message.id}, from {room.name_of(message.sender)}", anchor=False)
        neighbours(room, chosen=message.id, on_pick=inspect)


def section(key: str, icon: str, title: str) -> AbstractContextManager[None]:
    """Return what a section of the details is drawn in."""
    return fold(key, title, heading=f":material/{icon}: {title}")


def draw_details(token: str, message: Message | None) -> None:
    """Draw everything there is to say about a token."""
    draw_heading(message)
    with fold("token", "The token"):
        token_view(token)
    st.subheader(":material/lock_open: With the key: the text", anchor=False)
    keyring = room.visit.keyring_for(message) if message else conversation.keyring
    # Nothing is decrypted for somebody who may not see it.
    verification = (
        verify(token, keyring.keys, now=now, is_stored=message is not None)
        if keyring and room.allows(Action.OPEN)
        else None
    )
    if verification and keyring:
        draw_plaintext(verification)
        room.draw_openness("read messages")
        if keyring.origin.source is KeySource.PAIR:
            st.caption(
                "Under a key that only these two have. It was agreed on by a key exchange that this server "
                "did for both, so the server could read this, too."
            )
        room.draw_lock()
    elif message and room.allows(Action.OPEN):
        st.info(room.visit.why_closed(message), icon=":material/lock:")
    else:
        passcode.ask()

    parts = dissect(token)
    with section("leaks", "hearing", "Without any key: what an eavesdropper learns"):
        draw_leaks(parts, sender=room.name_of(message.sender) if message else None, now=now)
    with section("anatomy", "straighten", "Without any key: the anatomy"):
        draw_anatomy(parts, now=now)
    if verification and keyring:
        with section("checks", "checklist", "With the key: every check"):
            draw_steps(verification)
        with section("key", "key", "The key"):
            draw_key_details(keyring, verification.key)


if st.session_state.get("inspected_room") != conversation.room:  # what was looked at belongs to another room
    if "inspected_room" in st.session_state and isinstance(st.session_state.get("inspected"), int):
        st.session_state.pop("inspected")
    st.session_state["inspected_room"] = conversation.room
follow_address()
inspected = st.session_state.get("inspected")
if isinstance(inspected, str):
    token, message = inspected, next((m for m in view.messages if m.token == inspected), None)
else:
    message = view.find(inspected) if inspected else None
    token = message.token if message else ""

details, choices = st.columns([5, 2], gap="large")
with choices:
    with st.container(key="only_folded" if room.is_demo else "way_back"):
        room.draw_way_back("Back to Chat" if room.is_demo else "Back to the room")
    room.draw_title()
    draw_list(message)
with details:
    if token:
        draw_details(token, message)
    else:
        st.header("Inspector", anchor=False)
        if inspected is not None:
            st.warning(
                "This message is not here: it was cleared, it is too old, or it was never sent. "
                "Choose another one.",
                icon=":material/search_off:",
            )
        st.text("Here a message is opened: its text, its fields, every check, and the key.")
