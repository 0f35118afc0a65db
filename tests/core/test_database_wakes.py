"""What one server changes in a database, another one hears of: whatever rings there, and whatever fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Queue

import pytest
from sqlalchemy import URL

from securechat.database import DatabaseSettings, open_rooms
from securechat.database.lasting import LastingRooms
from securechat.errors import StoreUnavailable
from securechat.rooms.hub import Hub, room_topic
from securechat.rooms.store import MessageStore
from tests.core.test_database_servers import cut_connections
from tests.support import CANARY_KEY

ROOM = "demo"
PATIENCE = 30  # seconds until something that does not come counts as lost


class Servers:
    """Two servers that share a database, as far as their rooms go."""

    def __init__(self, url: URL, folder: Path, stack: ExitStack) -> None:
        address = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
        settings = DatabaseSettings(address, folder, master_key=CANARY_KEY, master_file=folder / "master.key")
        self.hubs = Hub(), Hub()
        self.both: list[LastingRooms] = []
        for hub in self.hubs:
            self.both.append(open_rooms(settings, hub, rooms=(ROOM,)))
            stack.callback(self.both[-1].close)
            self.both[-1].start()
        self.one, self.other = (each.store for each in self.both)


@pytest.fixture
def servers(bare_url: URL, tmp_path: Path) -> Iterator[Servers]:
    """Return two servers on each engine."""
    with ExitStack() as stack:
        yield Servers(bare_url, tmp_path, stack)


class Ear:
    """Hears what a hub tells of the room."""

    def __init__(self, hub: Hub) -> None:
        self._rings: Queue[None] = Queue()
        hub.subscribe(room_topic(ROOM), lambda: self._rings.put(None))

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; look only when there was a ring."""
        while not holds():
            self._rings.get(timeout=PATIENCE)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that nobody tells of."""
    tick = threading.Event()
    for _ in range(PATIENCE * 20):
        if holds():
            return
        tick.wait(0.05)
    raise TimeoutError


CHANGES: dict[str, Callable[[MessageStore], object]] = {
    "append": lambda store: store.append(ROOM, "A", "another token", client_id="mine"),
    "clear": lambda store: store.clear(ROOM),
    "forget": lambda store: store.forget(ROOM),
    "replace": lambda store: store.replace_tokens(ROOM, {1: "another token"}),
    "keys": lambda store: store.change_keys_version(ROOM, 1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_other_one_hears_of_it(servers: Servers, change: str) -> None:
    """Whatever it was: it is told that there is news, and shows then what there is."""
    ear = Ear(servers.hubs[1])
    servers.one.append(ROOM, "A", "token")
    ear.wait_until(lambda: servers.other.head(ROOM).last_id == 1)
    CHANGES[change](servers.one)
    ear.wait_until(lambda: servers.other.head(ROOM) == servers.one.head(ROOM))
    assert servers.other.since(ROOM, 0) == servers.one.since(ROOM, 0)


def test_what_one_does_is_there_at_once(servers: Servers) -> None:
    """Whoever has written sees it without waiting for a ring, and what the other wrote before it, too."""
    servers.one.append(ROOM, "A", "first")
    servers.other.append(ROOM, "B", "second")
    assert [message.token for message in servers.other.since(ROOM, 0).messages] == ["first", "second"]


def test_all_of_it_is_what_there_is_now(servers: Servers) -> None:
    """Who needs every message gets those that nobody has rung for, and the others hear of them, too."""
    for each in servers.both:
        each._waker.close()  # noqa: SLF001 - as if a ring were late
    ear = Ear(servers.hubs[1])
    servers.one.append(ROOM, "A", "token")
    assert servers.other.head(ROOM).last_id == 0
    assert [message.token for message in servers.other.view(ROOM).messages] == ["token"]
    ear.wait_until(lambda: servers.other.head(ROOM).last_id == 1)


@pytest.mark.parametrize("bare_url", ["postgresql", "mariadb"], indirect=True)
def test_it_was_cut_off(servers: Servers, bare_url: URL, caplog: pytest.LogCaptureFixture) -> None:
    """It connects again, looks at everything, and hears of what comes then. The log says so, and no more."""
    for number in range(1, 4):
        cut_connections(bare_url)
        servers.one.append(ROOM, "A", f"token {number}")
        wait_until(lambda number=number: servers.other.head(ROOM).last_id == number)  # type: ignore[misc]
    wait_until(lambda: all(each.health().is_listening for each in servers.both))
    assert servers.other.is_current(ROOM)
    assert "canary" not in caplog.text
    assert "Traceback" not in caplog.text


def test_it_does_not_answer(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there can be read, and is said to be old, until it answers again: then it is new."""
    servers.one.append(ROOM, "A", "token")
    wait_until(lambda: servers.other.head(ROOM).last_id == 1)
    before, ear = servers.other.since(ROOM, 0), Ear(servers.hubs[1])
    with monkeypatch.context() as patch:
        patch.setattr(servers.both[1]._database, "_asked", silent)  # noqa: SLF001 - the edge that cannot be had
        with pytest.raises(StoreUnavailable):
            servers.other.append(ROOM, "B", "lost")
        ear.wait_until(lambda: not servers.other.is_current(ROOM))
        servers.one.append(ROOM, "A", "missed")
        for view in (servers.other.since(ROOM, 0), servers.other.view(ROOM), servers.other.tail(ROOM, 5)):
            assert view == before
        assert not servers.other.is_current(ROOM)
        assert servers.other.is_current("not watched")
    ear.wait_until(lambda: servers.other.is_current(ROOM))
    assert [message.token for message in servers.other.since(ROOM, 0).messages] == ["token", "missed"]


def silent(*_: object) -> object:
    """Be a database that does not answer."""
    raise StoreUnavailable
