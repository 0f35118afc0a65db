"""What the labs work on: a message of the room, or a text typed here, under keys of this session alone."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from securechat.conversation import Conversation
from securechat.errors import InvalidToken, SecureChatError
from securechat.keyring import FernetKey, KeyRing
from securechat.messages import MAX_MESSAGE_CHARS, Message, check_plaintext
from securechat.store import InMemoryMessageStore
from securechat.ui import passcode, state
from securechat.ui.times import local
from securechat.ui.transcript import NAMES

TYPED = "A text typed here"
WRITTEN = "A message of the room"
DEFAULT_TEXT = "pay 10 coins to Mallory"


@dataclass(frozen=True)
class Subject:
    """One token to play with, and who receives it.

    Attributes:
        token: The token.
        sender: Who sent it, A or B.
        key: The key that opens it.
        conversation: The room it is from.
        is_typed: Whether it is a text typed here.
    """

    token: str
    sender: str
    key: FernetKey
    conversation: Conversation
    is_typed: bool

    @property
    def keys(self) -> tuple[FernetKey, ...]:
        """The receiver's keys, the primary first."""
        return self.conversation.keyring.keys


def choose() -> Subject | None:
    """Have somebody choose what to work on; None, with the reason on the page, where there is nothing yet."""
    view = state.conversation().view()
    with st.container(horizontal=True, vertical_alignment="bottom", key="subject"):
        source = st.segmented_control(
            "Work on",
            (TYPED, WRITTEN),
            default=WRITTEN if view.messages and passcode.opens_demo() else TYPED,
            required=True,
            key="lab_source",
            persist_state="session",
        )
        if source == TYPED:
            return _typed()
        if not passcode.opens_demo():
            message = None
        elif not view.messages:
            message = None
            st.page_link(
                "pages/chat.py", label="Nobody has written yet. Write in Chat", icon=":material/forum:"
            )
        else:
            message = _written(view.messages)
            passcode.draw_lock()
    if not passcode.opens_demo():
        passcode.ask()
    return _subject_of(message) if message else None


def _subject_of(message: Message) -> Subject | None:
    conversation = state.conversation()
    try:
        key = conversation.keyring.open(message.token).key
    except InvalidToken:
        st.warning(
            "No key here opens this message, so there is nothing to compare with. Choose another one.",
            icon=":material/lock:",
        )
        return None
    return Subject(message.token, message.sender, key, conversation, is_typed=False)


def _typed() -> Subject | None:
    text = st.text_input(
        "Text",
        DEFAULT_TEXT,
        key="lab_text",
        max_chars=MAX_MESSAGE_CHARS,
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
        if not token or lab.keyring.decrypt(token) != text:
            token = st.session_state["lab_token"] = lab.keyring.encrypt(text or "")
    except SecureChatError as error:
        st.error(str(error), icon=":material/block:")
        return None
    return Subject(token, "A", lab.keyring.primary, lab, is_typed=True)


def _new_room() -> Conversation:
    """Make a room for one session, whose ring has a retired key, too."""
    return Conversation(InMemoryMessageStore(), KeyRing.generate().rotated(), room="lab")


def _written(messages: tuple[Message, ...]) -> Message:
    """Have somebody choose a message; the newest at first."""
    by_id = {message.id: message for message in reversed(messages)}
    asked = st.session_state.get("lab_message")
    if asked not in by_id:
        st.session_state["lab_message"] = next(iter(by_id))
    chosen = st.selectbox(
        "Message",
        by_id,
        format_func=lambda number: _title(by_id[number]) if number in by_id else "gone",
        key="lab_message",
        persist_state="session",
    )
    return by_id[chosen or next(iter(by_id))]


def _title(message: Message) -> str:
    return f"{message.id} · {NAMES[message.sender]} · {local(message.sent_at):%H:%M:%S}"
