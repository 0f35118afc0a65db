"""Policies: who may do what in a room. Every page, callback, feed and ticket asks here, and nowhere else."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum, auto

from securechat.errors import (
    InvalidMessage,
    PresenterOnly,
    SecureChatError,
    WritingClosed,
    WritingLocked,
    WritingReserved,
)
from securechat.rooms.hub import Hub
from securechat.rooms.messages import SENDERS


class Action(Enum):
    """What can be done in a room."""

    READ = auto()
    """See its messages, encrypted, and who is there."""
    WRITE = auto()
    OPEN = auto()
    """See decrypted text and keys."""
    CHANGE_KEYS = auto()
    REPLAY = auto()
    """Send once more what somebody has sent, in that person's name."""
    CLEAR = auto()
    """Forget its messages, for everybody."""
    LOCK = auto()
    """Say who may write."""
    MANAGE = auto()
    """Open, run and close classes, and save what was written there: decrypted, too, as this server could."""


@dataclass(frozen=True)
class Actor:
    """Who does something. It is made anew for each thing that is done: a right may have ended.

    Attributes:
        id: As whom, where people have ids; empty where everybody is anybody.
        is_presenter: Whether it is the presenter, now.
        share: Whose share of a limit is used up; that of `id`, or else of the message's sender, if None.
    """

    id: str = ""
    is_presenter: bool = False
    share: Hashable = None


ANYBODY = Actor()
"""Somebody of whom nothing is known."""


@dataclass(frozen=True)
class About:
    """What something that is done in a room is about.

    Attributes:
        sender: In whose name the message is, if it is about one.
        recipient: To whom alone that is; None if it is for everybody in the room.
        closes: The ids of messages that nobody could open any more afterwards.
        sealed: Whether the message is under a key that only browsers and terminals have.
    """

    sender: str | None = None
    recipient: str | None = None
    closes: tuple[int, ...] = ()
    sealed: bool = False


IN_GENERAL = About()
"""About no message in particular."""


class Policy(ABC):
    """The rules of some rooms. May be used from any thread."""

    @abstractmethod
    def check(self, actor: Actor, action: Action, room: str = "", about: About = IN_GENERAL) -> None:
        """Refuse what somebody may not do now.

        Args:
            actor: Who.
            action: What.
            room: The name of the room; of no room in particular if empty.
            about: What it is about there.

        Raises:
            SecureChatError: They may not. The message says why.
        """

    def allows(self, actor: Actor, action: Action, room: str = "", about: About = IN_GENERAL) -> bool:
        """Say whether somebody may do something now: see `check`."""
        try:
            self.check(actor, action, room, about)
        except SecureChatError:
            return False
        return True

    def closed(self, actor: Actor, room: str = "", about: About = IN_GENERAL) -> str:
        """Return why somebody has to wait until they may write, as a sentence; empty if they need not."""
        try:
            self.check(actor, Action.WRITE, room, about)
        except WritingClosed as error:
            return error.reason
        except SecureChatError:
            return ""
        return ""

    @property
    def revision(self) -> int:
        """How often the rules have changed by themselves."""
        return 0

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called when the rules change by themselves; return what ends that."""
        return lambda: None


class DemoPolicy(Policy):
    """The rules of the front page's room, where everybody is A and B.

    Everybody may write at first; only the presenter where that is switched on, or while a class pauses
    writing "in all rooms". Who may write may also change the keys, replay and clear, if they may open
    messages: everybody may where no passcode was chosen. Keys that messages need may be dropped here: what
    becomes of such messages is part of the lesson.

    Args:
        is_protected: Whether only the presenter opens messages and keys.
        hub: Who is told when the rules change; one of its own unless told.

    Attributes:
        reserved: Whether only the presenter is to write.
    """

    _TOPIC = "policy"

    def __init__(self, is_protected: Callable[[], bool] = lambda: False, *, hub: Hub | None = None) -> None:
        self._is_protected = is_protected
        self._lock = threading.Lock()
        self.reserved = False
        self._pauses: frozenset[str] = frozenset()
        self._revision = 0
        self._hub = hub or Hub()

    @property
    def paused(self) -> bool:
        """Whether writing is paused, by any class."""
        return bool(self._pauses)

    def reserve(self, *, on: bool) -> None:
        """Let only the presenter write, or everybody again."""
        with self._lock:
            self.reserved = on
            self._revision += 1
        self._hub.publish(self._TOPIC)

    def pause(self, by: str, on: bool) -> None:
        """Pause writing, or let it go on as far as nobody else has paused it.

        Args:
            by: The id of the class whose teacher does it.
            on: Whether it is paused.
        """
        with self._lock:
            if (by in self._pauses) is on:
                return
            self._pauses ^= {by}
            self._revision += 1
        self._hub.publish(self._TOPIC)

    def check(self, actor: Actor, action: Action, room: str = "", about: About = IN_GENERAL) -> None:
        """See `Policy.check`."""
        if not actor.is_presenter:
            if action in (Action.LOCK, Action.MANAGE):
                raise PresenterOnly
            if action not in (Action.READ, Action.WRITE) and self._is_protected():
                raise PresenterOnly
            if action not in (Action.READ, Action.OPEN):
                if self.paused:
                    raise WritingLocked
                if self.reserved:
                    raise WritingReserved
        # Of a message that somebody has deleted from the database it is not known who sent it.
        if action is not Action.OPEN and about.sender is not None and about.sender not in SENDERS:
            raise InvalidMessage(f"The sender is one of {', '.join(SENDERS)}.")
        if about.recipient is not None:
            raise InvalidMessage("In this room every message is for everybody.")

    @property
    def revision(self) -> int:
        """See `Policy.revision`."""
        return self._revision

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Policy.subscribe`."""
        return self._hub.subscribe(self._TOPIC, wake)
