"""The wall: all rooms of a class at a glance, and never a plaintext or a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from securechat.classroom import TEACHER, ClassWall, SealRule, wall_frame
from securechat.classroom.people import HERE_SECONDS
from securechat.classroom.wall import TILE_CHARS, TILE_MESSAGES
from securechat.frames import Seal, encode
from securechat.rooms.store import MAX_ROOM_MESSAGES
from tests.core.classes import Lesson, alias
from tests.core.counting_store import Counts
from tests.sealing import compare, seal, seat_of

CANARY = "the canary sings at dawn"


def wall_data(lesson: Lesson) -> dict[str, Any]:
    """Return the wall of a class as it goes to a browser."""
    data: dict[str, Any] = json.loads(encode(wall_frame(lesson.classroom)))
    return data


def test_people_and_rooms() -> None:
    """Everybody with name, room and whether they are here; every room with who is in it and who writes."""
    lesson = Lesson(5)
    one, two = lesson.room_of("p1"), lesson.room_of("p3")
    lesson.classroom.leave("p4")
    lesson.wait(60, "p1")
    lesson.classroom.write("p1", one)
    lesson.desk.lock(two, locked=True)
    frame = wall_data(lesson)
    switches = ("closed", "locked", "joining", "free_names", "shows_recipients")
    assert [frame[name] for name in ("type", *switches)] == ["wall", False, False, True, False, True]
    assert frame["people"]["p1"] == {"name": alias(0), "here": True, "left": False, "room": one}
    assert frame["people"]["p2"] == {"name": alias(1), "here": False, "left": False, "room": one}
    assert frame["people"]["p4"] == {"name": alias(3), "here": False, "left": True, "room": two}
    assert frame["waiting"] == ["p5"]
    shown = [
        {name: room[name] for name in ("name", "title", "number", "locked", "members", "writing", "count")}
        for room in frame["rooms"]
    ]
    assert shown == [
        {
            "name": name,
            "title": title,
            "number": number,
            "locked": number == 2,
            "members": members,
            "writing": ["p1"] if number == 1 else [],
            "count": 0,
        }
        for number, (name, title, members) in enumerate(
            [(lesson.everyone, "Everyone", []), (one, "Room 1", ["p1", "p2"]), (two, "Room 2", ["p3"])]
        )
    ]


def test_which_rooms_are_sealed() -> None:
    """All may know who compares and who has sealed; not who sits in between, nor who has noticed."""
    lesson = Lesson(4)
    one, other = lesson.room_of("p1"), lesson.room_of("p3")

    def shown() -> list[str]:
        return [tile["seal"] for tile in wall_data(lesson)["rooms"]]

    assert shown() == ["", "", ""]
    compare(lesson.classroom, "p1", "p2")
    assert shown() == ["", "comparing", ""]
    seat_of(lesson.classroom, "p1").seal(Seal(1, "differ"))
    assert shown() == ["", "", ""]
    seal(lesson.classroom, "p2", "p1")
    seat_of(lesson.classroom, "p3").seal(Seal(1, "begin", "0" * 64))
    assert shown() == ["", "sealed", "comparing"]
    before = wall_data(lesson)
    lesson.desk.put_mallory(other, there=True)
    after = {"rooms": [*before["rooms"][:2], before["rooms"][2] | {"seal": ""}]}
    assert wall_data(lesson) == before | after | {"desk": wall_data(lesson)["desk"]}
    lesson.desk.put_mallory(one, there=True)
    assert shown() == ["", "", ""], "nobody has begun again"
    seal(lesson.classroom, "p1", "p2")
    assert wall_data(lesson)["rooms"][1] == before["rooms"][1]


def test_nobody_compares_who_is_not_there() -> None:
    """One of the two is enough; who comes back goes on. What is sealed is so, whoever is there."""
    lesson = Lesson(2)

    def shown() -> str:
        return str(wall_data(lesson)["rooms"][1]["seal"])

    for sealed in (False, True):
        compare(lesson.classroom, "p2", "p1")
        lesson.wait(HERE_SECONDS - 1, "p1")
        lesson.wait(1)
        assert shown() == "comparing"
        lesson.wait(HERE_SECONDS)
        assert shown() == ""
        lesson.wait(0, "p2")
        assert shown() == "comparing"
        for person in ("p1", "p2"):
            seat_of(lesson.classroom, person).seal(Seal(2 if sealed else 1, "match"))
        lesson.wait(HERE_SECONDS)
        assert shown() == "sealed"


def test_when_the_desk_is_out_of_date() -> None:
    """A number tells when something has changed between those where Mallory is, and not what."""
    lesson = Lesson(4)
    one = lesson.room_of("p1")
    numbers = [wall_data(lesson)["desk"]]

    def is_another() -> bool:
        numbers.append(wall_data(lesson)["desk"])
        return numbers[-1] not in numbers[:-1]

    compare(lesson.classroom, "p3", "p4")
    assert not is_another()
    seal(lesson.classroom, "p1", "p2")
    assert not is_another()
    lesson.desk.put_mallory(one, there=True)
    assert is_another()
    compare(lesson.classroom, "p1", "p2")
    assert is_another()
    seat_of(lesson.classroom, "p1").seal(Seal(2, "differ"))
    assert is_another(), "nothing else on the wall says so: the room stays closed"
    lesson.desk.put_mallory(one, there=False)
    assert numbers[0] == wall_data(lesson)["desk"] == 0


@pytest.mark.parametrize("rule", SealRule)
def test_the_rule_is_on_it(rule: SealRule) -> None:
    """So that a page is drawn anew when another browser has changed it."""
    lesson = Lesson()
    assert wall_data(lesson)["seal_rule"] == "allowed"
    lesson.desk.allow(seal_rule=rule)
    assert wall_data(lesson)["seal_rule"] == rule


def test_no_more_is_read_than_is_shown() -> None:
    """Of 61 rooms with 40 messages each, a frame reads the 122 that it shows, all at once."""
    counts = Counts()
    lesson = Lesson(120, store=counts.watch())
    rooms = [*lesson.classroom.view().rooms]
    for room in rooms:
        for number in range(40):
            lesson.store.append(room, "p1", f"token {number}")
    counts.forget()
    shown = [len(tile["messages"]) for tile in wall_data(lesson)["rooms"]]
    assert len(rooms) == 61
    assert shown == [TILE_MESSAGES] * 61
    assert counts.messages == sum(shown)
    assert counts.calls == {"tails": 1}


def test_the_newest_messages_of_each_room() -> None:
    """Two at the most, as an eavesdropper sees them, under people's names; all of them are counted."""
    lesson = Lesson(2)
    room = lesson.room_of("p1")
    for number in range(4):
        lesson.say("p1", f"{CANARY} {number}", room)
    message = lesson.say("p2", CANARY * 20, room)
    tile = wall_data(lesson)["rooms"][1]
    assert TILE_MESSAGES == 2
    assert tile["count"] == 5
    assert [shown["name"] for shown in tile["messages"]] == [alias(0), alias(1)]
    assert tile["messages"][-1]["token"] == message.token[:TILE_CHARS] != message.token


