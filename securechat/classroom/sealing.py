"""How two people seal their room: what each does when. Nothing is here but what their phones send each other.

Who begins is bound to a public key by a commitment; then the other one shows a public key; then who began
shows theirs. Both phones have the same key now, unless somebody is in between, and seven emoji of it. The
people look at each other's phone: when both say that the emoji match, the room is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from securechat import frames
from securechat.crypto.exchange import X25519_SIZE, commitment
from securechat.errors import SealingRefused

PAIR = 2
"""How many people seal a room."""

AGAIN = "Press “Start again”."
"""What helps where two phones do not go on together."""


class SealRule(StrEnum):
    """What the teacher lets pairs do with their rooms."""

    ALLOWED = "allowed"
    REQUIRED = "required"
    """They cannot write before they have sealed it."""
    FORBIDDEN = "forbidden"
    """Nobody seals a room any more. What is sealed stays so."""


class Comparison(StrEnum):
    """What came of comparing the emoji where Mallory sits between the two."""

    NOTICED = "noticed"
    NOT_NOTICED = "not noticed"
    NOT_COMPARED = "not compared yet"
    SEALED_ALL_THE_SAME = "noticed, then sealed all the same"

    def then(self, before: Sealing, after: Sealing) -> Comparison:
        """Return what has come of it after a step. A round that only begins changes nothing."""
        if after.differs:
            return Comparison.NOTICED
        if not after.since or after.since == before.since:
            return self
        has_noticed = self in (Comparison.NOTICED, Comparison.SEALED_ALL_THE_SAME)
        return Comparison.SEALED_ALL_THE_SAME if has_noticed else Comparison.NOT_NOTICED


@dataclass(frozen=True)
class Sealing:
    """How far the sealing of a room has come. There is no secret in it.

    Each step returns what follows, or raises SealingRefused, and then nothing has changed. A step that was
    taken already is accepted again as long as it is the same: whoever sends it may not know.

    Attributes:
        round: 1, 2, …: each beginning has the next number; 0 where nobody has begun.
        first: The id of who began; empty where nobody has, or where all has to begin again.
        second: The id of the other one.
        commitment: What binds the first to a public key, 64 hexadecimal digits: see `exchange.commitment`.
        answer: The public key of the second, 64 digits; empty until it came.
        opening: The public key and the nonce of the first, 128 digits; empty until they came.
        matched: The ids of those who say that the emoji match.
        differs: The id of who said first that they do not; empty if nobody did.
        since: The id of the first message under the key of this round; 0 until both say that the emoji match.
    """

    round: int = 0
    first: str = ""
    second: str = ""
    commitment: str = ""
    answer: str = ""
    opening: str = ""
    matched: tuple[str, ...] = ()
    differs: str = ""
    since: int = 0

    def take(self, step: frames.Seal, by: str, other: str, next_id: int) -> Sealing:
        """Return what follows from a step.

        Args:
            step: The step.
            by: The id of who takes it.
            other: The id of the other one in the room.
            next_id: The id of the next message in the room.

        Raises:
            SealingRefused: It cannot be taken now, or not by them.
        """
        if step.step == "begin":
            return self.begin(by, other, step.round, step.value)
        if step.round != self.round or by not in (self.first, self.second):
            raise SealingRefused(f"The other phone is not at the same step. {AGAIN}")
        match step.step:
            case "answer":
                return self.respond(by, step.value)
            case "open":
                return self.open(by, step.value)
            case "match":
                return self.match(by, next_id)
            case "differ":
                return self.differ(by)

    def begin(self, by: str, other: str, number: int, value: str) -> Sealing:
        """Begin a round, whatever was before: a page that was loaded anew has lost its key.

        Args:
            by: The id of who begins.
            other: The id of the other one.
            number: The number of the round: the next one.
            value: The commitment.
        """
        if (number, by, value) == (self.round, self.first, self.commitment):
            return self
        if number != self.round + 1:
            raise SealingRefused(f"The other phone has begun already. {AGAIN}")
        return Sealing(round=number, first=by, second=other, commitment=value)

    def respond(self, by: str, value: str) -> Sealing:
        """Show the public key of the second, as the answer to the commitment."""
        if by != self.second:
            raise SealingRefused("It is the other phone that answers.")
        return replace(self, answer=_once(self.answer, value))

    def open(self, by: str, value: str) -> Sealing:
        """Show the public key of the first, and the nonce: the commitment has to be of both."""
        if by != self.first or not self.answer:
            raise SealingRefused("The other phone has not answered yet.")
        opened = bytes.fromhex(_once(self.opening, value))
        if commitment(opened[:X25519_SIZE], opened[X25519_SIZE:]).hex() != self.commitment:
            raise SealingRefused(f"This is another public key than the one that was announced. {AGAIN}")
        return replace(self, opening=value)

    def match(self, by: str, next_id: int) -> Sealing:
        """Say that the emoji match. When both do, the room is sealed from the next message on."""
        self._check_seen()
        if by in self.matched:
            return self
        if self.differs:
            raise SealingRefused(f"One of you has said that the emoji are not the same. {AGAIN}")
        matched = (*self.matched, by)
        return replace(self, matched=matched, since=next_id if len(matched) == PAIR else 0)

    def differ(self, by: str) -> Sealing:
        """Say that the emoji do not match: nothing is sealed, also where the other one says that they do."""
        self._check_seen()
        if self.since:
            raise SealingRefused(f"You have both said that the emoji are the same. {AGAIN}")
        return self if self.differs else replace(self, differs=by)

    def _check_seen(self) -> None:
        if not self.opening:
            raise SealingRefused("There are no emoji to compare yet.")


def _once(before: str, value: str) -> str:
    """Return what is shown, which must not be another one than before."""
    if before not in ("", value):
        raise SealingRefused(f"The other phone has got another public key already. {AGAIN}")
    return value
