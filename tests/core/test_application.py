"""The application: what it shares, and whom it lets in."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from securechat.application import Application, Bounds
from securechat.classroom import TEACHER, Ticket
from securechat.classroom.registry import IDLE_HOURS
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import ClassroomFull, InvalidKey, TooFast
from securechat.frames import Send
from securechat.rooms.hub import Hub
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.policy import Actor
from securechat.rooms.room import DEMO_ROOM
from securechat.sealed.key import room_of
from securechat.settings import Settings
from tests.core.classes import Clock
from tests.sealed import by, name_of
from tests.support import CANARY, CANARY_KEY

SETTINGS = Settings(key=KeyRing.from_text(CANARY_KEY), presenter_passcode="open sesame")


def test_two_share_nothing() -> None:
    """Each has a room of its own, and tickets that the other does not take."""
    one, other = Application(SETTINGS), Application(SETTINGS)
    one.conversation.send("A", "hello")
    assert other.conversation.view().messages == ()
    ticket = one.tickets.issue(Ticket(DEMO_ROOM, TEACHER, session=one.presenters.enter()))
    there, elsewhere = one.visit(DEMO_ROOM, ticket), other.visit(DEMO_ROOM, ticket)
    assert there
    assert there.actor.is_presenter
    assert elsewhere
    assert not elsewhere.actor.is_presenter


def test_the_sealed_rooms_that_it_could_open() -> None:
    """Those of the present keys of Chat, retired ones too; of a class none, and a name gives no key away."""
    shared = Application(SETTINGS)
    shared.conversation.change_keys(lambda ring: KeyRing((FernetKey.generate(), *ring.keys)))
    classroom = shared.classrooms.new()
    for name in ("Brave Otter", "Calm Fox"):
        classroom.join(name)
    names = shared.known_rooms()
    assert names == tuple(room_of(key) for key in shared.conversation.keyring.keys)
    assert len(names) == 2
    assert CANARY_KEY[:12] not in str(names)


def test_one_hub_is_told_of_everything() -> None:
    """Of messages in Chat, of a class, of who may write in Chat, and of a session that ends."""

    class Recorder(Hub):
        def publish(self, *topics: str) -> None:
            told.update(topic.split()[0] for topic in topics)
            super().publish(*topics)

    told = set[str]()
    shared = Application(SETTINGS, hub=Recorder())
    for change, topics in (
        (lambda: shared.conversation.send("A", "hello"), {"room"}),
        (lambda: shared.policy.reserve(on=True), {"policy"}),
        (lambda: shared.presenters.leave(shared.presenters.enter()), {"presenter"}),
        (lambda: shared.classrooms.new().join("Brave Otter"), {"class", "room"}),
    ):
        told.clear()
        change()
        assert told == topics


def test_a_key_file_is_made(tmp_path: Path) -> None:
    """Where no key is set."""
    path = tmp_path / "secret.key"
    shared = Application(Settings(key_file=path))
    assert path.read_text().strip() == shared.conversation.keyring.primary.reveal()


def test_without_a_key_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key file that cannot be used is left alone; no passcode is made for an app that does not start."""
    path = tmp_path / "secret.key"
    path.write_text(CANARY)
    with pytest.raises(InvalidKey):
        Application(Settings(key_file=path))
    assert path.read_text() == CANARY
    assert capsys.readouterr().out == ""


