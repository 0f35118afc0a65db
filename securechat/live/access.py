"""What a connection to the live feed may do in a room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from securechat.conversation import Conversation
from securechat.frames import message_frame
from securechat.messages import Message


class Access(Protocol):
    """The right of one connection to be in one room. Its methods may be called from any thread."""

    @property
    def conversation(self) -> Conversation:
        """What is written in the room."""

    @property
    def owner(self) -> str:
        """Whose connection it is, in which room; empty where that is unknown."""

    @property
    def is_open(self) -> bool:
        """Whether the right still holds. When it does not any more, the connection is closed."""

    def may_send_as(self, sender: str) -> bool:
        """Say whether the connection may send under this name."""

    def message_frame(self, message: Message) -> dict[str, Any]:
        """Return what the connection is told of a message."""

    def people(self) -> dict[str, Any] | None:
        """Return what the connection is told of the people in the room, or None where that is nothing."""

    def enter(self) -> Callable[[], None]:
        """Note that the connection is open; return what notes that it is closed."""

    def write(self) -> None:
        """Note that whoever has the connection is writing."""

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after every change of the room or its people; return what ends that."""


class OpenRoom:
    """The right that everybody has in a room that is open to all, such as that of the front page.

    Args:
        conversation: What is written in the room.
    """

    owner = ""
    is_open = True

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation

    def may_send_as(self, sender: str) -> bool:
        """Let everybody write as whoever is in the room: the conversation knows them."""
        return True

    def message_frame(self, message: Message) -> dict[str, Any]:
        """See `Access.message_frame`."""
        return message_frame(message)

    def people(self) -> None:
        """Tell nothing: A and B are always there."""
        return

    def enter(self) -> Callable[[], None]:
        """Note nothing."""
        return lambda: None

    def write(self) -> None:
        """Note nothing."""

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Access.subscribe`."""
        return self.conversation.subscribe(wake)
