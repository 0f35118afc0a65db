"""Who can read what: each room has a key of its own, and so have two people for private messages."""

from __future__ import annotations

from itertools import combinations

import pytest
from msgspec.structs import replace

from securechat.classroom import TEACHER
from securechat.crypto.keyring import KeyRing, KeySource
from securechat.errors import InvalidMessage, InvalidToken, NotSeated, SecureChatError
from securechat.frames import as_data
from tests.core.classes import Lesson, actor


def texts(lesson: Lesson, holder: str, room: str | None = None, *, reads: bool = True) -> list[str | None]:
    """Return the texts that somebody gets with the messages of a room, that of everyone unless told."""
    seat = lesson.seat(holder, room, reads=reads)
    return [seat.message_frame(message).text for message in seat.conversation.view().messages]


class TestKeysOfRooms:
    """One room's key opens nothing of another's."""

    def test_every_room_has_its_own(self) -> None:
        """Of a whole class, and of another class in the same store, each message opens in its room alone."""
        one = Lesson(6)
        other = Lesson(2, store=one.store)
        rooms = [*one.classroom.view().rooms.values(), *other.classroom.view().rooms.values()]
        assert len(rooms) == 6
        for lesson in (one, other):
            for person in lesson.classroom.view().participants:
                lesson.say(person, f"{lesson.classroom.id} {person}", lesson.room_of(person))
            lesson.say("p1", "to everyone")
        for room in rooms:
            assert room.conversation.keyring.origin.source is KeySource.ROOM
            for place in rooms:
                for message in place.conversation.view().messages:
                    if place is room:
                        assert room.conversation.keyring.decrypt(message.token)
                        continue
                    with pytest.raises(InvalidToken):
                        room.conversation.keyring.decrypt(message.token)

    def test_a_token_of_another_room_is_not_taken(self) -> None:
        """What is encrypted under the key of one room cannot be sent to another."""
        lesson = Lesson(4)
        own = lesson.room(lesson.room_of("p1")).conversation
        for room in (lesson.everyone, lesson.room_of("p3")):
            foreign = lesson.room(room).conversation.keyring.encrypt("hello")
            with pytest.raises(InvalidToken):
                own.post(actor("p1"), foreign, sender="p1")
        assert own.view().messages == ()

    def test_a_room_that_is_new_has_a_new_key(self) -> None:
        """Who changed partners cannot open what the new one writes with the key of the old room."""
        lesson = Lesson(2)
        old = lesson.room(lesson.room_of("p1")).conversation.keyring
        lesson.classroom.leave("p2")
        lesson.classroom.find_partner("p1")
        lesson.join()
        message = lesson.say("p3", "new", lesson.room_of("p3"))
        with pytest.raises(InvalidToken):
            old.decrypt(message.token)
        assert texts(lesson, "p1", lesson.room_of("p1")) == ["new"]


class TestPrivate:
    """A message to one person alone is read by the two it is between, and by nobody else in the class."""

    def test_only_the_two_get_the_text(self) -> None:
        """Also who reads with their key, and the teacher, get the token and no text."""
        lesson = Lesson(4)
        lesson.say("p1", "for all")
        lesson.say("p1", "for p2", to="p2")
        lesson.say("p2", "back", to="p1")
        assert texts(lesson, "p1") == texts(lesson, "p2") == ["for all", "for p2", "back"]
        assert texts(lesson, "p3") == texts(lesson, "p4") == ["for all", None, None]
        assert texts(lesson, TEACHER) == ["for all", None, None]

    def test_without_reading_nobody_gets_a_text(self) -> None:
        """As long as somebody does not ask to read, there is ciphertext, also of their own messages."""
        lesson = Lesson(2)
        lesson.say("p1", "for all")
        lesson.say("p1", "for p2", to="p2")
        for holder in ("p1", "p2", TEACHER):
            assert texts(lesson, holder, reads=False) == [None, None]

    def test_others_have_no_key_for_it(self) -> None:
        """The keys of the two open it; those of the room, of every other two, and of other people do not."""
        lesson = Lesson(4)
        message = lesson.say("p1", "for p2", to="p2")
        keyrings = {
            holder: lesson.seat(holder).keyring_for(message) for holder in ("p1", "p2", "p3", TEACHER)
        }
        assert keyrings["p3"] is keyrings[TEACHER] is None
        own = keyrings["p1"]
        assert own is not None
        assert own is keyrings["p2"]
        assert own.decrypt(message.token) == "for p2"
        assert own.origin.source is KeySource.PAIR
        with pytest.raises(InvalidToken):
            lesson.room(lesson.everyone).conversation.keyring.decrypt(message.token)

    def test_every_two_have_a_key_of_their_own(self) -> None:
        """Among five people and the teacher there are 15 different keys, the same in both directions."""
        lesson = Lesson(5)
        conversation = lesson.room(lesson.everyone).conversation
        keys = set()
        for one, other in combinations([TEACHER, "p1", "p2", "p3", "p4", "p5"], 2):
            there, back = lesson.say(one, "there", to=other), lesson.say(other, "back", to=one)
            keyring = conversation.keyring_for(there)
            assert keyring is conversation.keyring_for(back)
            assert [keyring.decrypt(each.token) for each in (there, back)] == ["there", "back"]
            keys.add(keyring.primary)
            lesson.clock.now += 10
        assert len(keys) == 15
        assert conversation.keyring.primary not in keys

    def test_the_same_two_in_another_class(self) -> None:
        """The key is of this class: p1 and p2 of another one have another."""
        keys = set()
        for lesson in (Lesson(2), Lesson(2)):
            message = lesson.say("p1", "for p2", to="p2")
            keyring = lesson.seat("p1").keyring_for(message)
            assert keyring is not None
            keys.add(keyring.primary)
        assert len(keys) == 2

    @pytest.mark.parametrize("recipient", ["p1", "p9", "", "P2", "p3", "p4", "everyone"])
    def test_whom_it_cannot_be_for(self, recipient: str) -> None:
        """Oneself, somebody unknown, who has left and who was removed are refused; nothing is stored."""
        lesson = Lesson(4)
        lesson.classroom.leave("p3")
        lesson.desk.remove("p4")
        with pytest.raises(InvalidMessage):
            lesson.say("p1", "hello", to=recipient)
        assert lesson.store.view(lesson.everyone).messages == ()

    def test_in_the_room_of_a_pair_there_are_none(self) -> None:
        """There everything is for everybody in it."""
        lesson = Lesson(2)
        with pytest.raises(InvalidMessage):
            lesson.say("p1", "hello", lesson.room_of("p1"), to="p2")

    def test_a_third_cannot_send_in_between(self) -> None:
        """Who is not in the class sends nothing privately; the teacher can be written to and writes."""
        lesson = Lesson(2)
        for sender in ("p9", ""):
            with pytest.raises(NotSeated):
                lesson.say(sender, "hello", to="p1")
        assert lesson.say("p1", "hello", to=TEACHER).recipient == TEACHER
        assert texts(lesson, TEACHER) == ["hello"]
        assert texts(lesson, "p2") == [None]

    def test_it_stays_readable_for_the_two(self) -> None:
        """After one of them left, was renamed or removed, the other still reads it; nobody else does."""
        lesson = Lesson(3)
        lesson.say("p1", "for p2", to="p2")
        lesson.classroom.leave("p1")
        assert texts(lesson, "p2") == ["for p2"]
        lesson.desk.rename("p1", "Tim")
        lesson.desk.remove("p1")
        lesson.join()
        assert texts(lesson, "p2") == ["for p2"]
        assert [texts(lesson, person) for person in ("p3", "p4")] == [[None], [None]]