def test_a_cleared_room_has_none() -> None:
    """What was written before it was cleared counts no more; what fell out does."""
    lesson = Lesson(2)
    room = lesson.room_of("p1")
    lesson.say("p1", "hello", room)
    lesson.room(room).conversation.clear()
    assert wall_data(lesson)["rooms"][1]["count"] == 0
    for _ in range(MAX_ROOM_MESSAGES + 1):
        lesson.clock.now += 1
        lesson.say("p1", "hello", room)
    assert wall_data(lesson)["rooms"][1]["count"] == MAX_ROOM_MESSAGES + 1


def test_who_was_removed_is_not_named() -> None:
    """Their messages are there as of somebody removed."""
    lesson = Lesson(2)
    lesson.say("p1", "hello")
    lesson.desk.remove("p1")
    frame = wall_data(lesson)
    assert [shown["name"] for shown in frame["rooms"][0]["messages"]] == ["Somebody removed"]
    assert list(frame["people"]) == ["p2"]


@pytest.mark.parametrize(("shows", "said"), [(True, f"{alias(1)} alone"), (False, "one person")])
def test_the_wall_says_to_whom_as_far_as_all_may_know(*, shows: bool, said: str) -> None:
    """The class sees it on the projector: by name where all may see that, else that it is to one person."""
    lesson = Lesson(2)
    lesson.desk.allow(shows_recipients=shows)
    lesson.say("p1", CANARY, to="p2")
    lesson.say("p1", "to all")
    private, public = wall_data(lesson)["rooms"][0]["messages"]
    assert private["recipient"] == said
    assert "recipient" not in public


