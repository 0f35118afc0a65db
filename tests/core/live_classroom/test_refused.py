"""The live feed over classes: whom it lets in nowhere, without telling what there is."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from securechat.classroom import TEACHER, TicketOffice
from securechat.classroom.tickets import TICKET_SECONDS, Ticket
from securechat.live.feed import MAX_EACH
from tests.core.class_feed import School, eventually, is_gone, people, school
from tests.core.classes import Lesson
from tests.feed import feed, receive, receive_until
from tests.support import running_server

HEX = "0123456789abcdef"


@pytest.fixture(scope="module")
def running() -> Iterator[School]:
    """A server for all tests of this file."""
    with school() as served:
        yield served


@pytest.fixture
def lesson() -> Lesson:
    """A class of two pairs, and somebody who waits."""
    return Lesson(5)


def room_path(room: str, ticket: str | None = None) -> str:
    """Return the path of a room's feed."""
    return f"/api/rooms/{room}/live" + ("" if ticket is None else f"?ticket={ticket}")


def wall_path(class_id: str, ticket: str | None = None) -> str:
    """Return the path of a class's wall."""
    return f"/api/classes/{class_id}/live" + ("" if ticket is None else f"?ticket={ticket}")


def altered(ticket: str, index: int) -> str:
    """Flip a bit of a ticket."""
    data = bytearray(base64.urlsafe_b64decode(ticket))
    data[index] ^= 1
    return base64.urlsafe_b64encode(data).decode()


Forge = Callable[[School, Lesson, str], str | None]

TICKETS: dict[str, Forge] = {
    "none": lambda served, lesson, room: None,
    "empty": lambda served, lesson, room: "",
    "garbage": lambda served, lesson, room: "gAAAAABgarbage",
    "not UTF-8": lambda served, lesson, room: "%ff%00",
    "too long": lambda served, lesson, room: "g" * 5_000,
    "the code of the class": lambda served, lesson, room: lesson.classroom.code,
    "the token of a seat": lambda served, lesson, room: lesson.tokens["p1"],
    "for another room": lambda served, lesson, room: served.ticket(lesson.room_of("p3"), "p1"),
    "for the room of everyone": lambda served, lesson, room: served.ticket(lesson.everyone, "p1"),
    "for the wall": lambda served, lesson, room: served.ticket(lesson.classroom.id, TEACHER),
    "of another pair": lambda served, lesson, room: served.ticket(room, "p3"),
    "of somebody who waits": lambda served, lesson, room: served.ticket(room, "p5"),
    "of the teacher": lambda served, lesson, room: served.ticket(room, TEACHER),
    "of nobody": lambda served, lesson, room: served.ticket(room, ""),
    "of somebody unknown": lambda served, lesson, room: served.ticket(room, "p99"),
    "of an odd id": lambda served, lesson, room: served.ticket(room, "../p1\x00é"),
    "run out": lambda served, lesson, room: served.ticket(room, "p1", age=TICKET_SECONDS + 1),
    "of the future": lambda served, lesson, room: served.ticket(room, "p1", age=-65),
    "of another server": lambda served, lesson, room: TicketOffice().issue(Ticket(room, "p1")),
    "a message of the room": lambda served, lesson, room: lesson.say("p1", "x", room).token,
    "altered in the time": lambda served, lesson, room: altered(served.ticket(room, "p1"), 8),
    "altered in the text": lambda served, lesson, room: altered(served.ticket(room, "p1"), 30),
    "altered in the signature": lambda served, lesson, room: altered(served.ticket(room, "p1"), -1),
    "spelt otherwise": lambda served, lesson, room: served.ticket(room, "p1") + "%0A",
    "doubled": lambda served, lesson, room: served.ticket(room, "p1") * 2,
}
"""Tickets that let nobody into the room of p1 and p2."""


