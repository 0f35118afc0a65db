"""Who may do what in the rooms of a class."""

from __future__ import annotations

import pytest

from securechat.classroom import TEACHER
from securechat.classroom.policy import ClassPolicy
from securechat.crypto.keyring import KeyRing
from securechat.errors import (
    ClassEnded,
    InvalidMessage,
    KeyNeeded,
    NotSeated,
    OwnRoomOnly,
    PresenterOnly,
    RoomSealed,
    SecureChatError,
    WritingLocked,
)
from securechat.rooms.policy import ANYBODY, About, Action, Actor
from tests.core.classes import Lesson, actor
from tests.sealing import seal

OWN = {Action.READ, Action.WRITE, Action.OPEN, Action.CHANGE_KEYS, Action.REPLAY}
EVERYONE = {Action.READ, Action.WRITE, Action.OPEN}
TEACHERS = {Action.CLEAR, Action.LOCK, Action.MANAGE}


@pytest.fixture
def lesson() -> Lesson:
    """Four people in two rooms."""
    return Lesson(4)


def allowed(lesson: Lesson, by: Actor, room: str) -> set[Action]:
    """Return what somebody may do in a room."""
    return {action for action in Action if lesson.classroom.policy.allows(by, action, room)}


def test_what_each_may(lesson: Lesson) -> None:
    """In the own room all but ruling, in that of everyone no keys and no replay; elsewhere nothing."""
    own = lesson.room_of("p1")
    assert allowed(lesson, actor("p1"), own) == OWN
    assert allowed(lesson, actor("p3"), own) == set()
    assert allowed(lesson, actor("p3"), lesson.everyone) == EVERYONE
    assert allowed(lesson, actor(TEACHER), own) == TEACHERS
    assert allowed(lesson, actor(TEACHER), lesson.everyone) == EVERYONE | TEACHERS
    for by in (ANYBODY, Actor(TEACHER), Actor("p9"), Actor("p1 "), Actor("P1"), Actor(own)):
        for room in (own, lesson.everyone, "", "demo"):
            assert allowed(lesson, by, room) == set()


def test_the_presenters_right_is_no_seat(lesson: Lesson) -> None:
    """Who sits nowhere reads nowhere, presenter or not."""
    assert allowed(lesson, Actor(is_presenter=True), lesson.everyone) == TEACHERS
    assert allowed(lesson, Actor("p1", is_presenter=True), lesson.room_of("p1")) == OWN


@pytest.mark.parametrize("everywhere", [True, False])
def test_while_writing_is_paused(lesson: Lesson, everywhere: bool) -> None:
    """Nobody writes or replays; the rest goes on, and the teacher writes."""
    own = lesson.room_of("p1")
    if everywhere:
        lesson.desk.allow(locked=True)
    else:
        lesson.desk.lock(own, locked=True)
        lesson.desk.lock(lesson.everyone, locked=True)
    policy = lesson.classroom.policy
    for action in (Action.WRITE, Action.REPLAY):
        with pytest.raises(WritingLocked):
            policy.check(actor("p1"), action, own)
    assert policy.closed(actor("p1"), own) == WritingLocked.reason
    assert policy.closed(actor(TEACHER), lesson.everyone) == ""
    assert allowed(lesson, actor("p1"), own) == OWN - {Action.WRITE, Action.REPLAY}
    assert Action.WRITE in allowed(lesson, actor(TEACHER), lesson.everyone)


def test_what_each_may_in_a_sealed_room(lesson: Lesson) -> None:
    """Read, open what was before, and write what their phones have encrypted. The teacher rules as ever."""
    seal(lesson.classroom, "p1", "p2")
    own, policy = lesson.room_of("p1"), lesson.classroom.policy
    for person in ("p1", "p2"):
        assert allowed(lesson, actor(person), own) == {Action.READ, Action.OPEN}
        assert policy.allows(actor(person), Action.WRITE, own, About(sender=person, sealed=True))
        assert not policy.allows(actor(person), Action.WRITE, lesson.everyone, About(sealed=True))
        assert policy.closed(actor(person), own) == RoomSealed.reason
        assert policy.closed(actor(person), own, About(sealed=True)) == ""
    assert allowed(lesson, actor(TEACHER), own) == TEACHERS
    for by in (actor("p3"), actor(TEACHER), ANYBODY, Actor("p9")):
        assert not policy.allows(by, Action.WRITE, own, About(sealed=True))
    assert allowed(lesson, actor("p3"), lesson.room_of("p3")) == OWN
    assert allowed(lesson, actor("p1"), lesson.everyone) == EVERYONE


@pytest.mark.parametrize("sender", ["p2", "p3", TEACHER, "", "P1", "p1 ", "A", "B"])
def test_nobody_writes_as_somebody_else(lesson: Lesson, sender: str) -> None:
    """Each under their own name alone, the teacher, too; also where the other one would be allowed."""
    for by, room in (("p1", lesson.room_of("p1")), ("p1", lesson.everyone), (TEACHER, lesson.everyone)):
        if sender != by:
            with pytest.raises(NotSeated):
                lesson.classroom.policy.check(actor(by), Action.WRITE, room, About(sender=sender))
            with pytest.raises(NotSeated):
                lesson.room(room).conversation.send(sender, "hello", actor=actor(by))
        lesson.classroom.policy.check(actor(by), Action.WRITE, room, About(sender=by))


