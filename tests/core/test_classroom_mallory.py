"""Mallory between two who seal their room: what she shows them, what she passes on, and who notices."""

from __future__ import annotations

import pprint

import pytest

from securechat import frames
from securechat.classroom import Comparison, SealingSeat, wall_frame
from securechat.classroom.mallory import ROUNDS, TOKENS
from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.keyring import KeyRing
from securechat.errors import ClassEnded, SealingRefused
from securechat.frames import Seal, Send
from securechat.rooms.messages import Message
from tests.core.classes import Lesson
from tests.core.test_secrecy import texts_within
from tests.sealing import Phone, compare, post, seal, seat_of, state_of

LONG_AGO = 1_700_000_000


@pytest.fixture
def lesson() -> Lesson:
    """Two pairs; Mallory is between p1 and p2."""
    lesson = Lesson(4)
    lesson.desk.put_mallory(lesson.room_of("p1"), there=True)
    return lesson


@pytest.fixture
def room(lesson: Lesson) -> str:
    """The room of p1 and p2."""
    return lesson.room_of("p1")


def reaches(lesson: Lesson, message: Message, holder: str) -> str:
    """Return the token of a message as it reaches somebody's phone."""
    return seat_of(lesson.classroom, holder).message_frame(message).token


class TestInBetween:
    """What two see of it who do not compare."""

    def test_the_emoji_differ(self, lesson: Lesson) -> None:
        """Each phone goes through all steps without a complaint, and has another key than the other one."""
        phones = compare(lesson.classroom, "p1", "p2")
        states = [state_of(seat_of(lesson.classroom, phone.me)) for phone in phones]
        keys = [phone.key(state) for phone, state in zip(phones, states, strict=True)]
        shown = [phone.emoji(state) for phone, state in zip(phones, states, strict=True)]
        assert keys[0] != keys[1]
        assert shown[0] != shown[1]

    def test_without_her_they_are_the_same(self, lesson: Lesson) -> None:
        """The control: in the other room, where she is not."""
        phones = compare(lesson.classroom, "p3", "p4")
        assert len({phone.emoji(state_of(seat_of(lesson.classroom, phone.me))) for phone in phones}) == 1

    def test_what_each_is_shown(self, lesson: Lesson, room: str) -> None:
        """Her public key, commitment and opening in place of the other one's; what is empty stays empty."""
        first, second = Phone("p1"), Phone("p2")
        one, other = (seat_of(lesson.classroom, person) for person in ("p1", "p2"))
        assert (state_of(one).commitment, state_of(other).commitment) == ("", "")
        one.seal(first.begin(1))
        assert state_of(one).commitment == first.begin(1).value
        hers = state_of(other).commitment
        assert hers not in ("", first.begin(1).value)
        step = second.next_step(state_of(other))
        assert step
        assert (state_of(one).answer, state_of(other).opening) == ("", "")
        other.seal(step)
        assert state_of(other).answer == second.pair.public.hex()
        public = state_of(one).answer
        assert public not in ("", second.pair.public.hex())
        step = first.next_step(state_of(one))
        assert step
        one.seal(step)
        assert state_of(one).opening == (first.pair.public + first.nonce).hex()
        assert state_of(other).opening[:64] == public, "she has one key pair for both"
        assert state_of(other).commitment == hers
        there = lesson.room(room).sealing
        assert (there.commitment, there.answer) == (state_of(one).commitment, state_of(other).answer)
        assert there.opening == state_of(one).opening

    def test_another_key_pair_each_time(self, lesson: Lesson) -> None:
        """For each round and each room; within a round it stays."""
        lesson.desk.put_mallory(lesson.room_of("p3"), there=True)
        seen = set()
        for _ in range(3):
            for pair in (("p1", "p2"), ("p3", "p4")):
                compare(lesson.classroom, *pair)
                for _ in range(3):
                    seen.add(state_of(seat_of(lesson.classroom, pair[1])).opening)
                    seen.add(state_of(seat_of(lesson.classroom, pair[0])).answer)
        assert len(seen) == 12


