"""The store tells of changes, and keeps a message once for a client's name of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from securechat.errors import InvalidMessage
from securechat.messages import MAX_NAME_CHARS
from securechat.store import InMemoryMessageStore


class TestSubscribe:
    """Whoever subscribes is woken after each change of that room, until it ends."""

    def test_every_change_of_the_room_and_no_other(self) -> None:
        """Appending and clearing wake; other rooms, and clearing what is empty, do not."""
        store, woken = InMemoryMessageStore(), []
        store.subscribe("red", lambda: woken.append(store.view("red").revision))
        store.append("red", "A", "token")
        store.append("green", "A", "token")
        store.clear("red")
        store.clear("red")
        store.append("red", "A", "token")
        assert woken == [1, 2, 3]

    def test_a_subscriber_may_look_and_write_at_once(self) -> None:
        """It is woken outside the store's lock: whatever it does with the store does not wait for itself."""
        store, seen = InMemoryMessageStore(), []

        def look() -> None:
            seen.append(len(store.since("room")))
            if len(seen) == 1:
                store.append("room", "B", "answer")

        store.subscribe("room", look)
        store.append("room", "A", "question")
        assert seen == [1, 2]

    def test_each_ends_on_its_own(self) -> None:
        """The same function may subscribe twice; ending one leaves the other, ending twice does no harm."""
        store, woken = InMemoryMessageStore(), []

        def wake() -> None:
            woken.append(1)

        ends = [store.subscribe("room", wake) for _ in range(2)]
        store.append("room", "A", "token")
        assert len(woken) == 2
        ends[0]()
        ends[0]()
        store.append("room", "A", "token")
        assert len(woken) == 3
        ends[1]()
        store.append("room", "A", "token")
        assert len(woken) == 3

    def test_threads_that_come_and_go(self) -> None:
        """While others write, thousands subscribe and end; one that stays is woken for the last message."""
        store, news = InMemoryMessageStore(), threading.Event()
        store.subscribe("room", news.set)

        def come_and_go() -> None:
            for _ in range(500):
                store.subscribe("room", lambda: None)()

        def write() -> None:
            for _ in range(500):
                store.append("room", "A", "token")

        with ThreadPoolExecutor(6) as pool:
            for future in [pool.submit(work) for work in (come_and_go, write) * 3]:
                future.result()
        assert store.view("room").last_id == 1_500
        news.clear()
        store.append("room", "A", "the last")
        assert news.is_set()


class TestClientIds:
    """A message that is sent again under its sender's name for it is kept once."""

    def test_once_for_each_sender_and_room(self) -> None:
        """The first message is returned again; the second token is not kept."""
        store = InMemoryMessageStore()
        first = store.append("room", "A", "one", client_id="mine")
        assert store.append("room", "A", "two", client_id="mine") is first
        assert store.acknowledged("room", "A", "mine") is first
        assert store.acknowledged("room", "B", "mine") is None
        assert store.acknowledged("other", "A", "mine") is None
        assert store.append("room", "B", "three", client_id="mine").id == 2
        assert store.append("other", "A", "four", client_id="mine").id == 1
        assert [message.token for message in store.since("room")] == ["one", "three"]

    def test_without_a_name_every_message_is_another(self) -> None:
        """Two equal tokens are two messages."""
        store = InMemoryMessageStore()
        assert [store.append("room", "A", "one").id for _ in range(2)] == [1, 2]

    def test_a_cleared_message_does_not_come_back(self) -> None:
        """Sent again after the room was cleared, it is acknowledged and not shown."""
        store = InMemoryMessageStore()
        store.append("room", "A", "one", client_id="mine")
        store.clear("room")
        again = store.append("room", "A", "one", client_id="mine")
        assert (again.id, again.token) == (1, ""), "nothing of it is kept but that it was there"
        assert store.view("room").messages == ()

    def test_as_many_are_remembered_as_messages_are_kept(self) -> None:
        """The memory for names is bounded; the oldest is forgotten first."""
        store = InMemoryMessageStore(max_messages=3)
        for number in range(4):
            store.append("room", "A", "token", client_id=str(number))
        known = [store.acknowledged("room", "A", str(number)) is not None for number in range(4)]
        assert known == [False, True, True, True]

    def test_many_threads_one_name(self) -> None:
        """Eight threads send the same message at once: one is stored, all get its id."""
        store, start = InMemoryMessageStore(), threading.Barrier(8)

        def send() -> int:
            start.wait()
            return store.append("room", "A", "token", client_id="mine").id

        for expected in range(1, 21):
            start.reset()
            with ThreadPoolExecutor(8) as pool:
                futures = [pool.submit(send) for _ in range(8)]
            assert {future.result() for future in futures} == {1}, expected
        assert store.view("room").last_id == 1

    @pytest.mark.parametrize("size", [0, MAX_NAME_CHARS + 1])
    def test_a_name_of_the_wrong_size(self, size: int) -> None:
        """A name has 1 to 64 characters."""
        store = InMemoryMessageStore()
        with pytest.raises(InvalidMessage):
            store.append("room", "A", "token", client_id="x" * size)
        assert store.append("room", "A", "token", client_id="x" * MAX_NAME_CHARS).id == 1


def test_each_store_has_an_epoch_of_its_own() -> None:
    """Views of one store share it; another store, as after a restart, has another."""
    one, two = InMemoryMessageStore(), InMemoryMessageStore()
    one.append("room", "A", "token")
    assert one.view("room").epoch == one.view("nobody wrote here").epoch != ""
    assert one.view("room").epoch != two.view("room").epoch
    one.clear("room")
    assert one.view("room").epoch == one.view("nobody wrote here").epoch


def test_where_a_room_begins_and_ends() -> None:
    """`first_id` and `last_id` go on through messages that fall out and a room that is cleared."""
    store = InMemoryMessageStore(max_messages=2)
    seen = []
    for _ in range(3):
        seen.append((store.view("room").first_id, store.view("room").last_id))
        store.append("room", "A", "token")
    seen.append((store.view("room").first_id, store.view("room").last_id))
    store.clear("room")
    seen.append((store.view("room").first_id, store.view("room").last_id))
    assert seen == [(1, 0), (1, 1), (1, 2), (2, 3), (4, 3)]
