"""The live feed over classes, served as the app serves it: what is told of messages and people."""

from __future__ import annotations

import json
import time
from socket import SHUT_RDWR

import pytest

from securechat.classroom import TEACHER
from securechat.classroom.people import WRITING_SECONDS
from tests.core.class_feed import School, eventually, is_gone, people, school
from tests.core.classes import Lesson
from tests.feed import receive, receive_until, told_of, transmit

CANARY = "the canary sings at dawn"


class TestMessages:
    """Whoever sits in a room gets what is written in it."""

    def test_first_what_was_missed_then_what_comes(self, served: School, lesson: Lesson, room: str) -> None:
        """Messages, the state of the room, the people; then each new message, as ciphertext."""
        for number in range(3):
            lesson.say("p2", f"{CANARY} {number}", room)
        with served.enter(room, "p1", after=1) as reader:
            frames = receive_until(reader, "people")
            assert [frame["type"] for frame in frames] == ["message", "message", "room", "people"]
            assert frames[:2] == [told_of(each) for each in lesson.store.view(room).messages[1:]]
            message = lesson.say("p2", CANARY, room)
            assert receive_until(reader, "message")[-1] == told_of(message)
        assert CANARY not in json.dumps(frames)

    def test_a_text_only_with_a_ticket_of_somebody_who_reads(
        self, served: School, lesson: Lesson, room: str
    ) -> None:
        """Side by side: who reads with their key gets it, and the partner gets ciphertext alone."""
        with served.enter(room, "p1", reads=True) as reader, served.enter(room, "p2") as other:
            for socket in (reader, other):
                people(socket)
            message = lesson.say("p2", CANARY, room)
            assert receive_until(reader, "message")[-1] == {**told_of(message), "text": CANARY}
            assert receive_until(other, "message")[-1] == told_of(message)

    def test_private_messages(self, served: School, lesson: Lesson) -> None:
        """With everyone, sender and recipient get the text; others, and the teacher, do not."""
        lesson.say("p1", CANARY, to="p2")
        texts = {}
        for holder in ("p1", "p2", "p3", TEACHER):
            with served.enter(lesson.everyone, holder, reads=True) as reader:
                texts[holder] = receive(reader).get("text")
        assert texts == {"p1": CANARY, "p2": CANARY, "p3": None, TEACHER: None}

    def test_hidden_recipients(self, served: School, lesson: Lesson) -> None:
        """Where that is hidden, only the two and the teacher are told to whom a private message goes."""
        lesson.desk.allow(shows_recipients=False)
        lesson.say("p1", CANARY, to="p2")
        told = {}
        for holder in ("p1", "p2", "p3", TEACHER):
            with served.enter(lesson.everyone, holder, reads=True) as reader:
                told[holder] = receive(reader)["to"]
        assert told == {"p1": "p2", "p2": "p2", "p3": "", TEACHER: "p2"}

    def test_rooms_are_apart(self, served: School, lesson: Lesson, room: str) -> None:
        """Nothing of one room comes in another."""
        with served.enter(lesson.room_of("p3"), "p3") as other:
            people(other)
            lesson.say("p1", "elsewhere", room)
            message = lesson.say("p4", "here", lesson.room_of("p4"))
            assert receive_until(other, "message")[-1] == told_of(message)

    def test_an_open_room_tells_of_no_people(self, served: School) -> None:
        """The front page's room is as it was: without a ticket, and without a frame about people."""
        with served.open("/api/rooms/demo/live") as socket:
            assert receive(socket)["type"] == "room"
            socket.send(json.dumps({"type": "writing"}))
            answer = transmit(socket, "p1", "x", "1")
            assert answer["error"] == "InvalidMessage"


