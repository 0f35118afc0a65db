"""The message store in memory: it does what every store does, and of what is forgotten nothing is left."""

from __future__ import annotations

import pytest

from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.store import MAX_ROOM_MESSAGES, MAX_ROOMS
from tests.core.store_contract import MakeStore, StoreContract, fill
from tests.core.test_secrecy import reachable, texts_within


class TestInMemoryMessageStore(StoreContract):
    """The contract of a store, kept in memory."""

    @pytest.fixture
    def make_store(self) -> MakeStore:
        """Make it as it is: there is nothing to close."""
        return InMemoryMessageStore


def test_as_much_is_kept_as_is_said() -> None:
    """Unless told otherwise, 500 messages in each of 500 rooms."""
    store = InMemoryMessageStore()
    for number in range(MAX_ROOM_MESSAGES + 1):
        store.append("room", "A", str(number))
    assert (MAX_ROOM_MESSAGES, MAX_ROOMS) == (500, 500)
    assert len(store.view("room").messages) == MAX_ROOM_MESSAGES
    assert store.head("room").dropped == 1


class TestNothingIsLeft:
    """What is gone is in no object of the store."""

    def test_of_old_tokens(self) -> None:
        """After the old key is dropped for being known, nothing that it opens is left in the store."""
        store = InMemoryMessageStore()
        fill(store, "first canary", "second canary", "the third")
        assert "first canary" in texts_within(store), "the control: the walk gets as far as the messages"
        store.replace_tokens("room", {1: "a", 2: "b"})
        assert not [text for text in texts_within(store) if "canary" in str(text)]

    def test_of_new_tokens_for_cleared_messages(self) -> None:
        """A token for a message that was cleared is not kept."""
        store = InMemoryMessageStore()
        fill(store, "one", "two").clear("room")
        store.replace_tokens("room", {1: "other", 2: "another"})
        assert "other" not in texts_within(store)

    def test_of_a_room_that_was_forgotten(self) -> None:
        """Not even its name."""
        store = InMemoryMessageStore()
        fill(store, "red token", room="red")
        assert [text for text in texts_within(store) if "red" in str(text)], "the control"
        store.forget("red")
        assert not [text for text in texts_within(store) if "red" in str(text)]

    def test_of_thousands(self) -> None:
        """After 1,000 rooms came and went the store is as large as at first."""
        store = InMemoryMessageStore(max_rooms=2)
        fill(store, "token", room="red")
        fill(store, "token", room="green").forget("green")
        size = sum(1 for _ in reachable(store))
        for number in range(1_000):
            store.append(f"room {number}", "A", "token", client_id="mine", recipient="B")
            store.forget(f"room {number}")
        assert sum(1 for _ in reachable(store)) == size


def test_no_more_characters_are_kept_than_may_be() -> None:
    """Long tokens fall out sooner, and what clients called them opens nothing then. One is always kept."""
    store = InMemoryMessageStore(max_chars=1_000)
    for number in range(1, 6):
        store.append("one", "A", str(number) * 400, client_id=str(number))
    view = store.view("one")
    assert [message.id for message in view.messages] == [4, 5]
    assert (view.first_id, view.dropped) == (4, 3)
    known = [store.acknowledged("one", "A", str(number)) for number in range(1, 6)]
    assert [bool(message and message.token) for message in known] == [False, False, False, True, True]
    store.append("one", "A", "6" * 5_000)
    assert [message.id for message in store.view("one").messages] == [6]
