"""The messages of a room to choose from, and the way from one to the next; both live."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from securechat.ui.component import component
from securechat.ui.place import Place

_list = component(
    "message_list",
    html='<fieldset class="sc-choices" hidden><legend></legend><div></div></fieldset>',
    css=("message_list/message_list.css",),
    js="message_list/message_list.js",
)
_neighbours = component(
    "neighbours",
    html=(
        '<div class="sc-neighbours"><button type="button" class="sc-button">← Older</button>'
        '<button type="button" class="sc-button">Newer →</button></div>'
    ),
    css=("message_list/message_list.css",),
    js="message_list/neighbours.js",
)


def message_list(place: Place, *, chosen: int | None, waiting: bool, on_pick: Callable[[int], None]) -> None:
    """Draw the messages that `keep_current` shows to the browser, newest first.

    Args:
        place: The room.
        chosen: The id of the message that is shown, or was; None where another token is.
        waiting: Whether the page shows nothing yet, and would like to know of the first message.
        on_pick: Called with the id of a message that is chosen.
    """
    _list(
        key="message_list",
        data={
            **place.address(),
            "label": "Messages, newest first",
            "names": dict(place.names),
            "chosen": chosen,
            "waiting": waiting,
        },
        on_pick_change=lambda: _picked("message_list", on_pick),
        on_stale_change=lambda: None,
    )


def neighbours(place: Place, *, chosen: int, on_pick: Callable[[int], None]) -> None:
    """Draw the way to the messages before and after one.

    Args:
        place: The room.
        chosen: The id of the message that is shown.
        on_pick: Called with the id of the one that is asked for.
    """
    _neighbours(
        key="neighbours",
        data={**place.address(), "chosen": chosen},
        on_pick_change=lambda: _picked("neighbours", on_pick),
    )


def _picked(key: str, on_pick: Callable[[int], None]) -> None:
    picked = st.session_state.get(key, {}).get("pick")
    if isinstance(picked, int):
        on_pick(picked)
