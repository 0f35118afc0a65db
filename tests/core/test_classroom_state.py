"""The state of a class: each transition returns another state or says why not, and changes none in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import cast

import pytest

from securechat.classroom import Room
from securechat.classroom.pairing import THIRD_SECONDS
from securechat.classroom.state import MAX_PARTICIPANTS, MAX_ROOMS, ClassState
from securechat.classroom.view import CROWD, SWITCHES
from securechat.errors import (
    ClassEnded,
    ClassroomError,
    ClassroomFull,
    InvalidAlias,
    JoiningClosed,
    NotSeated,
)
from securechat.frames import Seal
from securechat.rooms.conversation import Conversation
from tests.core.classes import alias

NOW = 1_000.0
DATE = datetime(2026, 1, 1, tzinfo=UTC)
EVERYONE = "c-0"
BEGIN = Seal(1, "begin", "0" * 64)


def make_room(number: int) -> Room:
    """Return a room in which nothing can be written: no transition asks for that."""
    return Room(f"c-{number}", number, cast("Conversation", None))


def nobody(person: str) -> bool:
    """Say of everybody that they are not here."""
    return False


def join(state: ClassState, number: int) -> ClassState:
    """Let in who becomes `p1` for 0, under the name and with the token of that number."""
    return state.join(alias(number), f"token {number}", DATE, NOW)


def class_of(people: int) -> ClassState:
    """Return a class in which so many wait."""
    state = ClassState(EVERYONE, active_at=NOW).put_room(make_room(0))
    for number in range(people):
        state = join(state, number)
    return state


def settled(state: ClassState, *, now: float = NOW, at_once: bool = False) -> ClassState:
    """Return the class after whoever waits is seated: all are here."""
    return state.settle(lambda person: True, make_room, now, at_once=at_once)


def rooms_of(state: ClassState) -> dict[str, str | None]:
    """Return who sits where."""
    return {person.id: person.room for person in state.participants.values()}


TRANSITIONS: dict[str, Callable[[ClassState], ClassState]] = {
    "join": lambda state: join(state, 9),
    "resume": lambda state: state.resume("p2", NOW + 1),
    "leave": lambda state: state.leave("p1", NOW + 1),
    "part": lambda state: state.part("p1", nobody, NOW + 1),
    "settle": lambda state: settled(state, at_once=True),
    "rename": lambda state: state.rename("p1", "Zoe", NOW + 1, anything=True),
    "switch": lambda state: state.switch(NOW + 1, locked=True),
    "lock": lambda state: state.lock(EVERYONE, NOW + 1, locked=True),
    "seal": lambda state: state.seal("p1", "c-1", BEGIN, 1, NOW + 1),
    "put mallory": lambda state: state.put_mallory("c-1", NOW + 1, there=True),
    "remove": lambda state: state.remove("p1", NOW + 1),
    "let back": lambda state: state.let_back("p4", "Zoe", NOW + 1),
}
"""Each transition of an open class, as `busy` allows it."""

REVISED = {
    "join": {"p5", CROWD},
    "resume": {"p2", "c-1", CROWD},
    "leave": {"p1", "c-1", CROWD},
    "part": {"p1", "c-1"},
    "settle": {"p3", "c-1"},
    "rename": {"p1", CROWD},
    "switch": {SWITCHES},
    "lock": {EVERYONE},
    "seal": {"c-1"},
    "put mallory": {"c-1"},
    "remove": {"c-1", CROWD},
    "let back": {"p4", CROWD},
}
"""What of `busy` each of them gives a new revision: with a name alone, no room."""


@pytest.fixture
def busy() -> ClassState:
    """Two sit together and one of them has left; one waits, and one was removed."""
    return join(settled(class_of(2)), 2).leave("p2", NOW).join("Calm Wolf", "t", DATE, NOW).remove("p4", NOW)


class TestAll:
    """What holds for all transitions."""

    @pytest.mark.parametrize("name", [*TRANSITIONS])
    def test_nothing_changes_in_place(self, busy: ClassState, name: str) -> None:
        """Whoever holds a state still has the same one after any transition from it."""
        before = {field.name: getattr(busy, field.name) for field in fields(busy)}
        kept = {name: dict(value) if hasattr(value, "items") else value for name, value in before.items()}
        after = TRANSITIONS[name](busy)
        assert after != busy
        assert {name: getattr(busy, name) for name in before} == kept

    @pytest.mark.parametrize("name", [*TRANSITIONS])
    def test_nothing_follows_from_the_end(self, busy: ClassState, name: str) -> None:
        """A class that is over stays over and empty."""
        ended = busy.end()
        try:
            after = TRANSITIONS[name](ended)
        except ClassEnded:
            return
        assert name == "settle"
        assert after == ended

    @pytest.mark.parametrize("name", [*TRANSITIONS])
    def test_what_is_out_of_date(self, busy: ClassState, name: str) -> None:
        """Exactly what was changed has a revision that is higher than any before, and nothing else."""
        after = TRANSITIONS[name](busy).revisions
        assert {what for what in after if after[what] != busy.revisions.get(what)} == REVISED[name]
        assert all(after[what] > max(busy.revisions.values()) for what in REVISED[name])

    @pytest.mark.parametrize("name", ["resume", "leave", "part", "rename", "remove", "let back", "seal"])
    def test_nobody(self, name: str) -> None:
        """What is done with somebody who is not in the class is refused."""
        with pytest.raises(NotSeated):
            TRANSITIONS[name](class_of(0))

    @pytest.mark.parametrize("name", [*TRANSITIONS])
    def test_mappings_are_read_only(self, busy: ClassState, name: str) -> None:
        """No mapping of a state can be written to, of a new one and of one that ended neither."""
        for mapping in ("participants", "rooms", "revisions", "waiting_since", "places", "removed"):
            for state in (ClassState(EVERYONE), TRANSITIONS[name](busy), busy.end()):
                assert not hasattr(getattr(state, mapping), "__setitem__"), mapping

    def test_repr(self, busy: ClassState) -> None:
        """Whoever prints a state sees neither whose tokens there are nor who was removed."""
        assert "Calm Wolf" in str(busy.removed)
        for inner in ("places", "removed", "Calm Wolf"):
            assert inner not in repr(busy)


class TestJoin:
    """Who joins waits, and their token is theirs."""

    def test_who_joins(self) -> None:
        """They wait from now on, under the name that they chose."""
        state = class_of(2)
        assert [person.alias for person in state.waiting] == [alias(0), alias(1)]
        assert state.waiting_since == {"p1": NOW, "p2": NOW}
        assert state.holder_of("token 1").id == "p2"

    def test_refusals(self) -> None:
        """Nobody joins a class that is shut or full, nor with a name that is taken or not proposed."""
        with pytest.raises(JoiningClosed):
            join(class_of(0).switch(NOW, joining=False), 0)
        with pytest.raises(ClassroomFull):
            join(class_of(MAX_PARTICIPANTS), MAX_PARTICIPANTS)
        for name in (alias(0), "Zoe", ""):
            with pytest.raises(InvalidAlias):
                class_of(1).join(name, "t", DATE, NOW)
        assert class_of(1).switch(NOW, free_names=True).join("Zoe", "t", DATE, NOW).aliases[1] == "Zoe"

    def test_ids_are_not_used_twice(self) -> None:
        """Who joins after somebody was removed gets another id."""
        assert [*join(class_of(1).remove("p1", NOW), 1).participants] == ["p2"]

    def test_unknown_token(self) -> None:
        """It is nobody's."""
        with pytest.raises(NotSeated, match="not in this class yet"):
            class_of(1).holder_of("token 9")


