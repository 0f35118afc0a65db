"""The presenter's sessions: those that gave the passcode and were not locked since."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from securechat.rooms.hub import Hub
from securechat.rooms.policy import Actor

MAX_SESSIONS = 1_000
"""Sessions that are remembered. Only who knows the passcode can make more; then the oldest is locked."""


class Presenters:
    """Knows which sessions are the presenter's now. May be used from any thread.

    Args:
        hub: Who is told when one is locked; one of its own unless told.
    """

    def __init__(self, hub: Hub | None = None) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, None] = OrderedDict()
        self._hub = hub or Hub()

    def enter(self) -> str:
        """Let a session in that gave the passcode, and return the secret name that it has from now on."""
        session = secrets.token_urlsafe(16)
        with self._lock:
            self._sessions[session] = None
            ended = self._sessions.popitem(last=False)[0] if len(self._sessions) > MAX_SESSIONS else ""
        self._hub.publish(_topic(ended))
        return session

    def leave(self, session: str) -> None:
        """Lock a session, and tell whatever was opened with its right."""
        with self._lock:
            self._sessions.pop(session, None)
        self._hub.publish(_topic(session))

    def right(self, session: str) -> Right:
        """Return the right of a session; one that does not hold where there is no such session."""
        return Right(self, session)

    def has(self, session: str) -> bool:
        """Say whether a session is the presenter's now."""
        with self._lock:
            return session in self._sessions

    def subscribe(self, session: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called when a session is locked; return what ends that."""
        return self._hub.subscribe(_topic(session), wake)


@dataclass(frozen=True)
class Right:
    """The right of one session to do what the presenter may.

    Attributes:
        presenters: Which sessions have it.
        session: The session's secret name.
    """

    presenters: Presenters = field(repr=False)
    session: str = field(repr=False)

    @property
    def holds(self) -> bool:
        """Whether the session has it now."""
        return self.presenters.has(self.session)

    @property
    def actor(self) -> Actor:
        """As whom the session acts now."""
        return Actor(is_presenter=self.holds)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Presenters.subscribe`."""
        return self.presenters.subscribe(self.session, wake)


def _topic(session: str) -> str:
    return f"presenter {session}"
