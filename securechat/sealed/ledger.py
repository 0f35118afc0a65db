"""What a client of a sealed room notes, so that a relay that lies is caught: pure bookkeeping.

The server cannot open or make a message. But it can repeat, leave out, swap and relabel what it has, say that
it stored what it did not, or begin anew. The page notes the same in JavaScript, and
`tests/vectors_sealed/ledger.json` holds both to the same sentences. What nobody can see: the newest messages
withheld, the first ones of somebody who is new here, and two groups kept apart.

A client that connects hears the messages before it hears of the room. It keeps them until then: `room` is
told first, then each `message`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from securechat.sealed.said import Said, Unread
from securechat.wording import counted

STARTED_AGAIN = "The server has started again. What it had is gone; what you see here stays until you leave."
REPEATED = "The server sent an earlier message of {name} again. It is not shown twice."
REPEATED_BY_NOBODY = "The server sent an earlier message again. It is not shown twice."
COME_AGAIN = (
    "An earlier message of {name} came again. It is not shown twice. After a bad connection {name} may have "
    "sent it again; or the server did."
)
COME_AGAIN_BY_NOBODY = "An earlier message came again. It is not shown twice."
SWAPPED = "The server changed the order: this message of {name} was written earlier."
RELABELLED = "The server said that somebody else sent this."
NOT_FROM_HERE = "This was not sent from here, although it says so."
NOT_SHOWN = "The server said that it has your message, but did not show it."
FOREIGN = "no name, no number: made by another program"
NEWER = "This comes from a newer SecureChat."
NOT_YOUR_KEY = "This was not made with your key. Compare keys, or ask for the link again."

REMEMBERED = 200
"""For how many messages a server remembers what a client called one. Sent again later, as its answer was
lost, it is stored twice, and the server has not lied."""


@dataclass(frozen=True)
class Finding:
    """What is found in one thing that the server has sent.

    Attributes:
        is_new: Whether it is a message that was not there before: it is shown.
        says: Sentences about the server, or about this message.
        unsent: Numbers of own messages that count as not sent: they are sent again under their names.
    """

    is_new: bool = False
    says: tuple[str, ...] = ()
    unsent: tuple[int, ...] = ()


@dataclass
class _Sender:
    """What came of one visit. The numbers over `base` are expected; `got` are those that came."""

    name: str
    base: int
    top: int
    got: set[int] = field(default_factory=set)

    @property
    def missing(self) -> int:
        return self.top - self.base - len(self.got)


class Ledger:
    """What one visit to a sealed room notes.

    Args:
        me: The own visit: `Said.by`.
    """

    def __init__(self, me: str) -> None:
        self._me = me
        self._mine: set[str] = set()
        self._epoch: str | None = None
        self._last_id = 0
        self._seen: dict[tuple[str, int] | str, tuple[str, int]] = {}
        self._senders: dict[str, _Sender] = {}
        self._waiting: dict[int, int] = {}
        self._shown: set[tuple[int, int]] = set()  # own numbers, with each id that they came under
        self._closed = 0
        self._others_opened = False

    def sealed(self, token: str) -> None:
        """Note that this visit has made a token."""
        self._mine.add(token)

    def room(self, epoch: str, first_id: int) -> Finding:
        """Note what the server tells of the room: see `securechat.frames.Room`."""
        if epoch == self._epoch:
            # What fell out of the room before it could be shown is no lie.
            self._waiting = {shown: n for shown, n in self._waiting.items() if shown >= first_id}
            return Finding()
        says = (STARTED_AGAIN,) if self._last_id else ()
        unsent = tuple(self._waiting.values())
        self._epoch, self._last_id, self._waiting, self._shown = epoch, 0, {}, set()
        return Finding(says=says, unsent=unsent)

    def message(self, number: int, sender: str, token: str, opened: Said | Unread | None) -> Finding:
        """Note a message.

        Args:
            number: Its id.
            sender: Who the server says has sent it.
            token: Its token.
            opened: What is in it; None where the key does not open it.
        """
        is_later = number > self._last_id
        self._last_id = max(number, self._last_id)
        lies, unsent = self._check_waiting(number, token, opened)
        if opened is None:
            self._closed += is_later
            return Finding(says=lies, unsent=unsent)
        is_forged = isinstance(opened, Said) and opened.by == self._me and token not in self._mine
        if isinstance(opened, Said) and token in self._mine:
            self._shown.add((opened.n, number))
        key = (opened.by, opened.n) if isinstance(opened, Said) and not is_forged else token
        before = self._seen.get(key)
        self._seen[key] = self._epoch or "", number
        if before == (self._epoch, number) or (before and before[0] != self._epoch):
            return Finding(says=lies, unsent=unsent)
        if before:
            self._seen[key] = before
            return Finding(says=(*lies, _again(opened, number - before[1])), unsent=unsent)
        self._others_opened |= not isinstance(opened, Said) or opened.by != self._me
        return Finding(True, (*lies, *self._about(sender, opened, is_forged)), unsent)

    def _about(self, sender: str, opened: Said | Unread, is_forged: bool) -> tuple[str, ...]:
        """Return what is to be said about a message that is new."""
        if opened is Unread.NEWER:
            return (NEWER,)
        if not isinstance(opened, Said):
            return (FOREIGN,)
        says = [NOT_FROM_HERE] if is_forged else []
        if sender != opened.by:
            says.append(RELABELLED)
        if opened.by == self._me:
            return tuple(says)
        them = self._senders.get(opened.by)
        if them is None:
            # What came before is unknown: a server that has started again lost it, and is honest.
            them = self._senders[opened.by] = _Sender(opened.shown_name, opened.n - 1, opened.n)
        if opened.n < them.top:
            says.append(SWAPPED.format(name=opened.shown_name))
        them.name = opened.shown_name
        them.top = max(them.top, opened.n)
        them.base = min(them.base, opened.n - 1)
        them.got.add(opened.n)
        return tuple(says)

    def stored(self, n: int, number: int) -> Finding:
        """Note that the server says it has stored a message of this visit.

        Args:
            n: The number of the message in this visit.
            number: The id that it has, says the server.
        """
        if (n, number) in self._shown:
            return Finding()
        if number <= self._last_id:
            return Finding(says=(NOT_SHOWN,), unsent=(n,))
        self._waiting[number] = n
        return Finding()

    def not_shown(self, n: int) -> Finding:
        """Note that a message of this visit, said to be stored, was not shown for too long."""
        late = [number for number, waiting in self._waiting.items() if waiting == n]
        for number in late:
            del self._waiting[number]
        return Finding(says=(NOT_SHOWN,), unsent=(n,)) if late else Finding()

    def is_shown(self, n: int) -> bool:
        """Say whether a message of this visit was shown in the present epoch."""
        return self._seen.get((self._me, n), ("", 0))[0] == self._epoch

    def _check_waiting(
        self, number: int, token: str, opened: Said | Unread | None
    ) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Return what was said to be stored and should have come by now."""
        n = self._waiting.get(number)
        if n is not None and token in self._mine and isinstance(opened, Said) and opened.n == n:
            del self._waiting[number]
        unsent = tuple(self._waiting.pop(shown) for shown in sorted(self._waiting) if shown <= number)
        return ((NOT_SHOWN,) if unsent else ()), unsent

    @property
    def standing(self) -> tuple[str, ...]:
        """What holds now and may change: what is missing, and what does not open."""
        missing = []
        for them in self._senders.values():
            if them.missing:
                verb = "is" if them.missing == 1 else "are"
                missing.append(f"{counted(them.missing, 'message')} of {them.name} {verb} missing.")
        closed = [f"{counted(self._closed, 'message')} that your key does not open."] if self._closed else []
        if self._closed and not self._others_opened:
            closed.append(NOT_YOUR_KEY)
        return (*missing, *closed)

    def __repr__(self) -> str:
        return f"<Ledger, {len(self._seen)} messages>"


def _again(opened: Said | Unread, later: int) -> str:
    """Return what is said of a message that came before, so many ids ago."""
    if isinstance(opened, Said):
        return (COME_AGAIN if later > REMEMBERED else REPEATED).format(name=opened.shown_name)
    return COME_AGAIN_BY_NOBODY if later > REMEMBERED else REPEATED_BY_NOBODY