def test_a_key_for_one_run_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever runs the server learns that the key is not kept."""
    with caplog.at_level(logging.WARNING, "securechat"):
        Application(Settings(key_file=tmp_path / "no such folder" / "secret.key"))
    assert "for this run only" in caplog.text


def test_a_passcode_is_made_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """It is the one that opens; where one is set, nothing is printed."""
    shared = Application(Settings(key=KeyRing.generate()))
    said = capsys.readouterr().out.split()
    passcode = said[said.index("is") + 1]
    assert shared.passcode.check(passcode, "somebody")
    assert not shared.passcode_is_set
    assert Application(SETTINGS).passcode.check("open sesame", "somebody")
    assert capsys.readouterr().out == ""


def test_the_store_that_it_is_given() -> None:
    """Chat and classes keep their messages there."""
    store = InMemoryMessageStore()
    shared = Application(SETTINGS, store=store)
    shared.conversation.send("A", "hello")
    classroom = shared.classrooms.new()
    person = classroom.join(classroom.suggest(1)[0]).participant
    classroom.view().rooms[classroom.everyone].conversation.send(person, "hello", actor=Actor(person))
    assert [len(store.view(room).messages) for room in (DEMO_ROOM, classroom.everyone)] == [1, 1]


def test_its_end() -> None:
    """With it the store lets go of what it holds."""

    class Closing(InMemoryMessageStore):
        def close(self) -> None:
            closed.append(True)

    closed: list[bool] = []
    shared = Application(SETTINGS, store=Closing())
    assert closed == []
    shared.close()
    assert closed == [True]


class TestTicks:
    """A class that nobody uses ends, also where nobody asks for anything."""

    def test_they_end_classes(self, caplog: pytest.LogCaptureFixture) -> None:
        """As long as the application is not closed; one that fails is logged, and is not the last."""

        class Failing(InMemoryMessageStore):
            def forget(self, room: str) -> None:
                if not failed:
                    failed.append(room)
                    raise OSError("The database is away.")
                super().forget(room)

        failed: list[str] = []
        clock = Clock()
        shared = Application(SETTINGS, store=Failing(), clock=clock, bounds=Bounds(tick_seconds=0.001))
        ended = threading.Event()
        classes = [shared.classrooms.new() for _ in range(2)]
        classes[0].subscribe(ended.set)
        clock.now += IDLE_HOURS * 3_600
        shared.start()
        assert ended.wait(60)
        shared.close()
        assert [classroom.view().closed for classroom in classes] == [True, True]
        assert failed == [classes[1].everyone]
        assert "could not be ended" in caplog.text

    def test_they_end_sealed_rooms(self, caplog: pytest.LogCaptureFixture) -> None:
        """Also where classes cannot be ended just now."""

        class Failing(InMemoryMessageStore):
            def forget(self, room: str) -> None:
                raise OSError("The database is away.")

        clock = Clock()
        shared = Application(SETTINGS, store=Failing(), clock=clock, bounds=Bounds(tick_seconds=0.001))
        shared.classrooms.new()
        visit = shared.visit(name_of(1), "")
        assert visit
        visit.store(Send(sender=by(1), client_id=f"{by(1)}-1", token=KeyRing.generate().encrypt(CANARY)))
        ended = threading.Event()
        visit.subscribe(ended.set)
        clock.now += IDLE_HOURS * 3_600
        shared.start()
        assert ended.wait(60)
        shared.close()
        assert visit.tokens.head().last_id == 0
        assert "Classes that nobody uses could not be ended" in caplog.text

    def test_they_end_with_the_application(self) -> None:
        """No thread is left of it."""
        before = {*threading.enumerate()}
        shared = Application(SETTINGS)
        shared.start()
        [thread] = {*threading.enumerate()} - before
        assert thread.daemon, "it keeps no server from ending"
        shared.close()
        thread.join(60)
        assert not thread.is_alive()


def test_a_class_pauses_chat() -> None:
    """Where it is paused "in all rooms", Chat is one of them."""
    shared = Application(SETTINGS)
    shared.classrooms.new().desk.allow(locked=True)
    assert shared.policy.paused


def test_its_clock_and_bounds() -> None:
    """Each of them counts."""
    clock = Clock()
    bounds = Bounds(send_count=1, max_classes=1, ticket_seconds=3, here_seconds=2.0)
    shared = Application(SETTINGS, clock=clock, bounds=bounds)
    shared.conversation.send("A", "hello")
    with pytest.raises(TooFast):
        shared.conversation.send("A", "hello")
    clock.now += 11
    shared.conversation.send("A", "hello")
    classroom = shared.classrooms.new()
    with pytest.raises(ClassroomFull):
        shared.classrooms.new()
    person = classroom.join(classroom.suggest(1)[0]).participant
    ticket = shared.tickets.issue(Ticket(classroom.everyone, person))
    clock.now += 1.9
    assert classroom.presence.is_here(person)
    assert shared.visit(classroom.everyone, ticket)
    clock.now += 2.2
    assert not classroom.presence.is_here(person)
    assert shared.visit(classroom.everyone, ticket) is None


class TestWhoGetsIn:
    """By the feed, with what its page has handed out."""

    def test_the_front_page(self) -> None:
        """It is open to all, and to no other room."""
        shared = Application(SETTINGS)
        assert shared.visit(DEMO_ROOM, "")
        assert shared.visit("another", "") is None
        assert shared.visit(shared.classrooms.new().everyone, "") is None

    def test_the_wall(self) -> None:
        """It is the presenter's, as long as their session is not locked."""
        shared = Application(SETTINGS)
        classroom, session = shared.classrooms.new(), shared.presenters.enter()
        ticket = shared.tickets.issue(Ticket(classroom.id, TEACHER, session=session))
        assert shared.wall(classroom.id, ticket)
        assert shared.wall(classroom.id, "") is None
        pupils = shared.tickets.issue(Ticket(classroom.id, "p1", session=session))
        assert shared.wall(classroom.id, pupils) is None
        shared.presenters.leave(session)
        assert shared.wall(classroom.id, ticket) is None
