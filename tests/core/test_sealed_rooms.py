"""Sealed rooms as the server has them: what it checks, how much it takes, and when it forgets."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import suppress
from itertools import count

import pytest

from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidMessage, InvalidToken, MessageTooLong, NoServerKey, StoreFull, TooFast
from securechat.frames import Present, Send, Write
from securechat.rooms.hub import Hub, room_topic
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import MAX_TOKEN_CHARS
from securechat.rooms.policy import ANYBODY, About, Action, Actor
from securechat.sealed.rooms import (
    IDLE_SECONDS,
    SealedPolicy,
    SealedRooms,
    SealedVisit,
    is_sealed,
)
from securechat.sealed.shares import network_of
from tests.core.classes import Clock
from tests.sealed import by, name_of
from tests.support import CANARY

RING = KeyRing.generate()
TOKEN = RING.encrypt(CANARY)
HOUR = 3_600
NUMBERS = count(1_000)


class Rooms:
    """Sealed rooms and a clock."""

    def __init__(self, hub: Hub | None = None) -> None:
        self.clock = Clock()
        self.sealed = SealedRooms(clock=self.clock, hub=hub)

    def visit(self, number: int = 1, address: str = "192.0.2.7") -> SealedVisit:
        """Connect to a room."""
        visit = self.sealed.visit(name_of(number), address)
        assert visit
        return visit

    def fill(self, total: int) -> None:
        """Make rooms, slowly enough, from two addresses in turn."""
        for number in range(total):
            self.clock.now += 4
            self.visit(number, f"192.0.2.{7 + number % 2}")


def send(visit: SealedVisit, number: int, token: str = TOKEN, sender: str = by(1)) -> int:
    """Send a token, and return its id."""
    return visit.store(Send(sender=sender, client_id=f"{sender}-{number}", token=token)).id


def sent_until_refused(visit: SealedVisit, most: int = 300) -> tuple[int, int]:
    """Send with another sender each; return how many were stored, and for how long to wait then."""
    for number in range(most):
        try:
            send(visit, 1, sender=by(next(NUMBERS)))
        except TooFast as error:
            return number, error.retry_after
    return most, 0


class TestRules:
    """What may be done there, and what must be."""

    @pytest.mark.parametrize("action", Action)
    @pytest.mark.parametrize(
        "actor", [ANYBODY, Actor(is_presenter=True), Actor("teacher", is_presenter=True)]
    )
    def test_there_is_nothing_but_reading_and_writing(self, action: Action, actor: Actor) -> None:
        """Nobody can do what takes a key, or what would be done to others: the teacher neither."""
        may = SealedPolicy().allows(actor, action, name_of(1), About(by(1)))
        assert may is (action in (Action.READ, Action.WRITE))

    def test_why(self) -> None:
        """The reason is that the server has no key."""
        with pytest.raises(
            NoServerKey, match=r"^This server has no key of this room: encrypt it yourself\.$"
        ):
            SealedPolicy().check(ANYBODY, Action.OPEN, name_of(1))

    @pytest.mark.parametrize(
        "sender", ["A", "", by(1)[1:], by(1) + "0", by(171).upper(), by(1) + "\n", "g" * 16]
    )
    def test_senders(self, sender: str) -> None:
        """They are sixteen small hexadecimal digits."""
        visit = Rooms().visit()
        assert send(visit, 1)
        with pytest.raises(InvalidMessage, match="16 hexadecimal digits"):
            visit.store(Send(sender=sender, client_id=f"{by(1)}-2", token=TOKEN))

    @pytest.mark.parametrize("client_id", ["1", by(1), f"{by(1)}-", f"{by(1)}-x", f"{by(1)}-٣"])
    def test_names_of_messages(self, client_id: str) -> None:
        """They are sixteen such digits and a number."""
        with pytest.raises(InvalidMessage, match="a dash and a number"):
            Rooms().visit().store(Send(sender=by(1), client_id=client_id, token=TOKEN))

    def test_nobody_is_written_to_alone(self) -> None:
        """For whom a message is, only its text could say."""
        with pytest.raises(InvalidMessage, match="for everybody"):
            SealedPolicy().check(ANYBODY, Action.WRITE, name_of(1), About(by(1), by(2)))

    @pytest.mark.parametrize("token", ["", "hello", TOKEN[:-1], TOKEN + "=", TOKEN[:-4], "A" * len(TOKEN)])
    def test_what_is_no_token(self, token: str) -> None:
        """Its form is looked at; nothing is stored."""
        visit = Rooms().visit()
        with pytest.raises(
            InvalidToken, match=r"^This is no whole Fernet token, so it was not stored\."
        ) as refused:
            send(visit, 1, token)
        assert "key" not in str(refused.value), "there is none here"
        assert visit.tokens.head().is_empty

    def test_a_token_of_any_key(self) -> None:
        """Whether it opens nobody here can say."""
        visit = Rooms().visit()
        assert send(visit, 1, KeyRing.generate().encrypt("other")) == 1

    def test_the_longest_token(self) -> None:
        """What is longer is refused, with its length."""
        longest = "x" * (MAX_TOKEN_CHARS // 4 * 3 - 73)
        assert len(RING.encrypt(longest)) == MAX_TOKEN_CHARS
        visit = Rooms().visit()
        assert send(visit, 1, RING.encrypt(longest)) == 1
        with pytest.raises(MessageTooLong):
            send(visit, 2, RING.encrypt(longest + "x" * 16))

    def test_a_text_is_refused(self) -> None:
        """The server cannot encrypt it; and it is not in what is said of it."""
        with pytest.raises(NoServerKey) as refused:
            Rooms().visit().store(Write(sender=by(1), client_id=f"{by(1)}-1", text=CANARY))
        assert CANARY not in str(refused.value)

    @pytest.mark.parametrize(
        "name",
        [
            "sealed-",
            name_of(0xABC).upper(),
            name_of(0xABC).replace("abc", "ABC"),
            name_of(1)[:-1],
            name_of(1) + "0",
            name_of(1) + "\n",
            f"sealed-{'g' * 32}",
            f"sealed-{'٣' * 32}",
            "demo",
            "",
        ],
    )
    def test_other_names_are_none(self, name: str) -> None:
        """There is one form of a name: no room is found under two, and none is made under another."""
        rooms = Rooms()
        assert rooms.sealed.visit(name) is None
        assert is_sealed(name) is name.startswith("sealed-")

    def test_sent_again_it_is_stored_once(self) -> None:
        """Under the same name of the same sender, by another connection too; another sender's is another."""
        rooms = Rooms()
        assert send(rooms.visit(), 1) == send(rooms.visit(), 1) == 1
        assert send(rooms.visit(), 1, sender=by(2)) == 2


