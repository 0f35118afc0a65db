"""Tickets: what a page hands to its browser, so that the live feed lets it into one room for a short time.

A ticket is a Fernet token under a key that lives as long as the server: nobody can make or change one
without that key, and its own timestamp says when it runs out. Its seconds are not those of the calendar: they
only go up, so a server whose clock is put right lets everybody in as before.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from time import monotonic

from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidTicket, InvalidToken

TICKET_SECONDS = 120
"""Seconds for which a connection can be opened with a ticket. One that is open stays open."""

SEALING_SECONDS = 3 * 60 * 60
"""The same for the page on which two seal their room: phones sleep, and no run of a page brings it a new one.
Renewing it does not make that longer: it stands in the history of the browser, and in the log of a proxy.
Whether the holder still sits there is asked each time."""

MAX_TICKET_CHARS = 3_000
"""Characters in a ticket, more than any has that is issued; a longer one is not looked at."""


@dataclass(frozen=True)
class Ticket:
    """What a ticket is for.

    Attributes:
        place: The room, or the class whose wall it is.
        holder: The participant's id; empty where that is not asked.
        reads: Whether messages are to come with their texts, for somebody who asked to read with their key.
        session: The presenter's session that the teacher's ticket is of: it is good as long as that is not
            locked. Empty for others.
        seals: Whether it is for the page on which two seal their room, and not for the class's own.
        departures: How often the holder had left the class: where they leave, it is void for good.
        first_at: The second in which it was issued, or the one of which it is a renewal; the office sets it.
    """

    place: str
    holder: str = ""
    reads: bool = False
    session: str = field(default="", repr=False)
    seals: bool = False
    departures: int = 0
    first_at: int = field(default=0, compare=False)


class TicketOffice:
    """Issues tickets and checks them.

    Args:
        keyring: What they are signed with; new random keys unless told.
        seconds: How long they are valid.
        clock: Seconds that only go up.
    """

    def __init__(
        self,
        keyring: KeyRing | None = None,
        *,
        seconds: int = TICKET_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._keyring = keyring or KeyRing.generate()
        self._seconds = seconds
        self._clock = clock

    def issue(self, ticket: Ticket) -> str:
        """Return a ticket as a text.

        Args:
            ticket: What it is for. Whether the holder may have it was checked before.
        """
        now = int(self._clock())
        return self._keyring.encrypt(json.dumps(asdict(replace(ticket, first_at=now))), at_time=now)

    def check(self, text: str, *, place: str) -> Ticket:
        """Return what a ticket is for.

        Args:
            text: What somebody showed.
            place: Where they want to get in.

        Raises:
            InvalidTicket: It was not issued here, is for another place, or has run out.
        """
        if len(text) > MAX_TICKET_CHARS:
            raise InvalidTicket
        for seconds in (self._seconds, SEALING_SECONDS):
            with suppress(InvalidToken):
                content = self._keyring.decrypt(text, ttl=seconds, at_time=int(self._clock()))
                ticket = Ticket(**json.loads(content))
                is_long = seconds != self._seconds
                if ticket.place == place and (ticket.seals or not is_long) and not self._is_over(ticket):
                    return ticket
        raise InvalidTicket

    def renew(self, text: str) -> str:
        """Return a new ticket for what one is for, however old that is.

        Whoever calls it has checked it when it was shown, and that the right which it gave still holds.

        Raises:
            InvalidTicket: It was not issued here, or cannot be renewed any more.
        """
        try:
            content = self._keyring.decrypt(text)
        except InvalidToken:
            raise InvalidTicket from None
        if self._is_over(Ticket(**json.loads(content))):
            raise InvalidTicket
        return self._keyring.encrypt(content, at_time=int(self._clock()))

    def _is_over(self, ticket: Ticket) -> bool:
        """Say whether a ticket is void however often it was renewed."""
        return ticket.seals and self._clock() - ticket.first_at > SEALING_SECONDS
