"""Tickets: what a page hands to its browser, so that the live feed lets it into one room for a short time.

A ticket is a Fernet token under a key that lives as long as the server: nobody can make or change one
without that key, and its own timestamp says when it runs out.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from securechat.errors import InvalidTicket, InvalidToken
from securechat.keyring import KeyRing

TICKET_SECONDS = 120
"""Seconds for which a connection can be opened with a ticket. One that is open stays open."""

MAX_TICKET_CHARS = 3_000
"""Characters in a ticket, more than any has that is issued; a longer one is not looked at."""


@dataclass(frozen=True)
class Ticket:
    """What a ticket is for.

    Attributes:
        place: The room, or the class whose wall it is.
        holder: The participant's id.
        reads: Whether messages are to come with their texts, for somebody who asked to read with their key.
    """

    place: str
    holder: str
    reads: bool = False


class TicketOffice:
    """Issues tickets and checks them.

    Args:
        keyring: What they are signed with; new random keys unless told.
        seconds: How long they are valid.
    """

    def __init__(self, keyring: KeyRing | None = None, *, seconds: int = TICKET_SECONDS) -> None:
        self._keyring = keyring or KeyRing.generate()
        self._seconds = seconds

    def issue(self, ticket: Ticket, *, at_time: int | None = None) -> str:
        """Return a ticket as a text.

        Args:
            ticket: What it is for. Whether the holder may have it was checked before.
            at_time: The present time in seconds since 1970; the system's clock unless told.
        """
        return self._keyring.encrypt(json.dumps(asdict(ticket)), at_time=at_time)

    def check(self, text: str, *, place: str, at_time: int | None = None) -> Ticket:
        """Return what a ticket is for.

        Args:
            text: What somebody showed.
            place: Where they want to get in.
            at_time: As for `issue`.

        Raises:
            InvalidTicket: It was not issued here, is for another place, or has run out.
        """
        if len(text) > MAX_TICKET_CHARS:
            raise InvalidTicket
        try:
            content = self._keyring.decrypt(text, ttl=self._seconds, at_time=at_time)
        except InvalidToken:
            raise InvalidTicket from None
        ticket = Ticket(**json.loads(content))
        if ticket.place != place:
            raise InvalidTicket
        return ticket