class TestSending:
    """Whoever holds the key of the room can send under their own name."""

    def test_reconnecting_is_exact(self, served: School, lesson: Lesson, room: str) -> None:
        """Sent, dropped before the answer, sent again: stored once, and what was missed comes once."""
        token = lesson.room(room).conversation.keyring.encrypt("hello")
        frame = {"type": "send", "sender": "p1", "token": token, "client_id": "mine"}
        with served.enter(room, "p1") as socket:
            people(socket)
            socket.send(json.dumps(frame))
            socket.socket.shutdown(SHUT_RDWR)  # without waiting for the answer
        assert eventually(lambda: lesson.store.view(room).last_id == 1)
        lesson.say("p2", "meanwhile", room)
        with served.enter(room, "p1", after=1) as socket:
            assert [each.get("id") for each in receive_until(socket, "room")] == [2, None]
            for _ in range(2):
                assert transmit(socket, "p1", token, "mine") == {
                    "type": "stored",
                    "client_id": "mine",
                    "id": 1,
                }
        assert [message.id for message in lesson.store.view(room).messages] == [1, 2]

    def test_while_writing_is_paused(self, served: School, lesson: Lesson, room: str) -> None:
        """The sender is told; nothing is stored; the connection stays; the teacher writes to everyone."""
        everyone = lesson.room(lesson.everyone).conversation.keyring
        with served.enter(room, "p1") as socket, served.enter(lesson.everyone, TEACHER) as teacher:
            token = lesson.room(room).conversation.keyring.encrypt("hello")
            lesson.desk.allow(locked=True)
            assert transmit(socket, "p1", token, "1")["error"] == "WritingLocked"
            assert transmit(teacher, TEACHER, everyone.encrypt("listen"), "1")["type"] == "stored"
            lesson.desk.allow(locked=False)
            assert transmit(socket, "p1", token, "1")["id"] == 1

    def test_a_flood_is_told_and_limits_nobody_else(self, served: School, lesson: Lesson) -> None:
        """To everyone, six messages in ten seconds; the partner sends as many."""
        keyring = lesson.room(lesson.everyone).conversation.keyring
        with served.enter(lesson.everyone, "p1") as flood, served.enter(lesson.everyone, "p2") as calm:
            answers = [transmit(flood, "p1", keyring.encrypt("x"), str(number)) for number in range(9)]
            assert [answer["type"] for answer in answers] == ["stored"] * 6 + ["error"] * 3
            assert answers[-1]["error"] == "TooFast"
            answers = [transmit(calm, "p2", keyring.encrypt("x"), str(number)) for number in range(6)]
            assert [answer["id"] for answer in answers] == list(range(7, 13))

    @pytest.mark.parametrize(
        "sender", ["p2", "p3", TEACHER, "", "P1", "p1 ", "p1\x00", "../p1", "\ud800", "A", "x" * 1_000]
    )
    def test_nobody_sends_as_somebody_else(
        self, served: School, lesson: Lesson, room: str, sender: str
    ) -> None:
        """Over one's own connection, under the partner's, the teacher's or no name: nothing is stored."""
        keyring = lesson.room(room).conversation.keyring
        with served.enter(room, "p1") as socket:
            answer = transmit(socket, sender, keyring.encrypt("x"), "1")
            assert (answer["type"], answer["error"]) == ("error", "NotSeated")
            assert lesson.store.view(room).messages == ()
            assert transmit(socket, "p1", keyring.encrypt("x"), "2")["id"] == 1


