"""The store forgets a whole room, and keeps to whom alone a message goes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from securechat.errors import InvalidMessage, StoreFull
from securechat.messages import MAX_NAME_CHARS
from securechat.store import InMemoryMessageStore
from tests.core.test_secrecy import reachable, texts_within


def store_of(*rooms: str, max_rooms: int = 10) -> InMemoryMessageStore:
    """Make a store in which A wrote two messages in each of these rooms."""
    store = InMemoryMessageStore(max_rooms=max_rooms)
    for room in rooms:
        for number in range(2):
            store.append(room, "A", f"token {number} of {room}", client_id=str(number))
    return store


class TestForget:
    """A room that is forgotten is as one that has never been there."""

    def test_nothing_of_it_is_left(self) -> None:
        """No message, no count, no name that a client gave; its numbers begin anew."""
        store = store_of("red")
        nothing = store.view("nobody wrote here")
        store.replace_tokens("red", {1: "other"})
        store.forget("red")
        assert store.view("red") == nothing
        assert store.since("red") == ()
        assert store.acknowledged("red", "A", "0") is None
        assert not [text for text in texts_within(store) if "red" in str(text)]
        again = store.append("red", "A", "again", client_id="0")
        assert again.id == 1
        assert store.view("red").messages == (again,)

    def test_other_rooms_stay(self) -> None:
        """They are as before, with what is known of their messages."""
        store = store_of("red", "green")
        before = store.view("green")
        store.forget("red")
        assert store.view("green") is before
        assert store.acknowledged("green", "A", "1") is before.messages[1]

    def test_it_makes_room(self) -> None:
        """A store that was full takes another room then, and no more than one."""
        store = store_of("red", "green", max_rooms=2)
        store.forget("red")
        store.append("blue", "A", "token")
        with pytest.raises(StoreFull):
            store.append("red", "A", "token")

    def test_clearing_does_not(self) -> None:
        """A room that was cleared is still there: its numbers go on."""
        store = store_of("red", max_rooms=1)
        store.clear("red")
        with pytest.raises(StoreFull):
            store.append("green", "A", "token")
        assert store.append("red", "A", "token").id == 3

    def test_a_room_that_is_not_there(self) -> None:
        """Forgetting it, or forgetting twice, does no harm."""
        store = store_of("red")
        for room in ("nothing", "red", "red"):
            store.forget(room)
        assert store.view("red").messages == ()

    def test_who_listens_is_told(self) -> None:
        """Outside the lock, so that they may look at once; they stay subscribed."""
        store, seen = store_of("red", "green"), list[int]()
        store.subscribe("red", lambda: seen.append(len(store.since("red"))))
        store.subscribe("green", lambda: seen.append(-1))
        store.forget("red")
        assert seen == [0]
        store.append("red", "A", "token")
        assert seen == [0, 1]

    def test_thousands_leave_nothing(self) -> None:
        """After 1,000 rooms came and went the store is as large as at first."""
        store = store_of("red", max_rooms=2)
        size = sum(1 for _ in reachable(store))
        for number in range(1_000):
            room = f"room {number}"
            end = store.subscribe(room, lambda: None)
            store.append(room, "A", "token", client_id="mine", recipient="B")
            store.forget(room)
            end()
        assert sum(1 for _ in reachable(store)) == size

    def test_while_others_write(self) -> None:
        """What comes after the forgetting is kept, what came before is not, and all is numbered anew."""
        store, start = InMemoryMessageStore(max_messages=1_000), threading.Barrier(4)

        def write(writer: int) -> None:
            start.wait()
            for number in range(200):
                store.append("room", f"writer {writer}", str(number))

        def forget() -> None:
            start.wait()
            for _ in range(50):
                store.forget("room")

        with ThreadPoolExecutor(4) as pool:
            for future in [*(pool.submit(write, writer) for writer in range(3)), pool.submit(forget)]:
                future.result()
        view = store.view("room")
        assert [message.id for message in view.messages] == list(range(1, len(view.messages) + 1))
        assert view.revision == len(view.messages)


class TestRecipient:
    """To whom alone a message goes stands beside it."""

    def test_it_is_kept(self) -> None:
        """With the message, through other tokens; without one, a message is for everybody."""
        store = InMemoryMessageStore()
        assert store.append("room", "A", "one", recipient="B").recipient == "B"
        assert store.append("room", "A", "two").recipient is None
        store.replace_tokens("room", {1: "other", 2: "another"})
        assert [message.recipient for message in store.since("room")] == ["B", None]

    def test_sent_again_it_is_the_first_one(self) -> None:
        """Under the same name another recipient does not count."""
        store = InMemoryMessageStore()
        first = store.append("room", "A", "one", client_id="mine", recipient="B")
        assert store.append("room", "A", "one", client_id="mine", recipient="C") is first
        assert store.append("room", "A", "one", client_id="mine") is first

    @pytest.mark.parametrize("size", [0, MAX_NAME_CHARS + 1])
    def test_the_size_is_limited(self, size: int) -> None:
        """A recipient has 1 to 64 characters, as a sender has; another one is refused without a trace."""
        store = InMemoryMessageStore()
        with pytest.raises(InvalidMessage, match="recipient"):
            store.append("room", "A", "token", recipient="x" * size)
        assert store.view("room").revision == 0
        assert store.append("room", "A", "token", recipient="x" * MAX_NAME_CHARS).id == 1