def test_what_another_one_wrote_is_not_acknowledged(lesson: Lesson) -> None:
    """Who guesses the name of a message learns nothing of it."""
    there = lesson.room(lesson.room_of("p1")).conversation
    there.send("p1", "hello", client_id="mine", actor=actor("p1"))
    with pytest.raises(NotSeated):
        there.send("p1", "hello", client_id="mine", actor=actor("p2"))


def test_replay(lesson: Lesson) -> None:
    """In one's own room what a partner has sent, at one's own expense; not what somebody sent who is gone."""
    there = lesson.room(lesson.room_of("p1")).conversation
    token = lesson.say("p2", "hello", there.room).token
    assert there.replay(actor("p1"), token, sender="p2").sender == "p2"
    lesson.desk.remove("p2")
    with pytest.raises(NotSeated):
        there.replay(actor("p1"), token, sender="p2")
    everyone = lesson.room(lesson.everyone).conversation
    public = lesson.say("p1", "hello").token
    for by in ("p1", TEACHER):
        with pytest.raises(OwnRoomOnly):
            everyone.replay(actor(by), public, sender="p1")
    assert everyone.view().last_id == 1


def test_who_opens_private_messages(lesson: Lesson) -> None:
    """The two, and nobody else, the teacher neither."""
    about = About("p1", "p2")
    policy = lesson.classroom.policy
    may = {
        person: policy.allows(actor(person), Action.OPEN, lesson.everyone, about)
        for person in ("p1", "p2", "p3", TEACHER)
    }
    assert may == {"p1": True, "p2": True, "p3": False, TEACHER: False}


@pytest.mark.parametrize("recipient", ["p1", "p9", ""])
def test_to_whom_nobody_writes(lesson: Lesson, recipient: str) -> None:
    """To oneself or somebody who is not there; and in a pair's room to nobody alone."""
    policy = lesson.classroom.policy
    with pytest.raises(InvalidMessage):
        policy.check(actor("p1"), Action.WRITE, lesson.everyone, About(recipient=recipient))
    with pytest.raises(InvalidMessage):
        policy.check(actor("p1"), Action.WRITE, lesson.room_of("p1"), About(recipient="p2"))


class TestKeys:
    """Keys are changed in one's own room, and none goes that messages need."""

    def test_those_of_everyone_stay(self, lesson: Lesson) -> None:
        """Whoever asks, by whichever way, also the teacher."""
        before = lesson.room(lesson.everyone).conversation.keyring
        for holder in ("p1", TEACHER):
            with pytest.raises(OwnRoomOnly):
                lesson.seat(holder).change_keys(lambda _: pytest.fail("not even looked at"))
        assert lesson.room(lesson.everyone).conversation.keyring is before

    def test_those_of_others_stay(self, lesson: Lesson) -> None:
        """A seat that was lost changes none."""
        seat = lesson.seat("p1", lesson.room_of("p1"))
        before = seat.conversation.keyring
        lesson.desk.remove("p1")
        with pytest.raises(NotSeated):
            seat.change_keys(KeyRing.rotated)
        assert seat.conversation.keyring is before

    def test_one_that_messages_need(self, lesson: Lesson) -> None:
        """It is said which; once they are under another key, it goes."""
        seat = lesson.seat("p1", lesson.room_of("p1"))
        for text in ("one", "two"):
            lesson.say("p2", text, seat.room)
        ring = seat.change_keys(KeyRing.rotated)
        lesson.say("p2", "three", seat.room)
        with pytest.raises(KeyNeeded) as refused:
            seat.change_keys(lambda keys: keys.without(ring.keys[1:]))
        assert refused.value.ids == (1, 2)
        assert seat.conversation.keyring is ring
        seat.conversation.reencrypt()
        assert seat.change_keys(lambda keys: keys.without(ring.keys[1:])).keys == ring.keys[:1]


@pytest.mark.parametrize("action", Action)
def test_nothing_after_the_end(lesson: Lesson, action: Action) -> None:
    """For nobody, the teacher neither."""
    own = lesson.room_of("p1")
    lesson.desk.close()
    for by in (actor("p1"), actor(TEACHER)):
        for room in (own, lesson.everyone):
            with pytest.raises(ClassEnded):
                lesson.classroom.policy.check(by, action, room)


def test_the_class_is_looked_at_once() -> None:
    """Whatever happens meanwhile, one question is answered from one moment, also about a private message."""
    lesson = Lesson(2)
    before = lesson.classroom.view()
    lesson.desk.close()
    views = [before, lesson.classroom.view()]
    policy = ClassPolicy(lambda: views.pop(0))
    for _ in range(2):
        refusal: SecureChatError | None = None
        try:
            policy.check(actor("p1"), Action.WRITE, lesson.everyone, About("p1", "p2"))
        except SecureChatError as error:
            refusal = error
        assert (refusal is None) is (len(views) == 1)
    assert isinstance(refusal, ClassEnded)


def test_only_the_teacher_rules(lesson: Lesson) -> None:
    """It is said that the passcode is missing."""
    for action in TEACHERS:
        with pytest.raises(PresenterOnly):
            lesson.classroom.policy.check(actor("p1"), action, lesson.room_of("p1"))
