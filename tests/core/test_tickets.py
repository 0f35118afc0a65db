"""Tickets: each lets one person into one place for two minutes, and nobody can make or change one."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securechat.classroom import Ticket, TicketOffice
from securechat.classroom.tickets import MAX_TICKET_CHARS, SEALING_SECONDS, TICKET_SECONDS
from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidTicket
from securechat.rooms.messages import MAX_NAME_CHARS
from tests.core.classes import Clock
from tests.core.test_secrecy import shown, texts_within

NOW = 1_700_000_000
TICKET = Ticket("0123456789abcdef-1", "p7", reads=True)


CLOCK = Clock()
CLOCK.now = NOW


def an_office(keyring: KeyRing | None = None, *, seconds: int = TICKET_SECONDS) -> TicketOffice:
    """Return an office in which it is what `CLOCK` says."""
    return TicketOffice(keyring, seconds=seconds, clock=CLOCK)


@pytest.fixture(scope="module")
def office() -> TicketOffice:
    """An office with keys of its own."""
    return an_office()


def refused(office: TicketOffice, text: str, *, place: str = TICKET.place, later: int = 0) -> bool:
    """Say whether a ticket is refused; each refusal is like the others and says nothing."""
    refusal: InvalidTicket | None = None
    CLOCK.now = NOW + later
    try:
        office.check(text, place=place)
    except InvalidTicket as error:
        refusal = error
    finally:
        CLOCK.now = NOW
    if refusal is None:
        return False
    assert str(refusal) == str(InvalidTicket())
    assert (refusal.args, vars(refusal)) == (InvalidTicket().args, {})
    assert not [found for found in texts_within(refusal) if TICKET.place in str(found)]
    return True


class TestValid:
    """What was issued here is taken in its place and time."""

    @pytest.mark.parametrize("reads", [False, True])
    @pytest.mark.parametrize("holder", ["p1", "teacher", "x" * MAX_NAME_CHARS, "é\U0001f512", ""])
    def test_it_says_what_it_is_for(self, office: TicketOffice, holder: str, *, reads: bool) -> None:
        """Place, holder and whether they read come out as they were put in."""
        ticket = Ticket(TICKET.place, holder, reads, seals=not reads)
        text = office.issue(ticket)
        assert office.check(text, place=TICKET.place) == ticket
        assert len(text) <= MAX_TICKET_CHARS

    @given(place=st.text(max_size=64), holder=st.text(max_size=64), reads=st.booleans(), seals=st.booleans())
    def test_whatever_is_in_it(self, place: str, holder: str, reads: bool, seals: bool) -> None:
        """Any place and holder survive."""
        ticket = Ticket(place, holder, reads, seals=seals)
        office = an_office()
        assert office.check(office.issue(ticket), place=place) == ticket

    @pytest.mark.parametrize(
        ("age", "valid"),
        [(-61, False), (-60, True), (0, True), (119, True), (120, True), (121, False), (10**6, False)],
    )
    def test_for_two_minutes(self, office: TicketOffice, age: int, *, valid: bool) -> None:
        """At 120 s it still counts, at 121 s no more; a clock may be a minute behind."""
        assert TICKET_SECONDS == 120
        text = office.issue(TICKET)
        assert refused(office, text, later=age) is not valid

    @pytest.mark.parametrize(("age", "valid"), [(0, True), (121, True), (10_800, True), (10_801, False)])
    def test_for_a_lesson_where_two_seal_their_room(
        self, office: TicketOffice, age: int, *, valid: bool
    ) -> None:
        """A phone that has slept comes back with its key; nobody else's ticket lasts so long."""
        assert SEALING_SECONDS == 10_800
        sealing = office.issue(replace(TICKET, seals=True))
        assert refused(office, sealing, later=age) is not valid
        assert refused(office, sealing, place="another place", later=age)
        assert refused(office, office.issue(TICKET), later=age) is (age > TICKET_SECONDS)

    def test_for_no_longer_however_often_it_is_renewed(self, office: TicketOffice) -> None:
        """From the first one on: it stands in the browser's history. An ordinary page goes on all day."""
        sealing, ordinary = office.issue(replace(TICKET, seals=True)), office.issue(TICKET)
        for later in range(100, SEALING_SECONDS + 1, 100):
            CLOCK.now = NOW + later
            sealing, ordinary = office.renew(sealing), office.renew(ordinary)
        assert not refused(office, sealing, later=SEALING_SECONDS)
        for later in (1, 60):
            CLOCK.now = NOW + SEALING_SECONDS + later
            with pytest.raises(InvalidTicket):
                office.renew(sealing)
            assert refused(office, sealing, later=SEALING_SECONDS + later)
            CLOCK.now = NOW + SEALING_SECONDS + later
            ordinary = office.renew(ordinary)
            assert not refused(office, ordinary, later=SEALING_SECONDS + later)

    def test_another_time_can_be_set(self) -> None:
        """Ten seconds, for instance."""
        office = an_office(seconds=10)
        text = office.issue(TICKET)
        assert not refused(office, text, later=10)
        assert refused(office, text, later=11)

    def test_it_counts_as_often_as_it_is_shown(self, office: TicketOffice) -> None:
        """A feed that broke off connects again with the same one, as long as it is valid."""
        text = office.issue(TICKET)
        assert not any(refused(office, text) for _ in range(3))

    def test_it_cannot_be_changed(self) -> None:
        """What came out of a check stays as it is."""
        with pytest.raises(FrozenInstanceError):
            TICKET.holder = "p1"  # type: ignore[misc]


