"""The live feed over classes: two phones seal their room by it, and others cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from securechat.classroom import Comparison, SealRule, Ticket
from securechat.crypto.keyring import KeyRing
from securechat.errors import RoomSealed
from securechat.frames import Seal, encode
from tests.core.class_feed import School, people, school
from tests.core.classes import Lesson
from tests.feed import Frame, ask, close_code, receive, receive_until, write
from tests.sealing import Client, Phone, compare, post, seal, seat_of

CANARY = "the canary sings at noon"


@contextmanager
def two(served: School, room: str) -> Iterator[tuple[Client, Client]]:
    """Open the feed of both phones."""
    with served.seal(room, "p1") as one, served.seal(room, "p2") as other:
        yield Client(one, Phone("p1")), Client(other, Phone("p2"))


def refusal(frame: Frame) -> str:
    """Return the code of an error that says what is wrong in a sentence, and nothing of a message."""
    assert frame["type"] == "error"
    assert frame["message"].endswith((".", "”."))
    assert "client_id" not in frame
    return str(frame["error"])


class TestTwoPhones:
    """From the first step to a text that only the two read."""

    def test_all_of_it(self, served: School, lesson: Lesson, room: str) -> None:
        """Each phone does its steps as states come; both show the same, and one reads what the other says."""
        with two(served, room) as (first, second):
            first.begin()
            second.wait("commitment")
            first.wait("opening")
            states = [phone.wait("opening") for phone in (first, second)]
            assert first.phone.emoji(states[0]) == second.phone.emoji(states[1])
            second.say("match")
            first.say("match")
            answer = first.post(CANARY, "mine")
            assert answer == {"type": "stored", "client_id": "mine", "id": 1}
            assert second.read(1) == CANARY
            assert second.post("and back", "mine too")["id"] == 2
            assert first.read(2) == "and back"
            assert second.wait("since").since == 1
        tokens = [message.token for message in lesson.store.view(room).messages]
        assert tokens == [second.tokens[1], first.tokens[2]]

    def test_first_of_all(self, served: School, lesson: Lesson, room: str) -> None:
        """Where it stands is told before all else, whole, also to who comes late or comes back."""
        lesson.say("p1", "before", room)
        compare(lesson.classroom, "p2", "p1")
        with served.seal(room, "p1") as page:
            told = receive_until(page, "room")
        assert [frame["type"] for frame in told] == ["sealing", "message", "room"]
        there = lesson.room(room).sealing
        assert (told[0]["first"], told[0]["second"], told[0]["me"]) == ("p2", "p1", "p1")
        assert (told[0]["commitment"], told[0]["answer"]) == (there.commitment, there.answer)
        assert told[0]["opening"] == there.opening

    def test_a_ticket_from_before_they_left(self, served: School, lesson: Lesson, room: str) -> None:
        """It stands in the history of the browser still. Who comes back to their seat needs another one."""
        paths = [f"/api/rooms/{room}/live?after=0&ticket={served.ticket(room, 'p1', seals=True)}"]
        with served.open(paths[0]) as page:
            assert receive(page)["type"] == "sealing"
            lesson.classroom.leave("p1")
            assert close_code(page) == 4003
        assert served.answer(paths[0])[0] == 404
        lesson.classroom.resume(lesson.tokens["p1"])
        assert served.answer(paths[0])[0] == 404
        ticket = served.application.tickets.issue(Ticket(room, "p1", seals=True, departures=1))
        with served.open(f"/api/rooms/{room}/live?after=0&ticket={ticket}") as page:
            assert receive(page)["type"] == "sealing"

    def test_what_is_taken_is_not_answered(self, served: School, room: str) -> None:
        """The next frame is the new state; sent once more, there is none."""
        step = Phone("p1").begin(1)
        with served.seal(room, "p1") as page:
            receive_until(page, "people")
            for _ in range(2):
                page.send(encode(step))
            page.send(encode(Seal(1, "differ")))
            told = receive_until(page, "error")
        assert [frame["type"] for frame in told if frame["type"] != "people"] == ["sealing", "error"]
        assert refusal(told[-1]) == "SealingRefused"

    def test_the_rule_is_told(self, served: School, lesson: Lesson, room: str) -> None:
        """When the teacher forbids it, both are told why, at once."""
        with served.seal(room, "p1") as page:
            assert receive_until(page, "sealing")[-1]["refusal"] == ""
            lesson.desk.allow(seal_rule=SealRule.FORBIDDEN)
            assert "teacher" in receive_until(page, "sealing")[-1]["refusal"]
            page.send(encode(Phone("p1").begin(1)))
            assert refusal(receive_until(page, "error")[-1]) == "SealingRefused"

    def test_the_class_page_is_told(self, served: School, lesson: Lesson, room: str) -> None:
        """On the class's own page the room is closed then, and says why; tokens still come, and no texts."""
        lesson.say("p2", "before", room)
        with served.enter(room, "p1", reads=True) as page:
            assert receive_until(page, "message")[-1]["text"] == "before"
            assert "closed" not in receive_until(page, "room")[-1]
            first, _ = seal(lesson.classroom, "p1", "p2")
            assert receive_until(page, "room")[-1]["closed"] == RoomSealed.reason
            assert write(page, "p1", CANARY, "1")["error"] == "RoomSealed"
            message = post(lesson.classroom, first, CANARY)
            told = receive_until(page, "message")[-1]
        assert told["token"] == message.token
        assert "text" not in told

    def test_a_new_ticket_is_for_the_same(self, lesson: Lesson, room: str) -> None:
        """Who comes back with a renewed ticket seals on."""
        with school(lesson, renew_seconds=0.05) as served:
            with served.seal(room, "p1") as page:
                renewed = receive_until(page, "ticket")[-1]["ticket"]
            with served.open(f"/api/rooms/{room}/live?after=0&ticket={renewed}") as page:
                assert receive(page)["type"] == "sealing"