class TestRooms:
    """Without a valid ticket of somebody who sits in a room nobody gets into it."""

    @pytest.mark.parametrize("name", TICKETS)
    def test_tickets_that_are_none(self, served: School, lesson: Lesson, room: str, name: str) -> None:
        """Each is refused as where there is no such room at all; then, the right one is taken."""
        ticket = TICKETS[name](served, lesson, room)
        refused = served.answer(room_path(room, ticket))
        assert refused == served.answer(room_path(f"{HEX}-1", ticket))
        assert refused[0] == 404
        assert room.encode() not in refused[1]
        with served.enter(room, "p1") as reader:
            assert receive(reader)["type"] in ("message", "room")

    @pytest.mark.parametrize(
        "lose",
        [
            pytest.param(lambda lesson: lesson.classroom.leave("p1"), id="left"),
            pytest.param(lambda lesson: lesson.desk.remove("p1"), id="removed"),
            pytest.param(lambda lesson: lesson.desk.close(), id="class closed"),
            pytest.param(
                lambda lesson: (lesson.classroom.leave("p2"), lesson.classroom.find_partner("p1")),
                id="in another room",
            ),
        ],
    )
    def test_tickets_that_were_kept(
        self, served: School, lesson: Lesson, room: str, lose: Callable[[Lesson], object]
    ) -> None:
        """Who lost the seat gets in no more, although the ticket has not run out."""
        ticket = served.ticket(room, "p1")
        with served.open(room_path(room, ticket)) as reader:
            people(reader)
        lose(lesson)
        refused = served.answer(room_path(room, ticket))
        assert refused == served.answer(room_path(f"{HEX}-1", ticket))

    def test_a_ticket_counts_until_it_runs_out(self, served: School, room: str) -> None:
        """One that is nearly two minutes old still lets in; what is open then stays open."""
        with served.open(room_path(room, served.ticket(room, "p1", age=TICKET_SECONDS - 5))) as reader:
            assert receive(reader)["type"] == "room"

    @pytest.mark.parametrize(
        "name",
        [
            *("..", "%2e%2e", "{room}%00", "{room}%20", "{room}%C3%A9", "..%2F{room}", "{room}%2F..", "%FF"),
            *("{id}", "{id}-99", "{id}-", "{id}-01", "{id}-1%0D%0A", "x" * 500),
        ],
    )
    def test_names_of_rooms_that_are_none(self, served: School, lesson: Lesson, room: str, name: str) -> None:
        """Odd names lead nowhere, even with a ticket for exactly that name."""
        path = name.format(room=room, id=lesson.classroom.id)
        for place in (path, room):
            for holder in ("p1", TEACHER):
                assert served.answer(room_path(path, served.ticket(place, holder)))[0] in (403, 404)

    def test_a_room_of_another_class(self, served: School, lesson: Lesson, room: str) -> None:
        """Ids are the same in every class, tickets are not: p1 of one is not p1 of another."""
        other = Lesson(2)
        other_room = other.room_of("p1")
        assert served.answer(room_path(other_room, served.ticket(other_room, "p1")))[0] == 404
        served.lesson = other
        assert served.answer(room_path(other_room, served.ticket(room, "p1")))[0] == 404
        assert served.answer(room_path(room, served.ticket(room, "p1")))[0] == 404
        with served.enter(other_room, "p1") as reader:
            assert receive(reader)["type"] == "room"

    def test_only_who_reads_has_texts(self, served: School, lesson: Lesson, room: str) -> None:
        """Whether messages come with texts stands in the ticket, and not in the address."""
        lesson.say("p2", "hello", room)
        ticket = served.ticket(room, "p1")
        for more in ("&reads=true", "&reads=1", "&ticket="):
            if more == "&ticket=":
                more += served.ticket(lesson.everyone, "p1", reads=True)
                assert served.answer(room_path(room, ticket) + more)[0] == 404
                continue
            with served.open(room_path(room, ticket) + more) as reader:
                assert "text" not in receive(reader)


class TestWalls:
    """Without a valid ticket of the teacher nobody gets to the wall."""

    @pytest.mark.parametrize("name", [*TICKETS, "of a pupil", "of a pupil who is removed"])
    def test_tickets_that_are_none(self, served: School, lesson: Lesson, room: str, name: str) -> None:
        """Each is refused as where there is no such class at all; then, the right one is taken."""
        class_id = lesson.classroom.id
        if name in TICKETS:
            ticket = None if name == "for the wall" else TICKETS[name](served, lesson, room)
        else:
            ticket = served.ticket(class_id, "p1")
            if "removed" in name:
                lesson.desk.remove("p1")
        refused = served.answer(wall_path(class_id, ticket))
        assert refused == served.answer(wall_path(HEX, ticket))
        assert refused == served.answer(room_path(room, "x")), "nor does it tell rooms from classes"
        with served.watch(class_id) as wall:
            assert receive(wall)["type"] == "wall"

    def test_after_the_end(self, served: School, lesson: Lesson) -> None:
        """The wall of a class that was closed is not there any more."""
        ticket = served.ticket(lesson.classroom.id, TEACHER)
        with served.open(wall_path(lesson.classroom.id, ticket)) as wall:
            receive(wall)
        lesson.desk.close()
        assert served.answer(wall_path(lesson.classroom.id, ticket)) == served.answer(wall_path(HEX, ticket))

    @pytest.mark.parametrize("name", ["..", "%2e%2e", "{id}%00", "{id}%20", "{code}", "{everyone}", "{room}"])
    def test_names_that_are_none(self, served: School, lesson: Lesson, room: str, name: str) -> None:
        """Neither the code nor a room is the id of a class."""
        path = name.format(
            id=lesson.classroom.id, code=lesson.classroom.code, everyone=lesson.everyone, room=room
        )
        for place in (path, lesson.classroom.id):
            assert served.answer(wall_path(path, served.ticket(place, TEACHER)))[0] in (403, 404)