class TestRefused:
    """Everything else is refused alike."""

    @pytest.mark.parametrize(
        "place",
        ["", "..", "0123456789abcdef", "0123456789abcdef-2", TICKET.place + " ", TICKET.place.upper()],
    )
    def test_for_another_place(self, office: TicketOffice, place: str) -> None:
        """A ticket for one room is none for another, nor for the wall, nor the other way round."""
        assert refused(office, office.issue(TICKET), place=place)
        assert refused(office, office.issue(Ticket(place, "p7")))

    def test_of_another_office(self, office: TicketOffice) -> None:
        """After a restart of the server, or from another server."""
        other = an_office()
        assert refused(office, other.issue(TICKET))
        assert refused(other, office.issue(TICKET))

    def test_every_bit_counts(self) -> None:
        """Of every byte of a ticket one bit is flipped, and it is refused."""
        chance = random.Random(7)  # noqa: S311 - the same every time
        office = an_office()
        data = base64.urlsafe_b64decode(office.issue(TICKET))
        for index in range(len(data)):
            altered = bytearray(data)
            altered[index] ^= 1 << chance.randrange(8)
            assert refused(office, base64.urlsafe_b64encode(altered).decode()), index

    @pytest.mark.parametrize("change", ["{}=", "{} ", " {}", "{}\n", "{}{}", "{}é", "\ud800{}"])
    def test_another_spelling(self, office: TicketOffice, change: str) -> None:
        """A ticket has one spelling."""
        text = office.issue(TICKET)
        assert refused(office, change.replace("{}", text))

    @pytest.mark.parametrize(
        "text", ["", "x", "é", "\ud800", "gAAAA", "%00", "..", "null", "{}", "\x00" * 44]
    )
    def test_garbage(self, office: TicketOffice, text: str) -> None:
        """What is no ticket at all is refused like one that is not valid."""
        assert refused(office, text)

    @pytest.mark.parametrize("length", [1, 10, 44, 100])
    def test_cut_short(self, office: TicketOffice, length: int) -> None:
        """A part of one is none."""
        assert refused(office, office.issue(TICKET)[:length])
        assert refused(office, office.issue(TICKET)[:-length])

    def test_a_message_is_no_ticket(self, office: TicketOffice) -> None:
        """Somebody who has a room's key cannot make one with it."""
        made = KeyRing.generate().encrypt(json.dumps({"place": TICKET.place, "holder": "p7", "reads": True}))
        assert refused(office, made)

    def test_the_size_is_limited(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that is a character too long is not looked at, at the limit it is."""
        looked: list[int] = []

        def decrypt(_ring: KeyRing, token: str, **_: object) -> str:
            looked.append(len(token))
            return json.dumps({"place": TICKET.place, "holder": "p7"})

        monkeypatch.setattr(KeyRing, "decrypt", decrypt)
        office = an_office()
        assert not refused(office, "g" * MAX_TICKET_CHARS)
        assert refused(office, "g" * (MAX_TICKET_CHARS + 1))
        assert refused(office, "g" * 10_000_000)
        assert looked == [MAX_TICKET_CHARS]


class TestSecret:
    """A ticket tells nothing to those who see it, and the office does not show its keys."""

    def test_nothing_is_readable_in_it(self, office: TicketOffice) -> None:
        """Neither place nor holder stands in it, in whatever encoding; its time of issue does."""
        text = office.issue(TICKET)
        decoded = base64.urlsafe_b64decode(text)
        for word in (TICKET.place, TICKET.place[:16], '"p7"', "place", "holder", "reads"):
            assert word not in text
            assert word.encode() not in decoded
        assert read_timestamp(text) == NOW

    def test_no_two_are_alike(self, office: TicketOffice) -> None:
        """The same ticket, issued again in the same second, is another text."""
        assert len({office.issue(TICKET) for _ in range(100)}) == 100

    def test_the_office_shows_no_key(self) -> None:
        """Where an office is printed, or its attributes, its keys are not."""
        ring = KeyRing.generate()
        office = an_office(ring)
        texts = [*shown(office), repr(vars(office)), *shown(TICKET)]
        assert not [text for text in texts if ring.primary.reveal() in text]
        assert not refused(office, office.issue(TICKET))