class TestSeats:
    """Who waits and is here sits with somebody else."""

    def test_pairs(self) -> None:
        """Two by two, and nobody waits any more who sits."""
        state = settled(class_of(5))
        assert rooms_of(state) == {"p1": "c-1", "p2": "c-1", "p3": "c-2", "p4": "c-2", "p5": None}
        assert [*state.rooms] == [EVERYONE, "c-1", "c-2"]
        assert [*state.waiting_since] == ["p5"]

    def test_only_who_is_here(self) -> None:
        """Whose page shows no sign of life goes on waiting."""
        state = class_of(3).settle({"p1", "p3"}.__contains__, make_room, NOW)
        assert rooms_of(state) == {"p1": "c-1", "p2": None, "p3": "c-1"}

    @pytest.mark.parametrize(
        ("waited", "at_once", "room"),
        [(THIRD_SECONDS - 1, False, None), (THIRD_SECONDS, False, "c-1"), (0, True, "c-1")],
    )
    def test_third(self, waited: float, room: str | None, *, at_once: bool) -> None:
        """Who is left over joins a pair after a while, or at once."""
        state = settled(class_of(3))
        assert rooms_of(settled(state, now=NOW + waited, at_once=at_once))["p3"] == room

    def test_as_many_rooms_as_fit(self) -> None:
        """Where no other room fits, who waits goes on waiting, and nobody parts."""
        state = settled(class_of(2))
        for number in range(2, MAX_ROOMS):
            state = state.put_room(make_room(number))
        full = settled(join(join(join(join(state, 2), 3), 4), 5))
        assert len(full.rooms) == MAX_ROOMS + 1
        assert [person.id for person in full.waiting] == ["p5", "p6"]
        with pytest.raises(ClassroomFull):
            full.part("p1", nobody, NOW)

    def test_part(self) -> None:
        """Who parts waits from now on, and the room remembers them once."""
        state = settled(class_of(2)).part("p1", {"p1"}.__contains__, NOW + 5)
        assert rooms_of(state) == {"p1": None, "p2": "c-1"}
        assert state.rooms["c-1"].former == ("p1",)
        assert (state.waiting_since, state.active_at) == ({"p1": NOW + 5}, NOW + 5)
        assert state.part("p1", nobody, NOW + 9) is state, "who waits already has nobody to part from"

    def test_part_from_somebody_here(self) -> None:
        """Nobody parts from somebody who is here to talk to."""
        with pytest.raises(NotSeated, match="Somebody is in your room"):
            settled(class_of(2)).part("p1", {"p2"}.__contains__, NOW)

    def test_leave_and_resume(self) -> None:
        """Who sits keeps the seat; who waits begins to wait when they are back."""
        state = settled(class_of(3)).leave("p1", NOW).leave("p3", NOW)
        assert rooms_of(state) == {"p1": "c-1", "p2": "c-1", "p3": None}
        assert (state.waiting, state.waiting_since) == ((), {})
        back = state.resume("p1", NOW + 7).resume("p3", NOW + 7)
        assert not any(person.left for person in back.participants.values())
        assert back.waiting_since == {"p3": NOW + 7}
        assert back.resume("p1", NOW + 9) is back, "who is there needs no seat back"