class TestPassedOn:
    """What one sends who did not compare reaches the other one."""

    def test_both_ways(self, lesson: Lesson, room: str) -> None:
        """The same JSON at the same time, in a token of hers, and the same one each time it is asked for."""
        phones = seal(lesson.classroom, "p1", "p2")
        for phone, other in (phones, phones[::-1]):
            state = state_of(seat_of(lesson.classroom, phone.me))
            token = phone.token(state, "hello", at_time=LONG_AGO)
            message = seat_of(lesson.classroom, phone.me).store(Send(phone.me, "1", token))
            assert message.token == token
            assert reaches(lesson, message, phone.me) == token, "of one's own, what was sent"
            passed = reaches(lesson, message, other.me)
            assert passed != token
            assert read_timestamp(passed) == LONG_AGO
            theirs = other.key(state_of(seat_of(lesson.classroom, other.me)))
            inside = KeyRing((theirs,)).open_by_key(passed).plaintext
            assert inside == KeyRing((phone.key(state),)).open_by_key(token).plaintext
            assert {reaches(lesson, message, other.me) for _ in range(3)} == {passed}
            assert lesson.seat(other.me, room).message_frame(message).token == token, "on the class's page"

    def test_what_does_not_open(self, lesson: Lesson) -> None:
        """It passes as it is: under another key, or no JSON of ours, or what the server wrote before."""
        before = lesson.say("p1", "before", lesson.room_of("p1"))
        phones = seal(lesson.classroom, "p1", "p2")
        assert reaches(lesson, before, "p2") == before.token
        foreign = KeyRing.generate().encrypt("hello")
        message = seat_of(lesson.classroom, "p1").store(Send("p1", "1", foreign))
        assert reaches(lesson, message, "p2") == foreign
        state = state_of(seat_of(lesson.classroom, "p1"))
        plain = KeyRing((phones[0].key(state),)).encrypt("no JSON")
        message = seat_of(lesson.classroom, "p1").store(Send("p1", "2", plain))
        theirs = phones[1].key(state_of(seat_of(lesson.classroom, "p2")))
        assert KeyRing((theirs,)).open_by_key(reaches(lesson, message, "p2")).plaintext == "no JSON"

    def test_public_keys_that_nobody_honest_has(self, lesson: Lesson) -> None:
        """Who shows one harms nobody else: what they send passes as it is."""
        seats = [seat_of(lesson.classroom, person) for person in ("p1", "p2")]
        seats[0].seal(Phone("p1").begin(1))
        seats[1].seal(Seal(1, "answer", "0" * 64))
        first = Phone("p1")
        seats[0].seal(first.begin(2))
        seats[1].seal(Seal(2, "answer", "0" * 64))
        seats[0].seal(Seal(2, "open", (first.pair.public + first.nonce).hex()))
        for seat in seats:
            seat.seal(Seal(2, "match"))
        token = KeyRing.generate().encrypt("hello")
        for sender, seat in (("p1", seats[0]), ("p2", seats[1])):
            message = seat.store(Send(sender, "1", token))
            assert {reaches(lesson, message, person) for person in ("p1", "p2")} == {token}

    def test_what_was_sent_before_a_new_round(self, lesson: Lesson) -> None:
        """A page that is still there opens what comes late with the key of the round in which it was sent."""
        rounds: list[tuple[Message, Phone, frames.Sealing]] = []
        for _ in range(ROUNDS):
            first, second = seal(lesson.classroom, "p1", "p2")
            message = post(lesson.classroom, first, "hello")
            rounds.append((message, second, state_of(seat_of(lesson.classroom, "p2"))))
            lesson.clock.now += 60
        for message, second, state in rounds:
            assert second.read(state, reaches(lesson, message, "p2")) == "hello"

    def test_what_is_kept_is_bounded(self, lesson: Lesson, room: str) -> None:
        """Two who begin anew all day, and write a lot, fill no memory: the last keys and tokens are kept."""

        def kept() -> int:
            return len([text for text in texts_within(lesson.classroom.mallory) if len(text) > 40])

        sizes = []
        for _ in range(4):
            for _ in range(ROUNDS):
                first, _ = seal(lesson.classroom, "p1", "p2")
                for _ in range(20):
                    reaches(lesson, post(lesson.classroom, first), "p2")
                lesson.clock.now += 60
            sizes.append(kept())
        for _ in range(TOKENS // 20):
            for _ in range(20):
                reaches(lesson, post(lesson.classroom, first), "p2")
            lesson.clock.now += 60
        sizes.append(kept())
        assert sizes[-1] <= TOKENS + 10
        assert sizes[0] < sizes[-1], "else there would be nothing to count"
        raw = [text for text in texts_within(lesson.classroom.mallory) if isinstance(text, bytes)]
        assert len(raw) == 3 * ROUNDS, "a nonce of hers and two public keys for each round"

    def test_without_her_nothing_is_touched(self, lesson: Lesson) -> None:
        """In the other room, and in this one when she is out: she has no key of these."""
        lesson.desk.put_mallory(lesson.room_of("p1"), there=False)
        for pair in (("p1", "p2"), ("p3", "p4")):
            first, second = seal(lesson.classroom, *pair)
            message = post(lesson.classroom, first, "hello")
            assert reaches(lesson, message, second.me) == message.token
            assert second.read(state_of(seat_of(lesson.classroom, second.me)), message.token) == "hello"
        assert not [each for each in texts_within(lesson.classroom.mallory) if isinstance(each, bytes)]


class TestDesk:
    """The teacher puts her there and sees who noticed."""

    def test_out_she_forgets(self, lesson: Lesson, room: str) -> None:
        """Her keys and tokens in that room, and in no other one; also where nothing was sealed with her."""
        other = lesson.room_of("p3")
        lesson.desk.put_mallory(other, there=True)
        for pair in (("p1", "p2"), ("p3", "p4")):
            first, second = seal(lesson.classroom, *pair)
            state = state_of(seat_of(lesson.classroom, second.me))
            message = post(lesson.classroom, first, "hello")
            assert second.read(state, reaches(lesson, message, second.me)) == "hello"
        kept = texts_within(lesson.classroom.mallory)
        lesson.desk.put_mallory(room, there=False)
        left = texts_within(lesson.classroom.mallory)
        assert len([*left]) * 2 < len([*kept]) + 4, "half of it went"
        assert reaches(lesson, message, "p4") != message.token
        [theirs] = [each for each in lesson.room(room).conversation.view().messages if each.sender == "p1"]
        assert reaches(lesson, theirs, "p2") == theirs.token
        lesson.desk.put_mallory(other, there=False)
        assert not [text for text in texts_within(lesson.classroom.mallory) if len(text) > 20]

    def test_who_noticed(self, lesson: Lesson, room: str) -> None:
        """Not compared yet until both agree or one says that they differ."""
        desk, other = lesson.desk, lesson.room_of("p3")
        assert desk.comparisons() == {room: Comparison.NOT_COMPARED}
        desk.put_mallory(other, there=True)
        compare(lesson.classroom, "p1", "p2")
        seat_of(lesson.classroom, "p2").seal(Seal(1, "match"))
        assert desk.comparisons() == dict.fromkeys((room, other), Comparison.NOT_COMPARED)
        seat_of(lesson.classroom, "p1").seal(Seal(1, "differ"))
        seal(lesson.classroom, "p3", "p4")
        assert desk.comparisons() == {room: Comparison.NOTICED, other: Comparison.NOT_NOTICED}
        compare(lesson.classroom, "p1", "p2")
        assert desk.comparisons()[room] is Comparison.NOTICED
        desk.put_mallory(room, there=False)
        assert desk.comparisons() == {other: Comparison.NOT_NOTICED}
        desk.put_mallory(room, there=True)
        assert desk.comparisons()[room] is Comparison.NOT_COMPARED

    def test_what_came_last_counts(self, lesson: Lesson, room: str) -> None:
        """A page that is loaded anew changes nothing; who seals the room all the same has noticed in vain."""

        def outcome() -> Comparison:
            return lesson.desk.comparisons()[room]

        seal(lesson.classroom, "p1", "p2")
        assert outcome() is Comparison.NOT_NOTICED
        compare(lesson.classroom, "p1", "p2")
        assert outcome() is Comparison.NOT_NOTICED, "they wrote, and one page was loaded anew"
        seat_of(lesson.classroom, "p1").seal(Seal(2, "differ"))
        assert outcome() is Comparison.NOTICED
        for _ in range(2):
            phones = compare(lesson.classroom, "p2", "p1")
            number = state_of(seat_of(lesson.classroom, "p2")).round
            assert outcome() is (Comparison.NOTICED if number == 3 else Comparison.SEALED_ALL_THE_SAME)
            for phone in phones:
                seat_of(lesson.classroom, phone.me).seal(Seal(number, "match"))
            assert outcome() is Comparison.SEALED_ALL_THE_SAME
        compare(lesson.classroom, "p1", "p2")
        seat_of(lesson.classroom, "p2").seal(Seal(5, "differ"))
        assert outcome() is Comparison.NOTICED

    def test_to_notice_nobody(self, lesson: Lesson) -> None:
        """Who says that they differ where she is not has noticed nobody."""
        compare(lesson.classroom, "p3", "p4")
        seat_of(lesson.classroom, "p3").seal(Seal(1, "differ"))
        there = lesson.room_of("p3")
        lesson.desk.put_mallory(there, there=True)
        assert lesson.desk.comparisons()[there] is Comparison.NOT_COMPARED

    @pytest.mark.parametrize("there", [True, False])
    def test_all_has_to_begin_again(self, lesson: Lesson, *, there: bool) -> None:
        """Steps of the round before are refused, and where it was sealed nobody writes for this server."""
        pair = ("p3", "p4") if there else ("p1", "p2")
        room = lesson.room_of(pair[0])
        first, _ = seal(lesson.classroom, *pair)
        woken: list[int] = []
        lesson.seat(pair[0], room).subscribe(lambda: woken.append(1))
        lesson.desk.put_mallory(room, there=there)
        assert woken
        state = state_of(seat_of(lesson.classroom, pair[0]))
        assert (state.round, state.first, state.since, state.refusal) == (1, "", 0, "")
        seat = seat_of(lesson.classroom, pair[0])
        for step in (Seal(1, "match"), first.begin(1), first.begin(3)):
            with pytest.raises(SealingRefused):
                seat.seal(step)
        assert lesson.seat(pair[0], room).closed
        seal(lesson.classroom, *pair)
        assert lesson.room(room).sealing.round == 2

    def test_as_it_is_already(self, lesson: Lesson, room: str) -> None:
        """Nothing changes, nor for a room that is not there, or the one of everyone."""
        seal(lesson.classroom, "p1", "p2")
        before = lesson.classroom.view()
        lesson.desk.put_mallory(room, there=True)
        lesson.desk.put_mallory("no room", there=True)
        lesson.desk.put_mallory(lesson.everyone, there=True)
        assert lesson.classroom.view() is before
        lesson.desk.close()
        for name in (room, "no room"):
            with pytest.raises(ClassEnded):
                lesson.desk.put_mallory(name, there=True)
        assert lesson.desk.comparisons() == {}

    def test_nobody_else_is_told(self, lesson: Lesson, room: str) -> None:
        """The wall and both phones are told the same as if she were not there."""
        seal(lesson.classroom, "p1", "p2")
        told: list[object] = [wall_frame(lesson.classroom)]
        for person in ("p1", "p2"):
            for seat in (seat_of(lesson.classroom, person), lesson.seat(person, room)):
                told += [seat.people(), seat.sealing(), seat.room_frame(seat.conversation.head())]
        for frame in told:
            assert "mallory" not in (frames.encode(frame) if isinstance(frame, frames.Frame) else "").lower()

    def test_her_keys_are_nowhere_else(self, lesson: Lesson, room: str) -> None:
        """Not in the state, in nothing that is printed, and forgotten with the class."""
        first, _ = seal(lesson.classroom, "p1", "p2")
        post(lesson.classroom, first)
        seat = seat_of(lesson.classroom, "p2")
        reaches(lesson, seat.conversation.view().messages[0], "p2")
        opening = state_of(seat).opening
        mallory = lesson.classroom.mallory
        kept = [each.hex() for each in texts_within(mallory) if isinstance(each, bytes)]
        assert opening[64:] in kept, "the search finds what is there"
        view = lesson.classroom.view()
        printed = f"{view!r} {pprint.pformat(view.rooms)} {mallory!r} {seat!r}"
        assert opening[:64] not in printed
        assert opening[64:] not in printed
        lesson.desk.close()
        assert not [text for text in texts_within(mallory) if len(text) > 20]


def test_a_seat_of_another_page_takes_no_step(lesson: Lesson, room: str) -> None:
    """The class's own page is told nothing of it."""
    assert lesson.seat("p1", room).sealing() is None
    assert isinstance(seat_of(lesson.classroom, "p1"), SealingSeat)
