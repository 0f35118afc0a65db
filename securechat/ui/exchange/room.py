"""The way from the play into the room: the key that A and B agreed on becomes the room's."""

from __future__ import annotations

import streamlit as st

from securechat.crypto.exchange import Exchange
from securechat.errors import RoomSealed
from securechat.rooms.policy import Action
from securechat.ui import passcode
from securechat.ui.outcome import Outcome
from securechat.ui.place import Place

_outcome = Outcome("exchange_room", icon=":material/key_off:")


def draw_room(place: Place, exchange: Exchange) -> None:
    """Draw what makes the key of the play the room's, or say why it cannot be.

    Args:
        place: The room.
        exchange: The exchange, at its end.
    """
    conversation, refusal = place.conversation, place.refusal(Action.CHANGE_KEYS)
    st.subheader("Use this key for the room", anchor=False)
    if isinstance(refusal, RoomSealed):
        st.info(str(refusal), icon=":material/lock:")
        place.draw_way_back("Go to the room")
    elif exchange.mallory:
        st.info(
            "A room needs one key that its members have and nobody else. Here A and B have two, and Mallory "
            "has both. Switch her off and play again: then the key can be used.",
            icon=":material/block:",
        )
    elif conversation.keyring.primary == exchange.key_a:
        st.success(
            f"Done. This key, {exchange.key_a.fingerprint}, is now the primary key of the room: new messages "
            "are encrypted with it. Older ones still open, with the key that is retired now.",
            icon=":material/key:",
        )
        place.draw_way_back("Write a message")
        place.draw_lock()
    elif refusal is None:
        st.markdown(
            "New messages are then encrypted with it, for everybody in the room. Older ones still open: the "
            "key that is primary now is retired, not thrown away."
        )
        place.draw_openness("change the key")
        with st.container(horizontal=True):
            st.button(
                "Use this key for the room",
                key="exchange_use",
                icon=":material/key:",
                on_click=_use,
                args=(place, exchange),
            )
            place.draw_lock()
        _outcome.draw()
        _outcome.forget()
    elif place.is_everyone:
        st.text("The key of the whole class is not changed. Do this in your own room.")
    else:
        st.text("This changes the key for everybody, so it needs the presenter.")
        passcode.ask()


def _use(place: Place, exchange: Exchange) -> None:
    """Make the key of the play the primary key of the room, or say why not."""
    key = exchange.key_a
    _outcome.attempt(lambda: place.visit.change_keys(lambda keys: keys.rotated(key)))
