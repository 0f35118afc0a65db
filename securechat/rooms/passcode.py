"""The presenter's passcode: compared in constant time, and slow to guess."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Hashable
from hashlib import sha256
from time import monotonic

from securechat.rooms.limits import RateLimit

GUESSES_EACH = 3
"""Wrong guesses that one guesser has within `GUESS_SECONDS`."""

GUESSES_TOGETHER = 120
"""Wrong guesses that all have together within `GUESS_SECONDS`: new sessions cost nothing.

More than a class of pupils who all try three times, so that they do not lock the presenter out; and
so few that eight random characters hold.
"""

GUESS_SECONDS = 60.0
"""The window of both limits, in seconds."""


PASSCODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""What passcodes are made of here: 31 characters, of which none look alike."""

PASSCODE_LENGTH = 10
"""Characters of a passcode that is made here: 49 bits, which nobody guesses over a network."""


def new_passcode() -> str:
    """Make a passcode from the operating system's random numbers."""
    return "".join(secrets.choice(PASSCODE_ALPHABET) for _ in range(PASSCODE_LENGTH))


class Passcode:
    """A passcode, kept as a digest: it says whether a guess is right, and counts those that are not.

    Args:
        text: The passcode itself, not empty.
        clock: Seconds that only go up.
        guesses_together: See `GUESSES_TOGETHER`; None where it is too long to be guessed, so that nobody can
            lock the presenter out.

    Raises:
        ValueError: It is empty.
    """

    def __init__(
        self,
        text: str,
        *,
        clock: Callable[[], float] = monotonic,
        guesses_together: int | None = GUESSES_TOGETHER,
    ) -> None:
        if not text:
            raise ValueError("the passcode is empty")
        self._digest = _digest(text)
        self._lock = threading.Lock()
        action = "Wrong passcode"
        self._each = RateLimit(GUESSES_EACH, GUESS_SECONDS, action=action, clock=clock)
        self._together = (
            RateLimit(guesses_together, GUESS_SECONDS, action="Not looked at", clock=clock)
            if guesses_together
            else None
        )

    def check(self, guess: str, guesser: Hashable) -> bool:
        """Say whether a guess is right.

        The comparison is of SHA-256 digests in constant time, so that it tells neither how much of the
        guess was right nor how long the passcode is.

        Args:
            guess: What somebody typed.
            guesser: Who: a session, for instance.

        Raises:
            TooFast: Too many wrong guesses, by this guesser or by all together. It was not looked at.
        """
        with self._lock:  # one guess at a time: many at once must not pass before one is counted
            self._each.check(guesser)
            if self._together:
                self._together.check(None)
            if hmac.compare_digest(_digest(guess), self._digest):
                return True
            self._each.take(guesser)
            if self._together:
                self._together.take(None)
            return False


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()
