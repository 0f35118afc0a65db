"""What a browser or another client is told of a room and its messages: dictionaries of JSON's types."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from securechat.messages import Message
from securechat.store import RoomView


def message_frame(message: Message) -> dict[str, Any]:
    """Return what is told of a message: all that an eavesdropper sees."""
    frame = {
        "type": "message",
        "id": message.id,
        "sender": message.sender,
        "token": message.token,
        "sent_at": f"{message.sent_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return frame if message.recipient is None else {**frame, "to": message.recipient}


def room_frame(view: RoomView) -> dict[str, Any]:
    """Return what is told of a room, apart from its messages."""
    return {
        "type": "room",
        "epoch": view.epoch,
        "first_id": view.first_id,
        "dropped": view.dropped,
        "cleared": view.cleared,
        "rewritten": view.rewritten,
    }
