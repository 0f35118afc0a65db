"""Which key opens which messages of a room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import InvalidToken
from securechat.rooms.conversation import Conversation
from securechat.rooms.messages import Message


@dataclass(frozen=True)
class Census:
    """The keys of a room, and which messages each of them opens.

    Attributes:
        keys: The keys, the primary first.
        opened: The ids of the messages that each key opens, in the order of the keys.
        unreadable: The ids of the messages that no key opens.
        sealed: The ids of the messages that were not tried: this server does not have their key.
    """

    keys: tuple[FernetKey, ...]
    opened: tuple[tuple[int, ...], ...]
    unreadable: tuple[int, ...]
    sealed: tuple[int, ...] = ()

    @property
    def retired(self) -> tuple[FernetKey, ...]:
        """The retired keys."""
        return self.keys[1:]

    @property
    def old(self) -> tuple[int, ...]:
        """The ids of the messages that only a retired key opens."""
        return tuple(sorted(message_id for ids in self.opened[1:] for message_id in ids))

    @property
    def offers(self) -> tuple[object, ...]:
        """What the buttons of the page hang on: as long as this is equal, the page is right as it stands."""
        return self.keys, bool(self.old)


def take_census(conversation: Conversation) -> Census:
    """Say which key of a room opens which of its messages, as it is now."""
    messages = conversation.view().messages  # first: the keys then are no older than the messages
    sealed = tuple(message.id for message in messages if conversation.is_sealed(message))
    census = count(conversation.keyring, [message for message in messages if message.id not in sealed])
    return replace(census, sealed=sealed)


def count(keyring: KeyRing, messages: Iterable[Message]) -> Census:
    """Say which key of a ring opens which messages.

    Args:
        keyring: The keys.
        messages: The messages, oldest first.
    """
    opened: dict[FernetKey, list[int]] = {key: [] for key in keyring.keys}
    unreadable = []
    for message in messages:
        try:
            opened[keyring.open_by_key(message.token).key].append(message.id)
        except InvalidToken:
            unreadable.append(message.id)
    return Census(keyring.keys, tuple(map(tuple, opened.values())), tuple(unreadable))