class TestOrigins:
    """Foreign pages cannot listen, not even with a ticket."""

    @pytest.mark.parametrize(
        "origin",
        [
            *("null", "http://evil.example", "https://{host}.evil.example", "http://evil{host}", ""),
            *("http://{host}@evil", "http://{name}", "http://{name}:1", "http://[", "{host}", "file://"),
        ],
    )
    def test_foreign_ones(self, served: School, lesson: Lesson, room: str, origin: str) -> None:
        """Each is refused with 403, whether the room or the class is there or not."""
        host = urlsplit(served.url).netloc
        origin = origin.format(host=host, name=host.partition(":")[0])
        class_id = lesson.classroom.id
        answers = [
            served.answer(path, origin)
            for path in (
                room_path(room, served.ticket(room, "p1")),
                room_path(lesson.everyone, served.ticket(lesson.everyone, TEACHER)),
                wall_path(class_id, served.ticket(class_id, TEACHER)),
                room_path(f"{HEX}-1", "x"),
                wall_path(HEX),
            )
        ]
        assert answers == [(403, b"")] * 5

    def test_the_page_s_own(self, served: School, lesson: Lesson, room: str) -> None:
        """The app's own page may, with a ticket; without one it may not either."""
        class_id = lesson.classroom.id
        for path in (
            room_path(room, served.ticket(room, "p1")),
            wall_path(class_id, served.ticket(class_id, TEACHER)),
        ):
            with served.open(path, served.url) as connection:
                assert receive(connection)["type"] in ("room", "wall")
            assert served.answer(path.partition("?")[0], served.url)[0] == 404


def test_one_holder_has_few_places(served: School, lesson: Lesson, room: str) -> None:
    """A ticket opens ten connections at once; then no more, while others get in, until one of them goes."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(served.enter(room, "p1")) for _ in range(MAX_EACH)]
        path = room_path(room, served.ticket(room, "p1"))
        assert served.answer(path)[0] == 503
        stack.enter_context(served.enter(room, "p2"))
        stack.enter_context(served.enter(lesson.everyone, "p1"))
        stack.enter_context(served.watch(lesson.classroom.id))
        sockets[0].close()
        assert eventually(lambda: _gets_in(served, room))


def _gets_in(served: School, room: str) -> bool:
    try:
        with served.enter(room, "p1"):
            return True
    except InvalidStatus:
        return False


def test_a_silent_client_is_let_go() -> None:
    """One that does not read is closed after a while; the partner's feed goes on, and it is not here then."""
    lesson = Lesson(2)
    room = lesson.room_of("p1")
    for _ in range(500):
        lesson.store.append(room, "p2", "x" * 10_000)
    with school(lesson, send_seconds=1.5) as served, socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.connect((urlsplit(served.url).hostname, urlsplit(served.url).port))
        request = f"GET {room_path(room, served.ticket(room, 'p1'))} HTTP/1.1\r\nHost: x\r\n"
        request += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        silent.sendall(f"{request}Sec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode())
        with served.enter(room, "p2", after=500) as partner:
            people(partner, lambda frame: frame["people"][0]["here"])
            began = time.monotonic()
            lesson.say("p2", "still here", room)
            assert receive_until(partner, "message")[-1]["id"] == 501
            assert time.monotonic() - began < 1.0, "nobody waits for who does not read"
            assert eventually(lambda: is_gone(lesson, "p1"))
            lesson.classroom.tell(room)
            people(partner, lambda frame: not frame["people"][0]["here"])


def test_no_ticket_is_logged(tmp_path: Path) -> None:
    """The server's log has no ticket in it, neither of a feed that was opened nor of one that was refused."""
    canary = "gAAAAABcanary"
    with running_server(tmp_path / "server") as server:
        with feed(server.url, f"?ticket={canary}") as reader:
            receive(reader)
        school_there = School(Lesson())
        school_there.url = server.url
        for path in (room_path(f"{HEX}-1", canary), wall_path(HEX, canary)):
            assert school_there.answer(path)[0] == 404
    assert server.log.read_text()
    assert canary not in server.log.read_text()
