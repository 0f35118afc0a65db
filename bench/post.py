"""Which messages a crowd has sent, and when they arrived."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken
from websockets.exceptions import ConnectionClosed

from bench.sessions import Session, padded


@dataclass
class Post:
    """Knows what was sent, and notes when it arrives. A message bears the name of its writer, and a number.

    Args:
        fernet: Opens the tokens, to see which message it is.

    Attributes:
        sent: When each message was sent, by its name (`time.perf_counter`).
        arrived: When each arrived, at another page than its writer's.
        strayed: How many tokens came into other rooms than those that they were written in.
    """

    fernet: Fernet
    sent: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    strayed: int = 0

    async def send(self, session: Session, name: str) -> None:
        """Let a participant send a message that bears its name."""
        text = padded(name)
        self.sent[name] = time.perf_counter()
        with suppress(ConnectionClosed):  # the page has lost its connection: its message is lost
            await session.say(text)

    def receive(self, reader: str, token: str, at: float) -> None:
        """Note that a token came in at a participant's page."""
        try:
            name = self.fernet.decrypt(token).decode().strip()
        except InvalidToken:
            return
        if not name.startswith(f"{reader} "):  # what one wrote oneself is no delivery
            self.arrived.setdefault(name, at)
        if _room(name) != _room(reader):
            self.strayed += 1

    def overdue(self, seconds: float) -> float:
        """Return which share of all that was sent is on its way for longer than that."""
        latest = time.perf_counter() - seconds
        late = sum(at < latest and name not in self.arrived for name, at in self.sent.items())
        return late / len(self.sent) if self.sent else 0.0


def _room(name: str) -> str:
    """Return the room of a participant, or of a message that bears its name: `pair-3` of `pair-3-7 0`."""
    return name.rpartition("-")[0]