class TestRates:
    """How much is taken, whatever the senders call themselves."""

    def test_by_connection(self) -> None:
        """Twenty in ten seconds, with a new sender each; then it is said how long to wait."""
        rooms = Rooms()
        visit = rooms.visit()
        assert sent_until_refused(visit) == (20, 10)
        rooms.clock.now += 9.5
        assert sent_until_refused(visit) == (0, 1)
        assert send(rooms.visit(), 1, sender=by(99)) == 21  # another connection is another share
        rooms.clock.now += 0.5
        assert sent_until_refused(visit, 20) == (20, 0)

    def test_by_room(self) -> None:
        """A hundred in ten seconds, from however many addresses and connections; other rooms go on."""
        rooms = Rooms()
        stored = [sent_until_refused(rooms.visit(1, f"192.0.2.{number}"))[0] for number in range(8)]
        assert stored == [20] * 5 + [0] * 3
        assert send(rooms.visit(2), 1) == 1

    def test_by_room_from_one_address(self) -> None:
        """Eighty: whoever sends as much as they may does not use up what others may write there."""
        rooms = Rooms()
        stored = [sent_until_refused(rooms.visit())[0] for _ in range(6)]
        assert stored == [20] * 4 + [0] * 2
        assert sent_until_refused(rooms.visit(1, "192.0.2.8")) == (20, 10)
        assert send(rooms.visit(2), 1) == 1

    def test_by_address(self) -> None:
        """Two hundred in ten seconds, in however many rooms; other addresses go on."""
        rooms = Rooms()
        stored = [sent_until_refused(rooms.visit(number))[0] for number in range(12)]
        assert stored == [20] * 10 + [0] * 2
        assert send(rooms.visit(1, "192.0.2.8"), 999) == 21

    def test_what_is_refused_by_one_counts_for_none(self) -> None:
        """A room that is full does not use up the shares of those who wait."""
        rooms = Rooms()
        for number in range(5):
            sent_until_refused(rooms.visit(1, f"192.0.2.{number}"))
        waiting = rooms.visit(1, "192.0.2.9")
        rooms.clock.now += 9
        assert [sent_until_refused(waiting) for _ in range(20)] == [(0, 1)] * 20
        rooms.clock.now += 1
        assert sent_until_refused(waiting) == (20, 10)

    def test_what_is_there_already_counts_for_none(self) -> None:
        """It is said to be stored, as often as it is sent."""
        visit = Rooms().visit()
        assert {send(visit, 1) for _ in range(50)} == {1}

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7", "::ffff:192.0.2.7"),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ],
    )
    def test_the_same_address(self, one: str, other: str) -> None:
        """Of IPv6 a computer has as many as it likes in its network."""
        assert network_of(one) == network_of(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("192.0.2.7", "192.0.2.8"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("", "192.0.2.7"), ("a", "b")],
    )
    def test_other_addresses(self, one: str, other: str) -> None:
        """What is no address is taken as it is."""
        assert network_of(one) != network_of(other)


