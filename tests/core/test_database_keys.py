"""Keys of the front page where two servers share a database and a key file: nothing becomes unreadable."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from securechat.application import Application, Bounds
from securechat.crypto.keyring import KeyRing
from securechat.database import DatabaseSettings
from securechat.errors import InvalidKey, KeysChanged, StoreUnavailable
from securechat.rooms.conversation import Conversation
from securechat.settings import Settings
from tests.core.database_looks import connected
from tests.core.test_database_wakes import wait_until
from tests.support import CANARY_KEY

Start = Callable[[], Application]


@pytest.fixture
def start(bare_url: URL, tmp_path: Path) -> Iterator[Start]:
    """Start servers that share a database and a key file."""
    address = bare_url.set(drivername=bare_url.get_backend_name()).render_as_string(hide_password=False)
    settings = Settings(
        key_file=tmp_path / "secret.key",
        database=DatabaseSettings(
            address, tmp_path, master_key=CANARY_KEY, master_file=tmp_path / "master.key"
        ),
    )
    with ExitStack() as stack:

        def start() -> Application:
            application = Application(settings, bounds=Bounds(send_count=10**6))
            stack.callback(application.close)
            application.start()
            return application

        yield start


def rotate(conversation: Conversation) -> None:
    """Make a new key, have everything under it, and drop the others."""
    conversation.change_keys(lambda ring: ring.rotated())
    drop_retired(conversation)


def drop_retired(conversation: Conversation) -> None:
    """Have everything under the primary key, and drop the others."""
    conversation.reencrypt()
    conversation.change_keys(lambda ring: KeyRing(ring.keys[:1], origin=ring.origin))


def texts(conversation: Conversation) -> list[str]:
    """Return what is written there, opened with the keys that it has now."""
    view = conversation.view()
    return [conversation.keyring.open(message.token).plaintext for message in view.messages]


def test_they_last(start: Start) -> None:
    """After a restart a new key is still the new one, and opens what was written before."""
    first = start()
    first.conversation.send("A", "before")
    rotate(first.conversation)
    first.conversation.send("A", "after")
    version = first.conversation.key_change.number
    first.close()
    again = start()
    assert texts(again.conversation) == ["before", "after"]
    assert (version, again.conversation.key_change.number) == (2, 3), "counted, and as the store counts"
    assert again.conversation.keyring.keys == first.conversation.keyring.keys


def test_the_file_is_another_one(start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With a key that does not open what was kept, pages and the log say so; with the right one not."""
    first = start()
    assert not first.has_lost_its_key
    first.conversation.send("A", "before")
    first.close()
    (tmp_path / "secret.key").rename(tmp_path / "elsewhere")
    second = start()
    assert second.has_lost_its_key
    assert "does not open with the key that is here" in caplog.text
    (tmp_path / "elsewhere").rename(tmp_path / "secret.key")
    third = start()
    assert not third.has_lost_its_key
    second.conversation.send("A", "under the new key")
    assert second.has_lost_its_key, "what was there before still does not open"
    second.conversation.clear()
    assert not second.has_lost_its_key, "there is nothing left that does not open"


def test_the_newest_message_is_deleted_by_hand(start: Start, bare_url: URL, tmp_path: Path) -> None:
    """Nobody is told that a key is lost, but where it is: the newest that is there says so."""
    first = start()
    first.conversation.send("A", "before")
    first.conversation.send("A", "deleted")
    first.close()
    with connected(bare_url) as connection:
        connection.exec_driver_sql("DELETE FROM messages WHERE id = 2")
    again = start()
    assert [message.id for message in again.conversation.view().messages] == [1, 2]
    assert not again.has_lost_its_key
    assert again.conversation.reencrypt().unreadable == 1
    assert again.conversation.send("B", "afterwards").id == 3
    with connected(bare_url) as connection:
        connection.exec_driver_sql("DELETE FROM messages WHERE id = 3")
    (tmp_path / "secret.key").unlink()
    assert start().has_lost_its_key


def test_another_server_changes_them(start: Start) -> None:
    """Whoever writes by the one then writes under the new key, and the one opens what the other stores."""
    one, other = start(), start()
    one.conversation.send("A", "before")
    rotate(other.conversation)
    other.conversation.send("B", "by the other")
    one.conversation.send("A", "by the one")
    for each in (one, other):
        wait_until(lambda each=each: each.conversation.head().last_id == 3)  # type: ignore[misc]
        assert texts(each.conversation) == ["before", "by the other", "by the one"]
        assert len(each.conversation.keyring.keys) == 1


def test_nothing_is_unreadable(start: Start) -> None:
    """Writers on two servers, while keys are made, used for everything and dropped on both."""
    servers, over = (start(), start()), threading.Event()

    def write(number: int) -> list[str]:
        sent: list[str] = []
        conversation = servers[number % 2].conversation
        while not over.is_set():
            text = f"{number} {len(sent)}"
            try:
                conversation.send("A", text, client_id=text)
            except KeysChanged:
                continue
            sent.append(text)
        return sent

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number) for number in range(4)]
        try:
            for number in range(6):
                for attempt in range(100):
                    try:
                        rotate(servers[number % 2].conversation)
                        break
                    except KeysChanged:  # what two may be told who do this at once
                        assert attempt < 99
        finally:
            over.set()
        sent = {text for writer in writers for text in writer.result(60)}
    for server in servers:
        assert set(texts(server.conversation)) <= sent
        assert (
            len(texts(server.conversation))
            == server.conversation.head().count - server.conversation.head().dropped
        )


