"""What one of the two who seal their room may do and see on the page on which they do it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from securechat import frames
from securechat.classroom.classroom import Classroom
from securechat.classroom.seat import Seat
from securechat.errors import NoServerKey, NotSeated
from securechat.rooms.keys import ClientKeys
from securechat.rooms.messages import Message
from securechat.rooms.policy import About
from securechat.rooms.presenters import Right


@dataclass(frozen=True, kw_only=True)
class SealingSeat(Seat):
    """A seat in a pair's room whose holder's phone makes the key: it takes steps of sealing, and tokens."""

    @classmethod
    def take(
        cls, classroom: Classroom, holder: str, room: str, *, reads: bool = False, right: Right | None = None
    ) -> SealingSeat:
        """Take the seat that somebody has in a pair's room: see `Seat.take`. Nobody is the presenter there.

        Raises:
            NotSeated: They have none there, or it is the room of everyone.
        """
        seat = Seat.take(classroom, holder, room)
        if room == classroom.everyone:
            raise NotSeated
        return cls(classroom=classroom, holder=holder, conversation=seat.conversation)

    def is_since(self, departures: int) -> bool:
        """Say whether the holder has not left since they had left the class so often."""
        person = self.classroom.view().participants.get(self.holder)
        return person is not None and person.departures == departures

    @property
    def closed(self) -> str:
        """Why the holder has to wait until their phone may send, as a sentence; empty if it need not."""
        return self.conversation.policy.closed(self.actor, self.room, About(sealed=True))

    def store(self, sent: frames.Send | frames.Write) -> Message:
        """Store a token that the holder's phone has encrypted: see `Visit.store`.

        Raises:
            NoServerKey: It is a text.
            SecureChatError: It was not stored: see `Room.post`.
        """
        if isinstance(sent, frames.Write):
            raise NoServerKey
        return self.conversation.post(
            self.actor, sent.token, sender=sent.sender, client_id=sent.client_id, keys=ClientKeys()
        )

    def message_frame(self, message: Message) -> frames.Message:
        """Return what the holder is told of a message; where Mallory is in between, with a token of hers."""
        token = self.classroom.mallory.pass_on(message, self.holder)
        return super().message_frame(replace(message, token=token))

    def seal(self, step: frames.Seal) -> None:
        """Do the holder's next step: see `Classroom.seal`."""
        self.classroom.seal(self.holder, self.room, step)

    def sealing(self) -> frames.Sealing | None:
        """Return how far the sealing has come, as the holder is to see it; None where the seat is lost."""
        view = self.classroom.view()
        if not self._holds(view):
            return None
        there = view.rooms[self.room]
        sealing = there.sealing
        if there.mallory and sealing.first:
            sealing = self.classroom.mallory.show(self.holder, self.room, sealing)
        return frames.Sealing(
            round=sealing.round,
            first=sealing.first,
            second=sealing.second,
            commitment=sealing.commitment,
            answer=sealing.answer,
            opening=sealing.opening,
            matched=sealing.matched,
            differs=sealing.differs,
            since=sealing.since,
            refusal=view.seal_refusal(self.room),
            me=self.holder,
            names={person.id: person.alias for person in view.sealers(self.room)},
        )
