"""The transcript: the messages of a room as one side sees them, encrypted."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from securechat.anatomy import character_spans
from securechat.messages import SENDERS, Message
from securechat.store import MAX_ROOM_MESSAGES, RoomView

_HERE = Path(__file__).parent


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "securechat_transcript",
    html=_text("transcript.html"),
    css=_text("../fields.css") + _text("transcript.css"),
    js=_text("../fields.js") + _text("transcript.js"),
    isolate_styles=False,
)

NAMES = {sender: f"User {sender}" for sender in SENDERS}
"""What the two sides are called on the page."""


def transcript(view: RoomView, *, viewer: str, alone: bool, announce: bool) -> int | None:
    """Draw the messages of a room.

    Args:
        view: The room.
        viewer: Whose pane it is; the viewer's own messages stand on the right.
        alone: Whether it is the only pane on the page.
        announce: Whether screen readers are told of new messages here. One transcript on a page should.

    Returns:
        The id of the message whose "Inspect" was pressed just now, else None.
    """
    result = _component(
        key=f"transcript_{viewer}",
        data={
            "messages": [_drawn(message) for message in view.messages],
            "spans": _spans(view.messages),
            "viewer": viewer,
            "names": NAMES,
            "alone": alone,
            "announce": announce,
            "label": f"Messages, as {NAMES[viewer]} sees them",
            "inspector": "inspector",
            "dropped": _dropped(view.dropped),
            "empty": _empty(view, viewer),
        },
        on_inspect_change=lambda: None,
    )
    picked = result.inspect
    return picked if isinstance(picked, int) else None


@lru_cache(maxsize=4 * MAX_ROOM_MESSAGES)
def _drawn(message: Message) -> dict[str, Any]:
    """Return what the component needs of one message."""
    return {
        "id": message.id,
        "sender": message.sender,
        "token": message.token,
        "sent_at": message.sent_at.isoformat(timespec="milliseconds"),
    }


def _spans(messages: tuple[Message, ...]) -> dict[int, Any]:
    """Return the fields of the tokens, by their length: of whole tokens, equal lengths have equal fields."""
    one_of_each = {len(message.token): message.token for message in messages}
    return {length: character_spans(token) for length, token in one_of_each.items()}


def _dropped(count: int) -> str:
    if not count:
        return ""
    what = "1 older message has" if count == 1 else f"{count:,} older messages have"
    return f"{what} fallen out: the room keeps {MAX_ROOM_MESSAGES}."


def _empty(view: RoomView, viewer: str) -> tuple[str, str]:
    """Return a headline and an invitation for a room with nothing in it."""
    headline = "The conversation was cleared." if view.cleared else "Nobody has written yet."
    return headline, (
        f"Type something below as {NAMES[viewer]} and press Enter. What appears here is what "
        "anybody who listens would get: ciphertext. Then press Inspect to look inside."
    )
