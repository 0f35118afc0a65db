"""The composer: where a message is typed, and kept until the server has taken it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from securechat.conversation import Conversation
from securechat.errors import SecureChatError
from securechat.ui.component import component
from securechat.ui.live import address, is_live

_component = component(
    "composer",
    html="composer/composer.html",
    css=("composer/composer.css",),
    js=("live/with_room.js", "composer/composer.js"),
)


@st.fragment
def composer(conversation: Conversation, sender: str, placeholder: str) -> None:
    """Draw a composer. It is a fragment: sending runs these lines, and the live feed shows the message.

    Args:
        conversation: Where the messages go.
        sender: Who writes here.
        placeholder: What stands in the empty box.
    """
    key = f"composer_{sender}"
    answer = st.session_state.get(f"answer_{sender}")
    _component(
        key=key,
        data={**address(conversation), "key": key, "placeholder": placeholder, "answer": answer},
        on_send_change=partial(_send, conversation, sender),
    )
    if st.session_state.pop(f"sent_{sender}", False) and not is_live():
        st.rerun()


def _send(conversation: Conversation, sender: str) -> None:
    """Send what came from the browser, and keep the answer for it."""
    answer = deliver(conversation, sender, st.session_state.get(f"composer_{sender}", {}).get("send"))
    st.session_state[f"answer_{sender}"] = answer
    st.session_state[f"sent_{sender}"] = answer is not None and not answer["refusal"]


def deliver(conversation: Conversation, sender: str, sent: object) -> dict[str, str] | None:
    """Send a message that a browser has handed over.

    Args:
        conversation: Where it goes.
        sender: Who writes.
        sent: `{"id": …, "text": …}`: the message's name in that browser, and its text.

    Returns:
        The answer for the browser: the name, and why the message was refused; empty if it was not. None
        where nothing was sent that could be answered.
    """
    match sent:
        case {"id": str(name), "text": str(text)}:
            try:
                conversation.send(sender, text, client_id=name)
            except SecureChatError as error:
                return {"id": name, "refusal": str(error)}
            return {"id": name, "refusal": ""}
        case _:
            return None
