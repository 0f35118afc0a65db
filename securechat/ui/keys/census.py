"""Which key opens which messages of a room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from securechat.conversation import Conversation
from securechat.errors import InvalidToken
from securechat.keyring import FernetKey, KeyRing
from securechat.messages import Message

MOST_RANGES = 6
"""Ranges of messages that are named in a sentence; the others are counted."""


@dataclass(frozen=True)
class Census:
    """The keys of a room, and which messages each of them opens.

    Attributes:
        keys: The keys, the primary first.
        opened: The ids of the messages that each key opens, in the order of the keys.
        unreadable: The ids of the messages that no key opens.
    """

    keys: tuple[FernetKey, ...]
    opened: tuple[tuple[int, ...], ...]
    unreadable: tuple[int, ...]

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
    return count(conversation.keyring, messages)


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
            opened[keyring.open(message.token).key].append(message.id)
        except InvalidToken:
            unreadable.append(message.id)
    return Census(keyring.keys, tuple(map(tuple, opened.values())), tuple(unreadable))


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 message`, `3 messages`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def named(ids: Sequence[int]) -> str:
    """Write the numbers of messages in few words: `3 messages (1-2, 5)`, with a dash as in print.

    Args:
        ids: The numbers, in rising order.
    """
    ranges: list[tuple[int, int]] = []
    for number in ids:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    if not ranges:
        return "no message"
    words = [f"{first}" if first == last else f"{first}–{last}" for first, last in ranges[:MOST_RANGES]]
    more = ", …" if len(ranges) > MOST_RANGES else ""
    return f"{counted(len(ids), 'message')} ({', '.join(words)}{more})"
