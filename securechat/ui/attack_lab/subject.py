"""What the labs work on: a message of the room, or a text typed here, under keys of this session alone."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import InvalidToken, SecureChatError
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import Message, check_plaintext
from securechat.rooms.policy import Action
from securechat.rooms.visit import KeyedVisit
from securechat.ui import passcode
from securechat.ui.place import NAMES, Place
from securechat.ui.seats import current_place
from securechat.ui.times import local

TYPED = "A text typed here"
WRITTEN = "A message of the room"
DEFAULT_TEXT = "pay 10 coins to Mallory"


@dataclass(frozen=True)
class Subject:
    """One token to play with, and who receives it.

    Attributes:
        token: The token.
        sender: Who sent it.
        sender_name: What they are called.
        key: The key that opens it.
        visit: What this session has to do with the room it is from.
        keys: The receiver's keys, the primary first.
    """

    token: str
    sender: str
    sender_name: str
    key: FernetKey
    visit: KeyedVisit
    keys: tuple[FernetKey, ...]

    @property
    def receiver_clock(self) -> int:
        """The receiver's clock, seconds since 1970: now, but never before the token was made.

        The clock of this computer may have been put back since then, and that is no attack.
        """
        return max(int(time.time()), read_timestamp(self.token))


def choose() -> Subject | None:
    """Have somebody choose what to work on; None, with the reason on the page, where there is nothing yet."""
    place = current_place()
    is_empty = place.conversation.head().is_empty
    with st.container(horizontal=True, vertical_alignment="bottom", key="subject"):
        source = st.segmented_control(
            "Work on",
            (TYPED, WRITTEN),
            default=WRITTEN
            if not is_empty and place.allows(Action.OPEN) and not place.is_all_sealed
            else TYPED,
            required=True,
            key="lab_source",
            persist_state="session",
        )
        if source == TYPED:
            return _typed()
        if not place.allows(Action.OPEN):
            message = None
        elif not (messages := place.conversation.view().messages):
            message = None
            place.draw_way_back("Nobody has written yet. Write a message")
        else:
            message = _written(place, messages)
            place.draw_lock()
    if not place.allows(Action.OPEN):
        passcode.ask()
    return _subject_of(place, message) if message else None


def _subject_of(place: Place, message: Message) -> Subject | None:
    keyring = place.visit.keyring_for(message)
    if keyring is None:
        st.warning(
            f"{place.visit.why_closed(message)} For this lab, choose another message, or “{TYPED}”.",
            icon=":material/lock:",
        )
        return None
    try:
        key = keyring.open_by_key(message.token).key
    except InvalidToken:
        st.warning(
            "No key here opens this message, so there is nothing to compare with. Choose another one.",
            icon=":material/lock:",
        )
        return None
    return Subject(
        message.token,
        message.sender,
        place.name_of(message.sender),
        key,
        place.visit,
        keyring.keys,
    )


def _typed() -> Subject | None:
    text = st.text_input(
        "Text",
        DEFAULT_TEXT,
        key="lab_text",
        autocomplete="off",
        persist_state="session",
        help="It is encrypted under a key that is made for you alone and forgotten when you leave.",
    )
    st.button(
        "Encrypt again",
        icon=":material/refresh:",
        help="The same text, another token",
        on_click=lambda: st.session_state.pop("lab_token", None),
    )
    lab = st.session_state.setdefault("lab_room", _new_room())
    token: str = st.session_state.get("lab_token", "")
    try:
        check_plaintext(text or "")
        if not token or _text_now(lab, token) != text:
            token = st.session_state["lab_token"] = lab.keyring.encrypt(text or "")
    except SecureChatError as error:
        st.error(str(error), icon=":material/block:")
        return None
    return Subject(
        token, "A", NAMES["A"], lab.keyring.primary, KeyedVisit(conversation=lab), lab.keyring.keys
    )


def _text_now(lab: Conversation, token: str) -> str | None:
    """Return what a token says, or None where it is from the future: the clock was put back since."""
    try:
        return lab.keyring.decrypt(token)
    except InvalidToken:
        return None


def _new_room() -> Conversation:
    """Make a room for one session, whose ring has a retired key, too."""
    return Conversation(InMemoryMessageStore(), KeyRing.generate().rotated(), room="lab")


def _written(place: Place, messages: tuple[Message, ...]) -> Message:
    """Have somebody choose a message; at first the newest, of those that are not sealed if there are some."""
    by_id = {message.id: message for message in reversed(messages)}
    asked = st.session_state.get("lab_message")
    if asked not in by_id:
        is_sealed = place.conversation.is_sealed
        st.session_state["lab_message"] = min(by_id, key=lambda number: (is_sealed(by_id[number]), -number))
    chosen = st.selectbox(
        "Message",
        by_id,
        format_func=lambda number: _title(place, by_id[number]) if number in by_id else "gone",
        key="lab_message",
        persist_state="session",
    )
    return by_id[chosen or next(iter(by_id))]


def _title(place: Place, message: Message) -> str:
    sealed = " · sealed" if place.conversation.is_sealed(message) else ""
    return f"{message.id} · {place.name_of(message.sender)} · {local(message.sent_at):%H:%M:%S}{sealed}"