class TestHowManyRooms:
    """Rooms are made by whoever comes, as far as there is room."""

    def test_at_most(self) -> None:
        """The 301st is refused; those that are there can be visited."""
        rooms = Rooms()
        rooms.fill(300)
        rooms.clock.now += 60
        with pytest.raises(StoreFull, match="already 300 rooms"):
            rooms.visit(300)
        assert send(rooms.visit(0), 1) == 1

    def test_at_most_from_one_address(self) -> None:
        """The 241st is refused until one is forgotten; others can make more, and all can use them."""
        rooms = Rooms()
        for number in range(240):
            rooms.clock.now += 4
            rooms.visit(number)
        rooms.clock.now += 60
        with pytest.raises(StoreFull, match="already 240 rooms"):
            rooms.visit(240)
        assert send(rooms.visit(0), 1) == 1
        assert rooms.visit(240, "192.0.2.8")
        rooms.clock.now += HOUR - 60 - 238 * 4
        assert rooms.visit(241)

    def test_what_is_over_makes_room(self) -> None:
        """Also before somebody has looked for such rooms."""
        rooms = Rooms()
        rooms.fill(300)
        rooms.clock.now += HOUR
        assert send(rooms.visit(300), 1) == 1

    def test_new_ones_of_an_address(self) -> None:
        """Twenty in a minute; others are let in meanwhile, and so is it in rooms that are there."""
        rooms = Rooms()
        for number in range(20):
            rooms.visit(number)
        rooms.clock.now += 30
        for _ in range(60):  # what is refused does not count among those of all
            with pytest.raises(TooFast, match=r"^No new room: .* Wait 30 seconds"):
                rooms.visit(20)
        assert rooms.visit(19)
        assert rooms.visit(20, "192.0.2.8")
        rooms.clock.now += 30
        assert rooms.visit(21)

    def test_new_ones_of_all(self) -> None:
        """Sixty in a minute, from however many addresses."""
        rooms = Rooms()
        for number in range(60):
            rooms.visit(number, f"192.0.2.{number}")
        with pytest.raises(TooFast):
            rooms.visit(60, "192.0.2.60")
        rooms.clock.now += 60
        assert rooms.visit(60, "192.0.2.60")

    def test_the_last_two_hundred_tokens(self) -> None:
        """Older ones fall out, and their number is told."""
        rooms = Rooms()
        visit = rooms.visit()
        for number in range(205):
            rooms.clock.now += 1
            send(visit, number)
        view = visit.tokens.view()
        assert [message.id for message in view.messages] == list(range(6, 206))
        assert visit.room_frame(view.head).dropped == 5


