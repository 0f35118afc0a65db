"""A clock that is wrong and put right in a lesson: nothing is lost, nobody is locked out or let in."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from securechat.classroom import Classrooms, Ticket, TicketOffice
from securechat.classroom.export import rows
from securechat.crypto.exchange import Exchange
from securechat.crypto.keyring import MAX_CLOCK_SKEW, KeyRing
from securechat.crypto.verification import StepName, verify
from securechat.errors import InvalidToken, TooFast
from securechat.rooms.conversation import Conversation, Reencryption
from securechat.rooms.limits import RateLimit
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.passcode import GUESSES_EACH, Passcode
from securechat.rooms.policy import Actor
from tests.core.classes import Lesson

NOW = 1_700_000_000
HOUR = 3_600

SetClock = Callable[[float], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Set the computer's clock."""

    def set_it(now: float) -> None:
        monkeypatch.setattr(time, "time", lambda: now)

    set_it(NOW)
    return set_it


class TestWrittenAhead:
    """Somebody wrote while the clock was ahead; then it was put right."""

    def test_rotation_loses_nothing(self, set_clock: SetClock) -> None:
        """Messages are encrypted again under the new key, and still open when the old one is dropped."""
        talk = Conversation(InMemoryMessageStore(), KeyRing.generate())
        set_clock(NOW + HOUR)
        for sender in "AB":
            talk.send(sender, f"from {sender}")
        set_clock(NOW)
        talk.change_keys(KeyRing.rotated)
        assert talk.reencrypt() == Reencryption(changed=2, kept=0, unreadable=0)
        ring = talk.change_keys(lambda ring: ring.without(ring.keys[1:]))
        assert [ring.open_by_key(message.token).plaintext for message in talk.view().messages] == [
            "from A",
            "from B",
        ]

    def test_it_can_be_sent_again(self, set_clock: SetClock) -> None:
        """A token that is in the room is taken in as often as somebody replays it."""
        talk = Conversation(InMemoryMessageStore(), KeyRing.generate())
        set_clock(NOW + HOUR)
        token = talk.send("A", "hello").token
        set_clock(NOW)
        assert [talk.post(Actor("A"), token).id for _ in range(2)] == [2, 3]

    def test_who_reads_with_their_key_reads_on(self, set_clock: SetClock) -> None:
        """Messages come with their texts, those between two alone, too."""
        lesson = Lesson(2)
        set_clock(NOW + HOUR)
        lesson.say("p1", "to all")
        lesson.say("p1", "to one", to="p2")
        set_clock(NOW)
        seat = lesson.seat("p2", lesson.everyone, reads=True)
        messages = lesson.store.view(lesson.everyone).messages
        assert [seat.message_frame(message).text for message in messages] == ["to all", "to one"]

    def test_the_export_has_the_texts(self, set_clock: SetClock) -> None:
        """What the class wrote is in the decrypted file."""
        lesson = Lesson(2)
        set_clock(NOW + HOUR)
        lesson.say("p1", "to all")
        lesson.say("p1", "to one", to="p2")
        set_clock(NOW)
        assert [row.text for row in rows(lesson.classroom, decrypted=True)] == ["to all", "to one"]

    def test_the_key_exchange_is_played_on(self, set_clock: SetClock) -> None:
        """What A sent is read by B, and by Mallory on its way."""
        play = Exchange.generate(intercepted=True)
        assert play.mallory
        set_clock(NOW + HOUR)
        sent = play.encrypt("hello")
        delivered = play.deliver(sent)
        set_clock(NOW)
        assert (
            play.mallory.read(sent) == play.decrypt(delivered) == play.decrypt(play.deliver(sent)) == "hello"
        )

    def test_what_comes_from_elsewhere_is_judged_by_its_date(self, set_clock: SetClock) -> None:
        """A token from further ahead than clocks differ is neither taken in nor read as somebody else's."""
        talk = Conversation(InMemoryMessageStore(), KeyRing.generate())
        token = talk.keyring.encrypt("hello", at_time=NOW + MAX_CLOCK_SKEW + 1)
        with pytest.raises(InvalidToken):
            talk.post(Actor("A"), token)
        failed = verify(token, talk.keyring.keys, now=NOW).failed_step
        assert failed
        assert failed.name is StepName.TIME
        set_clock(NOW + 1)
        assert talk.post(Actor("A"), token).token == token


@pytest.mark.parametrize("jump", [-HOUR, HOUR, 10 * 365 * 24 * HOUR], ids=["back", "ahead", "years ahead"])
class TestJump:
    """What lasts for some seconds lasts as long when the clock jumps meanwhile."""

    def test_a_ticket_is_good_for_as_long(self, jump: int, set_clock: SetClock) -> None:
        """Who got a ticket just before gets in just after."""
        office, ticket = TicketOffice(), Ticket("room", "p1")
        text = office.issue(ticket)
        set_clock(NOW + jump)
        assert office.check(text, place="room") == ticket

    def test_a_limit_holds(self, jump: int, set_clock: SetClock) -> None:
        """Who wrote too often waits as long as before."""
        limit = RateLimit(1, HOUR, action="Not sent")
        limit.take("A")
        set_clock(NOW + jump)
        with pytest.raises(TooFast, match="Wait 3,600 seconds"):
            limit.take("A")

    def test_guesses_are_counted_on(self, jump: int, set_clock: SetClock) -> None:
        """Setting the clock gives nobody further guesses at the passcode."""
        passcode = Passcode("right")
        for _ in range(GUESSES_EACH):
            assert not passcode.check("wrong", "guesser")
        set_clock(NOW + jump)
        with pytest.raises(TooFast):
            passcode.check("right", "guesser")

    def test_a_class_goes_on(self, jump: int, set_clock: SetClock) -> None:
        """It does not end as one that nobody has used for hours."""
        classes = Classrooms()
        classroom = classes.new()
        set_clock(NOW + jump)
        another = classes.new()  # this ends those that have had their time
        assert classes.all() == (another, classroom)
        assert classes.find(classroom.code, "p1") is classroom