def test_a_file_that_is_gone(start: Start, tmp_path: Path) -> None:
    """Nobody writes under keys that may be others by now; what is known is read on."""
    one, other = start(), start()
    one.conversation.send("A", "before")
    rotate(other.conversation)
    other.conversation.change_keys(lambda ring: ring.rotated())
    (tmp_path / "secret.key").rename(tmp_path / "elsewhere")
    wait_until(lambda: one.conversation.head().keys_version == 4)
    assert len(one.conversation.keyring.keys) == 1
    with pytest.raises(InvalidKey, match=r"secret\.key"):
        one.conversation.send("A", "lost")
    (tmp_path / "elsewhere").rename(tmp_path / "secret.key")
    one.conversation.send("A", "after")
    assert texts(one.conversation) == ["before", "after"]


def test_none_is_dropped_while_it_may_be_needed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the database does not answer it is not known which messages need a key."""
    visit = start().visit("demo", "")
    assert visit
    conversation = visit.conversation  # type: ignore[attr-defined]
    conversation.change_keys(lambda ring: ring.rotated())
    monkeypatch.setattr(type(conversation), "is_current", False)
    with pytest.raises(StoreUnavailable):
        visit.change_keys(lambda ring: KeyRing(ring.keys[:1], origin=ring.origin))  # type: ignore[attr-defined]
    assert len(conversation.keyring.keys) == 2


def test_a_change_that_may_have_been_made(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted or not, the keys are those of before, and both servers go on."""
    one, other = start(), start()
    before = one.settings.key_file.read_bytes()
    change = type(one._store).change_keys_version  # noqa: SLF001 - the edge that cannot be had

    def changes_late(store: object, room: str, present: int) -> int:
        change(one._store, room, present)  # noqa: SLF001
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(type(one._store), "change_keys_version", changes_late)  # noqa: SLF001
        with pytest.raises(StoreUnavailable):
            one.conversation.change_keys(lambda ring: ring.rotated())
    assert one.settings.key_file.read_bytes() == before
    for server in (one, other):
        server.conversation.send("A", "text")
    wait_until(lambda: one.conversation.head().last_id == 2)
    assert texts(one.conversation) == texts(other.conversation) == ["text"] * 2
    assert one.conversation.key_change.by is other.conversation.key_change.by is None


def test_it_takes_long(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends by another server meanwhile is told to try again, and nothing of a file."""
    one, other = start(), start()
    monkeypatch.setattr("securechat.crypto.whole_file.LOCK_SECONDS", 0.05)
    seen: list[object] = []

    def rotated_slowly(ring: KeyRing) -> KeyRing:
        with pytest.raises(KeysChanged):
            other.conversation.send("A", "too early")
        seen.append(other.conversation.keyring)
        seen.append(Conversation(other._store, ring, room="demo"))  # noqa: SLF001 - one that starts just now
        return ring.rotated()

    changed = one.conversation.change_keys(rotated_slowly)
    late = seen[1]
    assert isinstance(late, Conversation)
    for conversation in (other.conversation, late):
        conversation.send("A", "afterwards")
        assert conversation.keyring.primary == changed.primary
    assert texts(one.conversation) == ["afterwards"] * 2


def test_a_dropped_key_does_not_come_back(start: Start) -> None:
    """Another server that still has it in memory puts it into the file no more."""
    one, other = start(), start()
    first = one.conversation.keyring.primary
    one.conversation.change_keys(lambda ring: ring.rotated())
    other.conversation.send("A", "both have both keys")
    assert first in other.conversation.keyring.keys
    one.conversation.change_keys(lambda ring: KeyRing(ring.keys[:1], origin=ring.origin))
    changed = other.conversation.change_keys(lambda ring: ring.rotated())
    assert first not in changed.keys
    assert first.reveal() not in one.settings.key_file.read_text()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["change_keys_version", "replace"])
def test_killed_while_it_changes_keys(start: Start, step: str, moment: str) -> None:
    """Whoever goes on, and whoever comes back, write what both can read, also after old keys are dropped."""
    other = start()
    kill_at(other.settings, step, moment)
    other.conversation.send("A", "by who goes on")
    back = start()
    assert len(back.conversation.keyring.keys) == (2 if (step, moment) == ("replace", "after") else 1)
    drop_retired(back.conversation)
    for server in (other, back):
        server.conversation.send("A", "afterwards")
    for server in (other, back):
        wait_until(lambda server=server: server.conversation.head().last_id == 3)  # type: ignore[misc]
        assert texts(server.conversation) == ["by who goes on", "afterwards", "afterwards"]


def kill_at(settings: Settings, step: str, moment: str) -> None:
    """Start a server, have it make a new key, and kill it at this step of that."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=change_and_die, args=(settings, step, moment))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def change_and_die(settings: Settings, step: str, moment: str) -> None:
    """Be that server."""
    application = Application(settings)
    application.start()
    place: Any = os if step == "replace" else type(application._store)  # noqa: SLF001
    do = getattr(place, step)

    def die(*args: object) -> None:
        if moment == "after":
            do(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, step, die)
    application.conversation.change_keys(lambda ring: ring.rotated())