class TestDesk:
    """What the teacher rules."""

    def test_rename(self) -> None:
        """Somebody is called otherwise, waits as long as before, and takes no name that is taken."""
        state = class_of(2).rename("p1", "Zoe", NOW + 5, anything=True)
        assert state.aliases == ("Zoe", alias(1))
        assert state.waiting_since["p1"] == NOW
        for name, anything in [(alias(1), True), ("Mia", False)]:
            with pytest.raises(InvalidAlias):
                state.rename("p1", name, NOW, anything=anything)
        assert state.rename("p1", "zoe", NOW, anything=True).aliases[0] == "zoe", "their own is not taken"

    def test_pause(self) -> None:
        """A class pauses writing while it is locked and goes on; one room pauses alone."""
        state = settled(class_of(2))
        paused = state.switch(NOW, locked=True)
        assert (state.is_paused, paused.is_paused, paused.end().is_paused) == (False, True, False)
        one = state.lock("c-1", NOW, locked=True)
        assert (one.is_locked("c-1"), one.is_locked(EVERYONE), one.is_paused) == (True, False, False)
        assert one.lock("c-9", NOW, locked=True) is one

    def test_remove_and_let_back(self) -> None:
        """Who was removed has no seat with their token, and waits under it once they are let back."""
        state = settled(class_of(2)).remove("p1", NOW)
        assert [*state.participants] == ["p2"]
        assert [*state.places.values()] == ["p2"]
        assert not class_of(1).remove("p1", NOW).waiting_since
        with pytest.raises(NotSeated, match="removed you"):
            state.holder_of("token 0")
        back = state.let_back("p1", "Zoe", NOW + 3)
        assert back.holder_of("token 0") == replace(settled(class_of(2)).participants["p1"], room=None)
        assert (back.removed, back.waiting_since) == ({}, {"p1": NOW + 3})
        with pytest.raises(NotSeated, match="back already"):
            back.let_back("p1", "Zoe", NOW)

    def test_let_back_without_a_name(self) -> None:
        """Where somebody else has their name by now, they get the other one."""
        state = class_of(1).remove("p1", NOW).join(alias(0), "t", DATE, NOW)
        assert state.let_back("p1", "Zoe", NOW).holder_of("token 0").alias == "Zoe"

    def test_end(self, busy: ClassState) -> None:
        """Nothing is left but the switches and the name of the room of everyone."""
        ended = busy.switch(NOW, free_names=True, shows_recipients=False).end()
        assert ended == ClassState(
            EVERYONE, closed=True, joining=False, free_names=True, shows_recipients=False
        )
        with pytest.raises(ClassroomError):
            ended.holder_of("token 0")

    @pytest.mark.parametrize(("seconds", "is_idle"), [(9.0, False), (10.0, True)])
    def test_idle(self, seconds: float, *, is_idle: bool) -> None:
        """It is idle when nothing has happened for so long."""
        assert class_of(0).touch(NOW + 5).is_idle(NOW + 5 + seconds, 10.0) is is_idle