class TestMallory:
    """With Mallory in between, as by the feed."""

    def test_two_who_do_not_compare(self, served: School, lesson: Lesson, room: str) -> None:
        """Both say that the emoji match, though they differ: they write to each other, and never know."""
        lesson.desk.put_mallory(room, there=True)
        with two(served, room) as (first, second):
            first.begin()
            second.wait("commitment")
            states = first.wait("opening"), second.wait("opening")
            assert first.phone.emoji(states[0]) != second.phone.emoji(states[1])
            second.say("match")
            first.say("match")
            assert first.post(CANARY, "mine")["id"] == 1
            assert second.read(1) == CANARY
            assert second.post("and back", "mine too")["id"] == 2
            assert first.read(2) == "and back"
            assert first.tokens[2] != second.tokens.get(2)
        with served.seal(room, "p2") as again:
            assert receive_until(again, "message")[-1]["token"] == second.tokens[1]

    def test_one_who_compares(self, served: School, lesson: Lesson, room: str) -> None:
        """It is told to both who said it, and nothing is sealed."""
        lesson.desk.put_mallory(room, there=True)
        with two(served, room) as (first, second):
            first.begin()
            second.wait("commitment")
            first.wait("opening")
            second.say("differ")
            assert [phone.wait("differs").differs for phone in (first, second)] == ["p2", "p2"]
        assert lesson.room(room).comparison is Comparison.NOTICED
        assert lesson.room(room).sealed_since == 0


class TestOthers:
    """Who does not sit there, or came by another way, cannot."""

    def test_without_a_ticket_for_it(self, served: School, lesson: Lesson, room: str) -> None:
        """The class's own page is told nothing of it, takes no step, and posts no token of another key."""
        compare(lesson.classroom, "p1", "p2")
        with served.enter(room, "p1") as page:
            told = receive_until(page, "people")
            for step in (Seal(1, "match"), Seal(1, "differ"), Phone("p1").begin(2)):
                assert refusal(ask(page, json.loads(encode(step)))) == "SealingRefused"
            seal(lesson.classroom, "p1", "p2")
            told += receive_until(page, "room")
            sent = {"type": "send", "sender": "p1", "token": KeyRing.generate().encrypt(CANARY)}
            assert ask(page, {**sent, "client_id": "1"})["error"] == "RoomSealed"
        assert "sealing" not in {frame["type"] for frame in told}
        assert lesson.store.view(room).messages == ()

    def test_a_ticket_for_elsewhere(self, served: School, lesson: Lesson, room: str) -> None:
        """Of another pair, of the room of everyone, of nobody there: like a room that does not exist."""
        other = lesson.room_of("p3")
        for place, holder, asked in (
            (other, "p3", room),
            (room, "p3", room),
            (room, "p9", room),
            (room, "teacher", room),
            (lesson.everyone, "p1", room),
            (lesson.everyone, "p1", lesson.everyone),
            (lesson.everyone, "teacher", lesson.everyone),
        ):
            ticket = served.ticket(place, holder, seals=True)
            status, _ = served.answer(f"/api/rooms/{asked}/live?ticket={ticket}")
            assert status == 404, (place, holder, asked)

    def test_a_third(self, served: School, lesson: Lesson) -> None:
        """Who sits there as the third is told why, and changes nothing."""
        third = lesson.join()
        lesson.classroom.settle(at_once=True)
        room = lesson.room_of(third)
        with served.seal(room, third) as page:
            assert "Only two" in receive(page)["refusal"]
            page.send(encode(Phone(third).begin(1)))
            assert refusal(receive_until(page, "error")[-1]) == "SealingRefused"
        assert lesson.room(room).sealing.round == 0

    def test_who_loses_the_seat(self, served: School, lesson: Lesson, room: str) -> None:
        """Is let go, and told nothing of what comes after."""
        with served.seal(room, "p1") as page:
            receive_until(page, "people")
            lesson.desk.remove("p1")
            assert close_code(page) == 4003

    def test_steps_of_the_other_one(self, served: School, lesson: Lesson, room: str) -> None:
        """Nobody answers themselves, opens what the other committed to, or says anything out of turn."""
        answer, opening = "ab" * 32, "cd" * 64
        with served.seal(room, "p1") as page:
            page.send(encode(Phone("p1").begin(1)))
            for step in (
                Seal(1, "answer", answer),
                Seal(1, "open", opening),
                Seal(1, "match"),
                Seal(2, "answer", answer),
                Seal(3, "begin", answer),
                Seal(1, "begin", answer),
            ):
                page.send(encode(step))
                assert refusal(receive_until(page, "error")[-1]) == "SealingRefused"
            seat_of(lesson.classroom, "p2").seal(Seal(1, "answer", answer))
            page.send(encode(Seal(1, "open", opening)))
            frame = receive_until(page, "error")[-1]
            assert "another public key" in frame["message"]
        assert (lesson.room(room).sealing.round, lesson.room(room).sealing.opening) == (1, "")

    def test_in_the_others_name(self, served: School, lesson: Lesson, room: str) -> None:
        """A phone posts as its owner alone, and no text for the server to encrypt."""
        first, _ = seal(lesson.classroom, "p1", "p2")
        token = post(lesson.classroom, first).token
        with served.seal(room, "p1") as page:
            people(page)
            for sender in ("p2", "p3", "teacher", "", "P1"):
                sent = {"type": "send", "sender": sender, "token": token, "client_id": "1"}
                assert ask(page, sent)["error"] == "NotSeated"
            assert write(page, "p1", CANARY, "2")["error"] == "NoServerKey"
        assert len(lesson.store.view(room).messages) == 1
