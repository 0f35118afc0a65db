"""Mallory between two who seal a room of a class: her keys, and what she makes of what they send each other.

The teacher puts her there, so that the class sees what comparing emoji is good for. She has one key pair for
each room and round, and shows both sides its public key as if it were the other one's. The commitment binds
her, too: she has one try, each phone has another key with her, and the emoji differ.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from securechat.classroom.sealing import Sealing
from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.exchange import NONCE_SIZE, X25519_SIZE, KeyPair, commitment
from securechat.crypto.exchange import Mallory as InBetween
from securechat.errors import InvalidPublicKey, InvalidToken
from securechat.rooms.messages import Message

ROUNDS = 5
"""Rounds of one room of which her keys are kept: what was sent just before a new round is still passed on."""

TOKENS = 400
"""Tokens of hers that are kept for one room, twice as many as there are messages: each is made once."""


@dataclass(frozen=True, repr=False)
class _Hand:
    """What she shows in one round: both sides the same public key."""

    pair: KeyPair
    nonce: bytes

    @property
    def public(self) -> str:
        return self.pair.public.hex()

    @property
    def opening(self) -> str:
        return self.public + self.nonce.hex()

    @property
    def commitment(self) -> str:
        return commitment(self.pair.public, self.nonce).hex()


@dataclass(frozen=True, repr=False)
class _Sealed:
    """A round that both have said matches, although she is there."""

    since: int
    first: str
    second: str
    keys: InBetween


class Mallory:
    """Mallory, in all rooms of one class where the teacher wants her.

    May be used from any thread. Nothing is in its `repr`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hands: dict[str, dict[int, _Hand]] = {}
        self._sealed: dict[str, tuple[_Sealed, ...]] = {}
        self._tokens: dict[str, OrderedDict[int, str]] = {}

    def forget(self, room: str | None = None) -> None:
        """Forget her keys and tokens in a room; in all rooms if None."""
        with self._lock:
            for kept in (self._hands, self._sealed, self._tokens):
                for name in [name for name in kept if room in (None, name)]:
                    del kept[name]

    def show(self, holder: str, room: str, sealing: Sealing) -> Sealing:
        """Return what one side sees of a sealing: what is hers in place of what is the other side's.

        Args:
            holder: The id of whom it is shown to.
            room: The name of the room.
            sealing: How far it has come.
        """
        with self._lock:
            hand = self._hand(room, sealing.round)
        if holder == sealing.first:
            return replace(sealing, answer=sealing.answer and hand.public)
        return replace(
            sealing,
            commitment=sealing.commitment and hand.commitment,
            opening=sealing.opening and hand.opening,
        )

    def note(self, room: str, sealing: Sealing) -> None:
        """Note that a round is sealed, before anything can be stored under its keys."""
        first = bytes.fromhex(sealing.opening)[:X25519_SIZE]
        with self._lock:
            keys = InBetween(self._hand(room, sealing.round).pair, first, bytes.fromhex(sealing.answer))
            sealed = _Sealed(sealing.since, sealing.first, sealing.second, keys)
            self._sealed[room] = (*self._sealed.get(room, ()), sealed)[-ROUNDS:]

    def pass_on(self, message: Message, holder: str) -> str:
        """Return the token of a message as it reaches somebody: hers, where she opens what the other sent.

        Args:
            message: The message as it is stored.
            holder: The id of whom it reaches.

        Returns:
            Her token, the same each time; or the one that is stored: of one's own, where she is not, and of
            what does not open.
        """
        with self._lock:
            rounds = [each for each in self._sealed.get(message.room, ()) if each.since <= message.id]
            if not rounds or holder == message.sender:
                return message.token
            tokens = self._tokens.setdefault(message.room, OrderedDict())
            if message.id not in tokens:
                tokens[message.id] = _encrypted_again(message, rounds[-1])
                if len(tokens) > TOKENS:
                    tokens.popitem(last=False)
            return tokens[message.id]

    def _hand(self, room: str, number: int) -> _Hand:
        hands = self._hands.setdefault(room, {})
        if number not in hands:
            hands[number] = _Hand(KeyPair.generate(), secrets.token_bytes(NONCE_SIZE))
            for old in [each for each in hands if each <= number - ROUNDS]:
                del hands[old]
        return hands[number]


def _encrypted_again(message: Message, sealed: _Sealed) -> str:
    """Return what she makes of a token: the same text at the same time, under the key of the other side."""
    ways = {sealed.first: sealed.keys.pass_on, sealed.second: sealed.keys.pass_back}
    if message.sender not in ways:
        return message.token
    try:
        return ways[message.sender](message.token, at_time=read_timestamp(message.token))
    except (InvalidToken, InvalidPublicKey):
        return message.token
