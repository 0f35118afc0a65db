"""Where messages are kept: encrypted, numbered, bounded, and never changed once they are there.

The store knows nothing of keys. What it holds is what an eavesdropper may see.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from securechat.rooms.messages import Message

MAX_ROOM_MESSAGES = 500
"""Messages kept in one room; older ones fall out."""

MAX_ROOMS = 500
"""Rooms in one store."""


@dataclass(frozen=True)
class RoomHead:
    """What is known of a room at one moment without reading its messages.

    Attributes:
        epoch: Which life of the room this is. Another epoch, another conversation: its ids begin anew.
        first_id: The id of the oldest message kept; of the next one that will come, where none is kept.
        last_id: The id of the newest message that the room ever had; 0 if it never had one.
        dropped: How many older ones fell out since the room was made or cleared.
        revision: Goes up with every change of the room: equal revisions of one epoch, equal rooms.
        cleared: Whether the room was ever cleared.
        rewritten: How often messages got other tokens.
        keys_version: 1, and one more for each change of the keys that was begun: see `MessageStore.append`.
    """

    epoch: str = ""
    first_id: int = 1
    last_id: int = 0
    dropped: int = 0
    revision: int = 0
    cleared: bool = False
    rewritten: int = 0
    keys_version: int = 1

    @property
    def is_empty(self) -> bool:
        """Whether no message is kept."""
        return self.first_id > self.last_id

    @property
    def count(self) -> int:
        """How many messages were written since the room was made or cleared."""
        return self.dropped + self.last_id + 1 - self.first_id


@dataclass(frozen=True)
class RoomView(RoomHead):
    """A room at one moment, with those of its newest messages that were asked for.

    Attributes:
        messages: The messages, oldest first, up to the newest one; their ids have no gaps.
    """

    messages: tuple[Message, ...] = ()

    @property
    def head(self) -> RoomHead:
        """The room without its messages."""
        return RoomHead(**{name: getattr(self, name) for name in RoomHead.__dataclass_fields__})

    def find(self, message_id: int) -> Message | None:
        """Return the message with that id, or None if it is not among these."""
        index = message_id - (self.last_id + 1 - len(self.messages))
        return self.messages[index] if 0 <= index < len(self.messages) else None


class MessageStore(Protocol):
    """What a store can do. Every method may be called from any thread.

    Reading takes any text as a name, and finds nothing under one that no room, sender or message can have. It
    tells nobody of what changes: whoever changes a room publishes that (`rooms.hub`).
    """

    def append(
        self,
        room: str,
        sender: str,
        token: str,
        *,
        client_id: str | None = None,
        recipient: str | None = None,
        keys_version: int | None = None,
    ) -> Message:
        """Keep a message and number it.

        Args:
            room: The room's name, 1 to 64 printable characters, as all names here; a new room comes into
                being with its first message.
            sender: Who sends it, 1 to 64 characters.
            token: The Fernet token: printable ASCII characters.
            client_id: The sender's own name for the message, 1 to 64 characters. A sender who is not sure
                whether it arrived sends it again under the same name, and it is kept once.
            recipient: Whom alone it is for, 1 to 64 characters; None if it is for everybody in the room.
            keys_version: The version of the room's keys that the token is under; None where the store need
                not look: the keys are not the room's, or the server does not have them. A room begins with
                version 1, and `change_keys_version` raises it.

        Returns:
            The message with its id: one more than the last one that its room ever had. Of a `client_id`
            that is known, the message that was kept the first time.

        Raises:
            InvalidMessage: Something is empty or too long, a name has characters that cannot be printed, or
                the token has others than printable ones of ASCII.
            StoreFull: It would be one room too many.
            KeysChanged: The room's keys have another version by now. Nothing was kept.
        """

    def acknowledged(self, room: str, sender: str, client_id: str) -> Message | None:
        """Return the message that a sender's `client_id` stands for, or None if it is not known (any more).

        Remembered are those of as many messages as a room keeps at least, and of those that were cleared
        meanwhile. Of the latter, and of those that got another token, the token is empty.
        """

    def holds(self, room: str, token: str) -> bool:
        """Say whether a message of a room has this token now."""

    def is_current(self, room: str) -> bool:
        """Say whether what is read of a room is what is kept now, and not what is remembered of it.

        A store that cannot reach what it keeps may go on with what it knows of a room; then it is not.
        """

    def head(self, room: str) -> RoomHead:
        """Return what is known of a room without its messages."""

    def heads(self, rooms: Collection[str]) -> Mapping[str, RoomHead]:
        """Return the heads of rooms by their names."""

    def tail(self, room: str, count: int) -> RoomView:
        """Return a room with its newest `count` messages; with all that are kept where there are fewer."""

    def tails(self, rooms: Collection[str], count: int) -> Mapping[str, RoomView]:
        """Return the tails of rooms by their names, each as `tail` does."""

    def since(self, room: str, after: int) -> RoomView:
        """Return a room with its messages that have an id over `after`."""

    def view(self, room: str) -> RoomView:
        """Return a room with all messages that are kept: only for what needs each of them."""

    def clear(self, room: str) -> None:
        """Forget all messages of a room. Their ids are not used again."""

    def forget(self, room: str) -> None:
        """Forget a room altogether. If it comes into being again, its ids begin anew, in another epoch."""

    def replace_tokens(
        self, room: str, tokens: Mapping[int, str], *, keys_version: int | None = None
    ) -> None:
        """Give messages of a room other tokens: the same texts, encrypted again. All else of them stays.

        Args:
            room: The room's name.
            tokens: The new tokens by the ids of their messages. Ids that are not (or no longer) here do not
                matter.
            keys_version: The version of the room's keys that the tokens are under: as for `append`.

        Raises:
            InvalidMessage: A token is none: as for `append`. Nothing was replaced.
            KeysChanged: The room's keys have another version by now. Nothing was replaced.
        """

    def change_keys_version(self, room: str, present: int) -> int:
        """Note that the keys of a room change. What is under those of before is refused from now on.

        Args:
            room: The room's name. It need not be there yet.
            present: The version of the keys of before: of two who change them at once, one is refused.

        Returns:
            The new version: one more.

        Raises:
            InvalidMessage: No room can have this name.
            StoreFull: It would be one room too many.
            KeysChanged: The room's keys have another version by now.
        """

    def close(self) -> None:
        """Let go of whatever the store holds beside memory. It is not used afterwards."""
