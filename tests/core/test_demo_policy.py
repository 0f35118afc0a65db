"""Who may do what in the room of the front page: everybody, or the presenter alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from securechat.classroom import Classroom, Classrooms
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidMessage, SecureChatError, WritingLocked, WritingReserved
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.policy import ANYBODY, About, Action, Actor, DemoPolicy
from tests.core.classes import Clock

PRESENTER = Actor(is_presenter=True)


@pytest.fixture
def rule() -> DemoPolicy:
    """The rule as it is at the start."""
    return DemoPolicy()


@pytest.fixture
def room(rule: DemoPolicy) -> Conversation:
    """The room that it is about."""
    return Conversation(InMemoryMessageStore(), KeyRing.generate(), policy=rule)


def write(room: Conversation, by: Actor) -> None:
    """Write by each way that there is."""
    room.send("A", "typed", actor=by)
    token = room.keyring.encrypt("by the feed")
    room.post(by, token, sender="B")
    room.replay(by, token, sender="B")


def refuses(room: Conversation, error: type[SecureChatError]) -> bool:
    """Say whether everybody but the presenter is refused by an error, by each way, and nothing is stored."""
    before = room.view()
    for by in (ANYBODY, Actor(share="somebody")):
        with pytest.raises(error):
            room.send("A", "typed", actor=by)
        with pytest.raises(error):
            room.post(by, room.keyring.encrypt("by the feed"), sender="B")
        with pytest.raises(error):
            room.replay(by, room.keyring.encrypt("once more"), sender="B")
    return room.view() == before


def test_at_first_everybody_writes(rule: DemoPolicy, room: Conversation) -> None:
    """As long as nobody has switched anything."""
    write(room, ANYBODY)
    write(room, PRESENTER)
    assert room.view().last_id == 6
    assert rule.closed(ANYBODY) == ""


def test_only_the_presenter_writes(rule: DemoPolicy, room: Conversation) -> None:
    """Where that is switched on, typed and by the feed; switched off, everybody writes again."""
    rule.reserve(on=True)
    assert refuses(room, WritingReserved)
    assert (rule.closed(ANYBODY), rule.closed(PRESENTER)) == (WritingReserved.reason, "")
    write(room, PRESENTER)
    rule.reserve(on=False)
    write(room, ANYBODY)
    assert room.view().last_id == 6


def test_what_was_refused_does_not_count(rule: DemoPolicy, room: Conversation) -> None:
    """A flood of refused messages leaves the presenter the whole of A's share."""
    rule.reserve(on=True)
    for _ in range(100):
        with pytest.raises(WritingReserved):
            room.send("A", "x")
    for _ in range(20):
        room.send("A", "x", actor=PRESENTER)


def test_the_presenter_writes_as_nobody_else(room: Conversation) -> None:
    """There are A and B for the presenter, too."""
    with pytest.raises(InvalidMessage):
        room.send("teacher", "x", actor=PRESENTER)


def test_what_was_stored_is_acknowledged_afterwards(rule: DemoPolicy, room: Conversation) -> None:
    """Sent again under its name because the answer was lost, it is said to be there."""
    first = room.send("A", "x", client_id="mine")
    rule.reserve(on=True)
    assert room.send("A", "x", client_id="mine") == first