def test_nothing_on_it_is_plaintext_or_key() -> None:
    """A canary that was sent everywhere, the keys and the tokens of seats are nowhere in it."""
    lesson = Lesson(4)
    for person in ("p1", "p3"):
        lesson.say(person, CANARY, lesson.room_of(person))
    lesson.say("p1", CANARY)
    lesson.say(TEACHER, CANARY, to="p2")
    told = json.dumps(wall_data(lesson))
    secrets = [CANARY, *lesson.tokens.values()]
    secrets += [room.conversation.keyring.primary.reveal() for room in lesson.classroom.view().rooms.values()]
    assert not [secret for secret in secrets if secret in told]


def test_its_size_is_bounded() -> None:
    """A full class whose every room has messages of the greatest length fits into 200 KB."""
    lesson = Lesson(150)
    for person in lesson.classroom.view().participants:
        lesson.say(person, "\U0001f512" * 2_000, lesson.room_of(person))
    assert len(json.dumps(wall_data(lesson))) < 200_000


@pytest.mark.parametrize(
    "act",
    [
        lambda lesson: lesson.join(),
        lambda lesson: lesson.classroom.leave("p1"),
        lambda lesson: lesson.classroom.settle(at_once=True),
        lambda lesson: lesson.say("p1", "hello", lesson.room_of("p1")),
        lambda lesson: lesson.say("p1", "hello"),
        lambda lesson: lesson.classroom.write("p1", lesson.room_of("p1")),
        lambda lesson: lesson.seat("p1").enter(),
        lambda lesson: lesson.desk.allow(joining=False),
        lambda lesson: lesson.desk.allow(free_names=True),
        lambda lesson: lesson.desk.allow(shows_recipients=False),
        lambda lesson: lesson.desk.lock(lesson.room_of("p1"), locked=True),
        lambda lesson: lesson.desk.rename("p1", "Tim"),
        lambda lesson: lesson.desk.remove("p1"),
        lambda lesson: lesson.desk.close(),
    ],
)
def test_whoever_watches_is_told_of_everything(act: Callable[[Lesson], object]) -> None:
    """After each change the wall is another, and whoever watches was told of it, until that ends."""
    lesson = Lesson(3)
    lesson.clock.now += 60
    for person in ("p2", "p3"):
        lesson.classroom.presence.look(person)
    wall = ClassWall(lesson.classroom, lesson.right)
    told: list[int] = []
    end = wall.subscribe(lambda: told.append(1))
    before = wall.frame()
    act(lesson)
    assert wall.frame() != before
    assert told
    end()
    told.clear()
    lesson.classroom.tell(lesson.everyone)
    assert told == []


def test_the_wall_of_a_class_that_ended() -> None:
    """It says so, and nothing else is on it."""
    lesson = Lesson(2)
    wall = ClassWall(lesson.classroom, lesson.right)
    assert wall.is_open
    lesson.say("p1", "hello")
    lesson.desk.close()
    assert not wall.is_open
    frame = wall.frame()
    assert (frame.closed, frame.people, frame.waiting, frame.rooms) == (True, {}, (), ())