class TestRecipients:
    """To whom a private message goes is shown to all, unless the teacher hides that."""

    def test_it_is_told_to_all_at_first(self) -> None:
        """Everybody sees from whom to whom; a message for everybody has no recipient."""
        lesson = Lesson(3)
        frames = [
            lesson.seat(holder).message_frame(lesson.say("p1", "hello", to=to))
            for holder, to in (("p1", "p2"), ("p2", "p2"), ("p3", "p2"), (TEACHER, "p2"), ("p3", None))
        ]
        assert [frame.to for frame in frames] == ["p2", "p2", "p2", "p2", None]

    def test_hidden_it_is_told_to_the_two_and_the_teacher(self) -> None:
        """For others it is empty, so that they still see that it is private; also for older messages."""
        lesson = Lesson(3)
        message = lesson.say("p1", "hello", to="p2")
        public = lesson.say("p1", "hello")
        lesson.desk.allow(shows_recipients=False)
        told = {
            holder: lesson.seat(holder).message_frame(message).to for holder in ("p1", "p2", "p3", TEACHER)
        }
        assert told == {"p1": "p2", "p2": "p2", "p3": "", TEACHER: "p2"}
        assert lesson.seat("p3").message_frame(public).to is None
        frame = lesson.seat("p3", reads=True).message_frame(message)
        assert "p2" not in as_data(frame).values()


class TestTextsInFrames:
    """What is told with its text is told safely."""

    def test_what_acts_is_spelt_out(self) -> None:
        """Direction overrides and escapes in a text are visible, as on every page."""
        lesson = Lesson(2)
        lesson.say("p1", "a\u202eb\x1b[1m\nc")
        assert texts(lesson, "p2") == ["a⟨U+202E⟩b⟨U+001B⟩[1m\nc"]

    def test_what_no_key_opens_any_more(self) -> None:
        """After the room's keys were changed without the old ones, such a message is shown encrypted."""
        lesson = Lesson(2)
        lesson.say("p1", "old")
        lesson.say("p1", "for p2", to="p2")
        conversation = lesson.room(lesson.everyone).conversation
        conversation.change_keys(lambda _: KeyRing.generate())
        lesson.say("p1", "new")
        assert texts(lesson, "p2") == [None, "for p2", "new"]

    def test_re_encryption_leaves_private_messages(self) -> None:
        """Under a new key of the room all others open; the private ones keep their tokens."""
        lesson = Lesson(2)
        lesson.say("p1", "old")
        private = lesson.say("p1", "for p2", to="p2")
        conversation = lesson.room(lesson.everyone).conversation
        conversation.change_keys(KeyRing.rotated)
        assert conversation.reencrypt().changed == 1
        assert conversation.view().find(private.id) == private
        assert texts(lesson, "p2") == ["old", "for p2"]


def test_everything_of_a_message_but_its_text_is_what_anybody_sees() -> None:
    """The frame of who reads is the one of who does not, with the text."""
    lesson = Lesson(2)
    for to in (None, "p2"):
        message = lesson.say("p1", "hello", to=to)
        plain = lesson.seat("p2").message_frame(message)
        assert lesson.seat("p2", reads=True).message_frame(message) == replace(plain, text="hello")
        assert "hello" not in str(plain)


def test_nothing_opens_after_the_end() -> None:
    """The keys of any two are forgotten with the class; asking for them is refused with an error of ours."""
    lesson = Lesson(2)
    message = lesson.say("p1", "hello", to="p2")
    seat = lesson.seat("p1", reads=True)
    lesson.desk.close()
    assert seat.keyring_for(message) is None
    assert seat.message_frame(message).text is None
    with pytest.raises(SecureChatError):
        seat.conversation.keyring_for(message)
