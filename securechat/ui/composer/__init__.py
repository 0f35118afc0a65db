"""The composer: where a message is typed, and kept until the server has taken it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from securechat.conversation import Conversation
from securechat.errors import SecureChatError
from securechat.ui.component import component
from securechat.ui.live import is_live
from securechat.ui.place import Place

_component = component(
    "composer",
    html="composer/composer.html",
    css=("composer/composer.css",),
    js=("live/leaving.js", "live/with_room.js", "composer/composer.js"),
)


@st.fragment
def composer(place: Place, sender: str, placeholder: str, *, recipient: str | None = None) -> None:
    """Draw a composer. It is a fragment: sending runs these lines, and the live feed shows the message.

    Args:
        place: Where the messages go.
        sender: Who writes here.
        placeholder: What stands in the empty box.
        recipient: To whom alone; None for everybody in the room.
    """
    key = f"composer_{sender}" if place.is_demo else f"composer_{place.conversation.room}"
    data = {
        **place.address(),
        "key": key,
        "placeholder": placeholder,
        "to": recipient or "",
        "answer": st.session_state.get(f"answer_{key}"),
    }
    _component(key=key, data=data, on_send_change=partial(_send, place, sender, key))
    if st.session_state.pop(f"sent_{key}", False) and not is_live():
        st.rerun()


def _send(place: Place, sender: str, key: str) -> None:
    """Send what came from the browser, and keep the answer for it."""
    answer = deliver(place.conversation, sender, st.session_state.get(key, {}).get("send"))
    st.session_state[f"answer_{key}"] = answer
    st.session_state[f"sent_{key}"] = answer is not None and not answer["refusal"]


def deliver(conversation: Conversation, sender: str, sent: object) -> dict[str, str] | None:
    """Send a message that a browser has handed over.

    Args:
        conversation: Where it goes.
        sender: Who writes.
        sent: `{"id": …, "text": …}`: the message's name in that browser, and its text; and in `to`, to
            whom alone it is, where it is not for everybody.

    Returns:
        The answer for the browser: the name, and why the message was refused; empty if it was not. None
        where nothing was sent that could be answered.
    """
    match sent:
        case {"id": str(name), "text": str(text)}:
            try:
                conversation.send(sender, text, client_id=name, recipient=_recipient(sent))
            except SecureChatError as error:
                return {"id": name, "refusal": str(error)}
            return {"id": name, "refusal": ""}
        case _:
            return None


def _recipient(sent: object) -> str | None:
    """Return to whom alone a message is; None if it is for everybody."""
    match sent:
        case {"to": str(recipient)} if recipient:
            return recipient
        case _:
            return None