class TestPause:
    """The pause of a class, in all its rooms, covers this one."""

    @pytest.fixture
    def clock(self) -> Clock:
        """The clock of the classes."""
        return Clock()

    @pytest.fixture
    def classes(self, rule: DemoPolicy, clock: Clock) -> Classrooms:
        """The classes of the same server."""
        return Classrooms(on_pause=rule.pause, clock=clock)

    def test_it_comes_and_goes(self, classes: Classrooms, rule: DemoPolicy, room: Conversation) -> None:
        """As in the class, the presenter may write meanwhile."""
        desk = classes.new().desk
        desk.allow(locked=True)
        assert refuses(room, WritingLocked)
        assert rule.closed(ANYBODY) == WritingLocked.reason
        write(room, PRESENTER)
        desk.allow(locked=False)
        write(room, ANYBODY)

    def test_other_switches_and_one_room_alone(self, classes: Classrooms, room: Conversation) -> None:
        """Only the pause of all rooms counts."""
        classroom = classes.new()
        classroom.desk.lock(classroom.everyone, locked=True)
        classroom.desk.allow(joining=False, free_names=True)
        write(room, ANYBODY)

    def test_what_was_switched_before_is_restored(
        self, classes: Classrooms, rule: DemoPolicy, room: Conversation
    ) -> None:
        """After the pause only the presenter writes, if it was so before."""
        desk = classes.new().desk
        rule.reserve(on=True)
        desk.allow(locked=True)
        assert refuses(room, WritingLocked)
        desk.allow(locked=False)
        assert refuses(room, WritingReserved)

    def test_two_classes(self, classes: Classrooms, room: Conversation) -> None:
        """It lasts until neither has paused."""
        first, second = classes.new().desk, classes.new().desk
        first.allow(locked=True)
        second.allow(locked=True)
        first.allow(locked=False)
        assert refuses(room, WritingLocked)
        second.allow(locked=False)
        write(room, ANYBODY)

    @pytest.mark.parametrize("how", ["closed", "idle"])
    def test_a_class_that_ends_pauses_nothing(
        self, classes: Classrooms, clock: Clock, room: Conversation, how: str
    ) -> None:
        """Closed by its teacher, or by itself after hours without a sign of life."""
        classroom: Classroom = classes.new()
        classroom.desk.allow(locked=True)
        if how == "closed":
            classroom.desk.close()
        else:
            clock.now += 10 * 3_600
            classes.tick(clock.now)
        write(room, ANYBODY)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rule: rule.reserve(on=True), 1),
        (lambda rule: rule.pause("class", True), 1),
        (lambda rule: rule.pause("class", False), 0),
    ],
)
def test_changes_are_told(rule: DemoPolicy, change: Callable[[DemoPolicy], None], told: int) -> None:
    """Who has subscribed is woken by what changes something, until that is ended."""
    woken: list[int] = []
    end = rule.subscribe(lambda: woken.append(1))
    change(rule)
    assert len(woken) == told
    end()
    rule.reserve(on=not rule.reserved)
    assert len(woken) == told


EVERYTHING = set(Action)
WHEN_CLOSED = {Action.READ, Action.OPEN}
PRESENTERS = {Action.LOCK, Action.MANAGE}


def allowed(rule: DemoPolicy, by: Actor) -> set[Action]:
    """Return what somebody may do."""
    return {action for action in Action if rule.allows(by, action)}


@pytest.mark.parametrize(
    ("switch", "may"),
    [
        (lambda rule: None, EVERYTHING - PRESENTERS),
        (lambda rule: rule.reserve(on=True), WHEN_CLOSED),
        (lambda rule: rule.pause("class", True), WHEN_CLOSED),
    ],
)
def test_what_everybody_may(rule: DemoPolicy, switch: Callable[[DemoPolicy], None], may: set[Action]) -> None:
    """Who may not write changes no keys, replays and clears nothing either; the presenter may do all."""
    switch(rule)
    assert allowed(rule, ANYBODY) == may
    assert allowed(rule, PRESENTER) == EVERYTHING


def test_where_a_passcode_was_chosen() -> None:
    """Everybody reads and writes; nobody but the presenter opens a message or touches a key."""
    rule = DemoPolicy(lambda: True)
    assert allowed(rule, ANYBODY) == {Action.READ, Action.WRITE}
    assert allowed(rule, PRESENTER) == EVERYTHING
    rule.reserve(on=True)
    assert allowed(rule, ANYBODY) == {Action.READ}


def test_keys_that_messages_need_may_go(rule: DemoPolicy) -> None:
    """That is what the lesson is about."""
    rule.check(ANYBODY, Action.CHANGE_KEYS, about=About(closes=(1, 2)))


class TestTwoSides:
    """There are A and B, and nothing is private."""

    @pytest.mark.parametrize("sender", ["", "C", "a", "AB", "teacher", "p1"])
    def test_nobody_else_sends(self, rule: DemoPolicy, sender: str) -> None:
        """Neither anew nor once more."""
        for action in (Action.WRITE, Action.REPLAY):
            with pytest.raises(InvalidMessage):
                rule.check(ANYBODY, action, about=About(sender=sender))

    @pytest.mark.parametrize("recipient", ["A", "B", "C", ""])
    def test_nothing_is_private(self, room: Conversation, recipient: str) -> None:
        """A recipient is refused, and nothing is stored."""
        with pytest.raises(InvalidMessage):
            room.send("A", "hello", to=recipient)
        assert room.view().messages == ()

    def test_its_messages_open_with_the_keys_of_the_room(self, room: Conversation) -> None:
        """As `keyring_for` says of each; there are no keys for two."""
        message = room.send("A", "hello")
        assert room.keyring_for(message) is room.keyring
        with pytest.raises(InvalidMessage):
            room.keyring_for(replace(message, recipient="B"))
