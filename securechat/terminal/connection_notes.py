"""What is said of a connection: that it is there, that it cannot be made, and what to check then."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable
from time import monotonic

from websockets.exceptions import WebSocketException

from securechat.errors import InvalidSetting
from securechat.terminal.address import Address, no_https

ADVICE_TRIES = 4
"""After how many tries it is said what to check: some two seconds where the answer is no."""

ADVICE_SECONDS = 10.0
"""The same in seconds, where there is no answer at all."""

BUSY = (429, 500, 502, 503, 504)
"""Answers of HTTP that may be others a little later (RFC 9110, section 15; RFC 6585)."""


class ConnectionNotes:
    """Says what happens to the connection of one visit, and does not say the same all the time.

    Args:
        address: Where the server is.
        say: Says a sentence.
        clock: Seconds that only go up.

    Attributes:
        was_connected: Whether there was a connection before.
    """

    def __init__(
        self, address: Address, say: Callable[[str], None], clock: Callable[[], float] = monotonic
    ) -> None:
        self.was_connected = False
        self._address = address
        self._say = say
        self._clock = clock
        self._tries = 0
        self._since = 0.0
        self._has_advised = False

    def connected(self) -> None:
        """Note that there is a connection."""
        if self.was_connected:
            self._say("Connected again.")
        self.was_connected, self._tries, self._has_advised = True, 0, False

    def failed(self, error: Exception) -> None:
        """Note that a connection was lost, or could not be made.

        Raises:
            InvalidSetting: There is nothing at the address that could be connected with.
        """
        ends = ssl.SSLEOFError | ssl.SSLZeroReturnError
        if isinstance(error, ssl.SSLError) and not isinstance(error, ends):
            if not self.was_connected:
                raise no_https(self._address) from None
            self._note("it does not speak https now")
        elif isinstance(error, WebSocketException):
            self._note("what answers is not understood", self._other_scheme())
        else:
            self._note(reason_of(error), self._other_port())

    def answered(self, status: int) -> None:
        """Note that a connection was refused with an answer of HTTP.

        Raises:
            InvalidSetting: There is nothing at the address that could be connected with.
        """
        if self.was_connected or status in BUSY:
            self._note(f"it says {status}")
            return
        address = self._address
        remedy = "Ask for the address again: `host` prints it."
        if status == 400 and not address.is_secure:  # as nginx says where it wants https
            remedy = self._other_scheme()
        elif address.base_path:
            remedy = f"Did you mean {address.without_path.url}?"
        raise InvalidSetting(
            f"At {address.url} there is no SecureChat with sealed rooms (the answer is {status}).",
            remedy=remedy,
        )

    def _note(self, reason: str, hint: str = "") -> None:
        self._tries += 1
        if self._tries == 1:
            self._since = self._clock()
            said = f"No answer from {self._address.url}{f' ({reason})' if reason else ''}."
            said = " ".join(filter(None, (said, hint, "Trying again.")))
            lost = "The connection is lost. Trying again. What you write meanwhile is sent then."
            self._say(lost if self.was_connected else said)
        elif not self._has_advised and (
            self._tries >= ADVICE_TRIES or self._clock() - self._since >= ADVICE_SECONDS
        ):
            self._has_advised = True
            lost = "Still no connection. Does the server still run? Is this computer still in the Wi-Fi?"
            never = (
                "Still no answer. Are the address and its port right? Is this computer in the same Wi-Fi? "
                "Does `host` run there, or the app?"
            )
            self._say(f"{lost if self.was_connected else never} It is tried again and again. Ctrl+C ends.")

    def _other_scheme(self) -> str:
        return f"Perhaps it wants {self._address.other_scheme.url}."

    def _other_port(self) -> str:
        others = [address.url for address in self._address.likely_ports]
        return f"You gave no port. Did you mean {' or '.join(others)}?" if others else ""


def reason_of(error: Exception) -> str:
    """Return why nobody could be reached, in few words; nothing where that is not known."""
    if isinstance(error, socket.gaierror):
        return "nobody here knows that name"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)  # its own words may quote addresses in brackets
    return "it takes too long" if isinstance(error, TimeoutError) else ""
