"""Any sequence of coming, going and ruling in a class leaves everybody in one place, and keys apart."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from securechat.classroom import TEACHER, ClassView, Room, SealingSeat, SealRule
from securechat.classroom.pairing import MOST_IN_ROOM
from securechat.classroom.people import HERE_SECONDS
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import (
    ClassEnded,
    ClassroomError,
    InvalidAlias,
    InvalidMessage,
    InvalidToken,
    JoiningClosed,
    NotSeated,
    RoomSealed,
    SealFirst,
    SealingRefused,
    TooFast,
    WritingLocked,
)
from securechat.frames import Seal, Send, Step
from tests.core.classes import Lesson, actor
from tests.core.test_sealing import VALUES
from tests.sealing import seal as seal_room

MOST = 6
people = st.integers(1, MOST + 2).map(lambda number: f"p{number}")
names = st.sampled_from(
    [
        *("Ada", "ADA", "\uff21\uff44\uff41", "\u212bsa", "\u00e5sa", "A\u030aSA"),
        *("Ann", "Bo", "Eve", "Kim", "Lea", "Tim", "Teacher", "EVERYONE"),
    ]
)


def normal(name: str) -> str:
    """Return a name without what does not tell names apart."""
    return unicodedata.normalize("NFKC", name).casefold()


class AnyUse(RuleBasedStateMachine):
    """Any sequence of calls, against what each of them promises."""

    def __init__(self) -> None:
        super().__init__()
        self.lesson = Lesson()
        self.classroom = self.lesson.classroom
        self.lesson.desk.allow(free_names=True)
        self.removed: list[str] = []
        self.keys: dict[str, FernetKey] = {}
        self.drawn: dict[tuple[str, int], object] = {}

    @property
    def view(self) -> ClassView:
        """The class as it is now."""
        return self.classroom.view()

    def is_known(self, person: str) -> bool:
        """Say whether somebody is in a class that goes on."""
        return person in self.view.participants and not self.view.closed

    def some_room(self, number: int) -> Room:
        """Return one of the rooms."""
        rooms = tuple(self.view.rooms.values())
        return rooms[number % len(rooms)]

    @initialize(count=st.integers(0, MOST))
    def come(self, count: int) -> None:
        """Some are there already."""
        for name in ("Ada", "Bo", "Eve", "Kim", "Lea", "Tim")[:count]:
            self.lesson.join(name)

    @precondition(lambda self: len(self.view.participants) < MOST)
    @rule(name=names)
    def join(self, name: str) -> None:
        """Somebody gets in exactly if the teacher lets them and nobody has their name."""
        taken = {normal(person.alias) for person in self.view.participants.values()}
        before = self.view
        if before.closed or not before.joining:
            with pytest.raises((ClassEnded, JoiningClosed)):
                self.lesson.join(name)
        elif normal(name) in taken | {"teacher", "everyone"}:
            with pytest.raises(InvalidAlias):
                self.lesson.join(name)
        else:
            assert self.lesson.join(name) not in before.participants
            return
        assert self.view is before

    @rule(person=people)
    def leave(self, person: str) -> None:
        """Who leaves keeps their place in the list and their seat."""
        if not self.is_known(person):
            with pytest.raises((NotSeated, ClassEnded)):
                self.classroom.leave(person)
            return
        room = self.view.participants[person].room
        self.classroom.leave(person)
        assert self.view.participants[person].left
        assert self.view.participants[person].room == room

    @rule(person=people)
    def resume(self, person: str) -> None:
        """A token gives back the seat of its owner and no other, unless that one was removed."""
        token = self.lesson.tokens.get(person, "garbage")
        if not self.is_known(person):
            with pytest.raises((NotSeated, ClassEnded)):
                self.classroom.resume(token)
            return
        before = self.view.participants[person].room
        assert self.classroom.resume(token) == person
        assert self.view.participants[person].left is False
        assert before in (None, self.view.participants[person].room)

    @rule(person=people)
    def find_partner(self, person: str) -> None:
        """Exactly who has nobody here to talk to is taken out of their room."""
        if not self.is_known(person):
            with pytest.raises((NotSeated, ClassEnded)):
                self.classroom.find_partner(person)
            return
        room = self.view.participants[person].room
        others = [other.id for other in self.view.members(room) if other.id != person] if room else []
        if any(self.classroom.presence.is_here(other) for other in others):
            with pytest.raises(NotSeated):
                self.classroom.find_partner(person)
            assert self.view.participants[person].room == room
            return
        self.classroom.find_partner(person)
        assert room is None or self.view.participants[person].room != room

    @rule(at_once=st.booleans())
    def settle(self, *, at_once: bool) -> None:
        """Nobody who sits is moved, and of those who wait and are here one at the most is left."""
        before = self.view
        self.classroom.settle(at_once=at_once)
        for name, person in before.participants.items():
            assert person.room in (None, self.view.participants[name].room)
        assert sum(self.classroom.presence.is_here(person.id) for person in self.view.waiting) <= 1

    @rule(person=people, at_once=st.booleans())
    def be_away(self, person: str, *, at_once: bool) -> None:
        """While somebody is away, others are seated."""
        self.leave(person)
        self.settle(at_once=at_once)
        self.resume(person)

    @rule(seconds=st.sampled_from([1, HERE_SECONDS, 30]), away=st.sets(people, max_size=3))
    def look(self, seconds: float, away: set[str]) -> None:
        """Time passes, and the pages of those look who are not away."""
        self.lesson.wait(seconds, *(person for person in self.view.participants if person not in away))

    @rule(person=people)
    def remove(self, person: str) -> None:
        """Who is removed is gone."""
        if not self.is_known(person):
            with pytest.raises((NotSeated, ClassEnded)):
                self.lesson.desk.remove(person)
            return
        self.lesson.desk.remove(person)
        self.removed.append(person)
        assert person not in self.view.participants

    @rule(person=people, name=names)
    def rename(self, person: str, name: str) -> None:
        """Whoever gets another name keeps all else."""
        try:
            self.lesson.desk.rename(person, name)
        except (ClassroomError, InvalidAlias):
            return
        assert self.view.participants[person].alias == unicodedata.normalize("NFC", name)

    @rule(joining=st.booleans(), locked=st.booleans(), number=st.integers(0, 5))
    def pause(self, number: int, *, joining: bool, locked: bool) -> None:
        """The teacher pauses joining and writing, in all rooms or in one, or lets them go on."""
        if self.view.closed:
            with pytest.raises(ClassEnded):
                self.lesson.desk.allow(joining=joining, locked=locked)
            return
        room = self.some_room(number)
        self.lesson.desk.lock(room.name, locked=locked)
        assert self.view.rooms[room.name] == replace(room, locked=locked)
        self.lesson.desk.allow(joining=joining or number > 2, locked=locked and number > 2)
        assert (self.view.joining, self.view.locked) == (joining or number > 2, locked and number > 2)

    @precondition(lambda self: not self.view.closed)
    @rule(person=people | st.just(TEACHER), number=st.integers(0, 5), private=st.none() | people)
    def send(self, person: str, number: int, private: str | None) -> None:
        """Exactly members send, in rooms where it is not paused; privately to other members of everyone."""
        there = self.some_room(number)
        conversation = there.conversation
        before = conversation.view().last_id
        expected: type[Exception] | None = None
        by = actor(person)
        if not self.view.is_member(person, there.name):
            expected = NotSeated
        elif there.sealed_since:
            expected = RoomSealed
        elif self.view.must_seal(there.name):
            expected = SealFirst
        elif person != TEACHER and (there.locked or self.view.locked):
            expected = WritingLocked
        elif private is not None and (
            not there.is_everyone or private == person or not self.view.is_member(private, there.name)
        ):
            expected = InvalidMessage
        if expected is not None:
            with pytest.raises(expected):
                conversation.send(person, "hello", to=private, actor=by)
            assert conversation.view().last_id == before
            return
        with suppress(TooFast):  # a limit of its own, which is not meant here
            assert conversation.send(person, "hello", to=private, actor=by).id == before + 1

    @precondition(lambda self: not self.view.closed)
    @rule(
        person=people,
        step=st.sampled_from([*VALUES]),
        number=st.integers(0, 5) | st.none(),
        late=st.sampled_from([0, 0, 0, -1, 1]),
    )
    def seal(self, person: str, step: Step, number: int | None, late: int) -> None:
        """Exactly two who sit in a room seal it, as far as they may; a refused step changes nothing."""
        own = self.view.participants.get(person)
        room = self.some_room(number) if number is not None else self.view.rooms.get((own and own.room) or "")
        if room is None or room.sealing.round + late + (step == "begin") < 1:
            return
        before = self.view
        frame = Seal(room.sealing.round + late + (step == "begin"), step, VALUES[step])
        try:
            self.classroom.seal(person, room.name, frame)
        except (NotSeated, SealingRefused, TooFast):
            assert self.view is before
            return
        seats = {each.id for each in before.members(room.name)}  # who has left sits there no more
        assert person in seats
        assert len(seats) == 2
        assert not room.is_everyone
        assert before.seal_rule is not SealRule.FORBIDDEN or room.sealed_since

    @precondition(lambda self: not self.view.closed)
    @rule(number=st.integers(1, 3))
    def seal_all_at_once(self, number: int) -> None:
        """Where two sit and may, their room is sealed from the next message on."""
        room = self.some_room(number)
        pair = [person.id for person in self.view.members(room.name)]
        if self.view.seal_refusal(room.name) or len(pair) != 2:
            return
        with suppress(TooFast):
            seal_room(self.classroom, *pair)
            sealing = self.view.rooms[room.name].sealing
            assert sealing.since == room.conversation.view().last_id + 1

    @precondition(lambda self: not self.view.closed)
    @rule(rule=st.sampled_from([*SealRule]), number=st.integers(0, 5), there=st.booleans())
    def rule_over_sealing(self, rule: SealRule, number: int, *, there: bool) -> None:
        """The teacher says what may be sealed, and puts somebody in between or takes her out."""
        self.lesson.desk.allow(seal_rule=rule)
        room = self.some_room(number)
        self.lesson.desk.put_mallory(room.name, there=there)
        after = self.view.rooms[room.name]
        assert after.mallory is (there and not room.is_everyone)
        assert after.sealed_since == room.sealed_since
        assert after.sealing == room.sealing or (after.sealing.first, after.sealing.since) == ("", 0)

    @precondition(lambda self: not self.view.closed)
    @rule(person=people)
    def post(self, person: str) -> None:
        """A phone posts exactly where both have said that the emoji match."""
        own = self.view.participants.get(person)
        if own is None or own.room is None or own.left:
            return
        there = self.view.rooms[own.room]
        seat = SealingSeat.take(self.classroom, person, there.name)
        sent = Send(person, f"{there.conversation.view().last_id}", KeyRing.generate().encrypt("hello"))
        if not there.sealing.since or person not in (there.sealing.first, there.sealing.second):
            with pytest.raises(SealingRefused):
                seat.store(sent)
        elif there.locked or self.view.locked:
            with pytest.raises(WritingLocked):
                seat.store(sent)
        else:
            with suppress(TooFast):
                assert seat.store(sent).id >= there.sealed_since

    @precondition(lambda self: len(self.lesson.tokens) > MOST)
    @rule()
    def close(self) -> None:
        """The class ends, and nothing of it is there any more."""
        self.lesson.desk.close()
        assert (self.view.participants, self.view.rooms) == ({}, {})

    @invariant()
    def everybody_is_in_one_place(self) -> None:
        """Each participant sits in one room, waits, or has left; nobody is in two rooms, or with three."""
        rooms = [room for room in self.view.rooms.values() if not room.is_everyone]
        seats = [person.id for room in rooms for person in self.view.members(room.name)]
        assert all(len(self.view.members(room.name)) <= MOST_IN_ROOM for room in rooms)
        waiting = [person.id for person in self.view.waiting]
        left = [name for name, person in self.view.participants.items() if person.left]
        assert sorted([*seats, *waiting, *left]) == sorted(self.view.participants)

    @invariant()
    def membership_is_what_the_view_shows(self) -> None:
        """`is_member` and the lists of members never differ."""
        for room in self.view.rooms.values():
            members = {person.id for person in self.view.members(room.name)}
            assert members == {name for name in self.lesson.tokens if self.view.is_member(name, room.name)}
            assert self.view.is_member(TEACHER, room.name) is room.is_everyone

    @invariant()
    def names_are_different(self) -> None:
        """No two people have names that differ only in case or in compatible forms."""
        names = [normal(person.alias) for person in self.view.participants.values()]
        assert len(names) == len(set(names))

    @invariant()
    def every_room_has_a_key_of_its_own(self) -> None:
        """The keys of all rooms differ, and stay."""
        for name, room in self.view.rooms.items():
            key = room.conversation.keyring.primary
            assert self.keys.setdefault(name, key) == key
        assert len(set(self.keys.values())) == len(self.keys)

    @invariant()
    def the_server_opens_exactly_what_it_has_a_key_of(self) -> None:
        """All before a room was sealed, and nothing from then on; nobody comes into it as a third."""
        for room in self.view.rooms.values():
            conversation = room.conversation
            for message in conversation.view().messages if not room.is_everyone else ():
                try:
                    conversation.keyring.open_by_key(message.token)
                except InvalidToken:
                    assert 0 < room.sealed_since <= message.id
                else:
                    assert not 0 < room.sealed_since <= message.id
            if room.sealing.round:
                assert len(self.view.seated(room.name)) <= 2

    @invariant()
    def no_page_stays_out_of_date(self) -> None:
        """Whenever something has changed that a page is drawn from, its revision is another one."""
        view = self.view
        for room in view.rooms.values():
            members = view.members(room.name)
            people = [(person.id, room.is_everyone and person.alias) for person in members]
            for person in members:
                seat = self.lesson.seat(person.id, room.name)
                seal = room.seal, room.sealing, view.seal_rule
                own = person.room, person.alias, view.is_locked(room.name), view.free_names, seal
                page = own if room.is_everyone else (own, people)
                assert self.drawn.setdefault((seat.owner, seat.revision()), page) == page
                if room.is_everyone:
                    assert self.drawn.setdefault(("crowd", seat.crowd()), people) == people

    @invariant()
    def who_was_removed_stays_removed(self) -> None:
        """No token of somebody removed is ever taken again, and their id is given to nobody."""
        for person in self.removed:
            assert person not in self.view.participants
            with pytest.raises((NotSeated, ClassEnded)):
                self.classroom.resume(self.lesson.tokens[person])


AnyUse.TestCase.settings = settings(deadline=None, max_examples=150, stateful_step_count=50)
TestAnyUse = AnyUse.TestCase