class TestWhenItIsForgotten:
    """An hour after the last connection."""

    def test_an_hour_after_the_last_connection(self) -> None:
        """While one is open it stays; what was in it is gone then, and the next one begins in a new epoch."""
        rooms = Rooms()
        visit = rooms.visit()
        leave, leave_later = visit.enter(), rooms.visit().enter()
        send(visit, 1)
        before = visit.tokens.head().epoch
        leave()
        rooms.clock.now += 10 * HOUR
        rooms.sealed.tick(rooms.clock.now)
        assert visit.tokens.head().last_id == 1
        leave_later()
        rooms.clock.now += IDLE_SECONDS - 1
        rooms.sealed.tick(rooms.clock.now)
        assert visit.tokens.head().last_id == 1
        rooms.clock.now += 1
        rooms.sealed.tick(rooms.clock.now)
        after = rooms.visit().tokens.head()
        assert after.last_id == 0
        assert after.epoch != before
        assert send(rooms.visit(), 1) == 1

    def test_who_just_comes_finds_it(self) -> None:
        """Between being let in and being connected it is not forgotten."""
        rooms = Rooms()
        send(rooms.visit(), 1)
        rooms.clock.now += IDLE_SECONDS
        coming = rooms.visit()
        rooms.sealed.tick(rooms.clock.now)
        leave = coming.enter()
        assert coming.tokens.head().last_id == 1
        leave()

    def test_a_store_of_ones_own(self) -> None:
        """What is kept, and how long, says the store that is given; a room that goes is forgotten there."""
        store = InMemoryMessageStore(max_messages=3)
        clock = Clock()
        visit = SealedRooms(store, clock=clock).visit(name_of(1))
        assert visit
        for number in range(5):
            send(visit, number)
        assert len(store.view(name_of(1)).messages) == 3
        visit.rooms.tick(clock.now + IDLE_SECONDS)
        assert store.head(name_of(1)).last_id == 0


class TestWhoIsPresent:
    """How many connections a room has."""

    def test_connections_are_counted(self) -> None:
        """Those of one room, as they come and go; and all are told of each change."""
        hub = Hub()
        rooms = Rooms(hub)
        told: list[int] = []
        one, other = rooms.visit(), rooms.visit()
        hub.subscribe(room_topic(name_of(1)), lambda: told.append(one.present().count))
        ends = [one.enter(), other.enter(), rooms.visit(2).enter()]
        assert other.present() == Present(2)
        for end in ends:
            end()
        assert told == [1, 2, 1, 0]
        assert rooms.sealed.present(name_of(2)) == 0

    def test_of_a_room_that_is_gone(self) -> None:
        """There is nobody."""
        assert Rooms().sealed.present(name_of(9)) == 0


def test_nothing_of_a_token_is_in_an_error_or_a_representation() -> None:
    """Of what was refused nothing is quoted; and a visit does not say whence it comes."""
    visit = Rooms().visit()
    errors = []
    for token in (TOKEN[:-4], "x" * 100, CANARY):
        with suppress(InvalidToken):
            send(visit, 1, token)
            errors.append(token)
    assert errors == []
    assert "192.0.2.7" not in repr(visit)


def test_the_memory_of_a_room() -> None:
    """With 200 messages as people write them, at most 0.3 MiB."""
    rooms = Rooms()
    said = json.dumps({"v": 1, "by": by(1), "n": 200, "name": "Brave Otter", "text": "x" * 100})
    many = 20
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(many):
            rooms.clock.now += 60
            visit = rooms.visit(number)
            for text in range(200):
                rooms.clock.now += 1
                send(visit, text, RING.encrypt(said), sender=by(1_000 + number))
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert used / many <= 0.3 * 2**20
