"""Whose keys the messages of a room are under: this server's, or those of people who never hand them over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidMessage, InvalidToken
from securechat.rooms.messages import check_plaintext

MALFORMED = (
    "This is no whole Fernet token, so it was not stored. Copy it again, from its first letter to its last."
)
"""Where there are no keys, nothing but the form of a token can be wrong."""

PairKeys = Callable[[str, str], KeyRing]
"""Returns the keys that two people have for themselves; raises InvalidMessage where these two have none."""


@dataclass(frozen=True)
class KeyChange:
    """When a room got the key that new messages are encrypted with.

    Attributes:
        number: One more with each new primary key; at first the version that the store knows.
        by: Who made it the primary key; None where that is not known.
    """

    number: int
    by: str | None


class ClientKeys:
    """Keys that only browsers and terminals have. This server sees what an eavesdropper sees."""

    version = None

    def admit(self, token: str, sender: str, to: str | None, is_there: Callable[[str], bool]) -> str:
        """Look at a token from outside: its form is all that can be checked. See `ServerKeys.admit`.

        Raises:
            InvalidToken: It is none. The message does not speak of keys: there are none here.
        """
        try:
            parse_token(token)
        except InvalidToken:
            raise InvalidToken(MALFORMED) from None
        return token

    def begin(self, version: int) -> None:
        """Do nothing: this server counts no changes of them."""


class ServerKeys:
    """Keys that this server has. Whoever changes them sees to it that nothing is stored meanwhile.

    Args:
        ring: The room's keys.
        version: Their version, as the store knows it.
        pairs: The keys of two alone, where there are such keys.

    Attributes:
        ring: The room's keys as they are now.
        version: Their version: the store has to know no other when something is stored.
        change: When the room got its present primary key.
    """

    def __init__(self, ring: KeyRing, version: int, pairs: PairKeys | None = None) -> None:
        self.ring = ring
        self._pairs = pairs
        self.begin(version)

    def begin(self, version: int) -> None:
        """Count changes from here, as the room begins anew in the store."""
        self.version = version
        self.change = KeyChange(version, None)

    def take(self, ring: KeyRing, by: str | None = None) -> None:
        """Have other keys from now on.

        Args:
            ring: All of them.
            by: Who changed them; None where that is not known.
        """
        if ring.primary != self.ring.primary:
            self.change = KeyChange(self.change.number + 1, by)
        self.ring = ring

    def between(self, sender: str, to: str | None) -> KeyRing:
        """Return the keys of a message: those of the room, or those that the two have for themselves.

        Raises:
            InvalidMessage: It is to one person alone, and there is no key for these two.
        """
        if to is None:
            return self.ring
        if self._pairs is None:
            raise InvalidMessage("In this room every message is for everybody.")
        return self._pairs(sender, to)

    def admit(self, token: str, sender: str, to: str | None, is_there: Callable[[str], bool]) -> str:
        """Return a token as it may be stored: under a retired key, its text encrypted again.

        Args:
            token: What somebody posts.
            sender: In whose name.
            to: To whom alone; None if it is for everybody in the room.
            is_there: Says whether a token is stored in the room already.

        Raises:
            InvalidToken: It does not open with the keys of such a message.
            InvalidMessage: Nobody may send what is in it.
        """
        ring = self.between(sender, to)
        try:
            opened = ring.open(token)
        except InvalidToken:
            # Sent again, it is no less genuine because the clock that dated it was wrong.
            if not is_there(token):
                raise
            opened = ring.open_by_key(token)
        check_plaintext(opened.plaintext)
        # Who still has a retired key may send; but what is new is under the primary key alone.
        return token if opened.key == ring.primary else ring.reencrypt(token)


Keys = ServerKeys | ClientKeys
"""Either of them: whoever takes a key for granted has to say which."""