class TestPeople:
    """Who is in the room, who is here and who is writing is told when it changes."""

    def test_who_is_here(self, served: School, lesson: Lesson, room: str) -> None:
        """Somebody is here from the moment their feed is open, and not any more when it is closed."""
        lesson.clock.now += 60
        with served.enter(room, "p1") as reader:
            assert [(one["id"], one["here"]) for one in people(reader)["people"]] == [
                ("p1", True),
                ("p2", False),
            ]
            with served.enter(room, "p2"):
                people(reader, lambda frame: frame["people"][1]["here"])
            assert eventually(lambda: is_gone(lesson, "p2"))
            lesson.classroom.tell(room)
            people(reader, lambda frame: not frame["people"][1]["here"])

    def test_who_is_writing(self, served: School, lesson: Lesson, room: str) -> None:
        """It is told to the others, not answered, and over when the message comes or a while has passed."""
        with served.enter(room, "p1") as reader, served.enter(room, "p2") as writer:
            people(writer)
            writer.send('{"type": "writing"}')
            people(reader, lambda frame: frame["people"][1]["writing"])
            token = lesson.room(room).conversation.keyring.encrypt("done")
            assert transmit(writer, "p2", token, "1")["id"] == 1
            people(reader, lambda frame: not frame["people"][1]["writing"])
            writer.send('{"type": "writing"}')
            people(reader, lambda frame: frame["people"][1]["writing"])
            lesson.clock.now += WRITING_SECONDS
            lesson.classroom.tell(room)
            people(reader, lambda frame: not frame["people"][1]["writing"])

    def test_who_stops_writing(self, lesson: Lesson, room: str) -> None:
        """Nobody says that they stop: it is told soon after, without any news."""
        with school(lesson, lull_seconds=0.05) as served, served.enter(room, "p1") as reader:
            lesson.classroom.write("p2", room)
            people(reader, lambda frame: frame["people"][1]["writing"])
            lesson.clock.now += WRITING_SECONDS
            began = time.monotonic()
            people(reader, lambda frame: not frame["people"][1]["writing"])
            assert time.monotonic() - began < 5, "long before the next ping"

    @pytest.mark.parametrize(
        "frame", ['{"type": "writing", "as": "p2"}', '{"type": "Writing"}', '["writing"]']
    )
    def test_what_only_looks_like_that(self, served: School, lesson: Lesson, room: str, frame: str) -> None:
        """Any other frame is answered as one that was not expected, and nobody is writing."""
        with served.enter(room, "p1") as socket:
            people(socket)
            socket.send(frame)
            assert receive_until(socket, "error")[-1]["error"] == "InvalidFrame"
        assert not any(lesson.classroom.presence.is_writing(person, room) for person in ("p1", "p2"))

    def test_names_and_pauses(self, served: School, lesson: Lesson, room: str) -> None:
        """A new name does not put the page out of date; a pause does, and both are told."""
        with served.enter(room, "p1") as reader:
            before = people(reader)
            lesson.desk.rename("p2", "Tim")
            renamed = people(reader, lambda frame: frame["people"][1]["name"] == "Tim")
            assert renamed["revision"] == before["revision"]
            lesson.desk.lock(room, locked=True)
            people(reader, lambda frame: frame["revision"] > before["revision"])

    def test_who_leaves_and_comes_back(self, served: School, lesson: Lesson, room: str) -> None:
        """The partner is told of both at once, without a message of anybody."""
        with served.enter(room, "p1") as reader:
            people(reader)
            lesson.classroom.leave("p2")
            assert [one["id"] for one in people(reader)["people"]] == ["p1"]
            lesson.classroom.resume(lesson.tokens["p2"])
            assert [one["id"] for one in people(reader)["people"]] == ["p1", "p2"]

    def test_a_class_that_comes_at_once(self, lesson: Lesson) -> None:
        """Of 60 who join in one moment it is told in few frames, of which the last has all."""
        with school(lesson, people_seconds=0.3) as served, served.enter(lesson.everyone, "p1") as reader:
            people(reader)
            for _ in range(60):
                lesson.join()
            frames = 1
            while len(people(reader)["people"]) < 64:
                frames += 1
        assert frames <= 3

    def test_a_seat_is_told_at_once(self, lesson: Lesson) -> None:
        """Whoever waits is told of a partner now, however long others wait to be told who has come."""
        first = lesson.join()
        with school(lesson, people_seconds=3600) as served, served.enter(lesson.everyone, first) as reader:
            revision = people(reader)["revision"]
            lesson.join()
            assert people(reader)["revision"] != revision
