"""The message store: nothing lost, nothing doubled, everything bounded."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from securechat.errors import InvalidMessage, MessageTooLong, StoreFull
from securechat.messages import MAX_NAME_CHARS, MAX_TOKEN_CHARS, Message
from securechat.store import MAX_ROOM_MESSAGES, MAX_ROOMS, InMemoryMessageStore, RoomView

WRITERS = 8
EACH = 150
ROOMS = ("one", "two")


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Let threads take turns as often as the interpreter can, so that a race shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def yielding_clock() -> datetime:
    """Tell the time after letting other threads go first, in the middle of whatever asks for it."""
    time.sleep(0)
    return datetime.now(UTC)


def ids(messages: tuple[Message, ...]) -> list[int]:
    """Return the ids of messages."""
    return [message.id for message in messages]


def assert_gapless(view: RoomView) -> None:
    """Check that a view is a window without gaps onto a room's messages."""
    first = view.dropped + 1
    assert ids(view.messages) == list(range(first, first + len(view.messages)))


@pytest.mark.usefixtures("impatient_threads")
def test_threads_lose_and_double_nothing() -> None:
    """What was acknowledged to any thread is what is read afterwards, numbered without gaps in each room."""
    store = InMemoryMessageStore(clock=yielding_clock, max_messages=WRITERS * EACH)
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> list[Message]:
        start.wait()
        return [store.append(ROOMS[n % 2], f"writer {writer}", f"{writer}-{n}") for n in range(EACH)]

    with ThreadPoolExecutor(WRITERS) as pool:
        acknowledged = [message for messages in pool.map(write, range(WRITERS)) for message in messages]
    assert len(acknowledged) == len(set(acknowledged)) == WRITERS * EACH
    for room in ROOMS:
        read = store.view(room).messages
        assert set(read) == {message for message in acknowledged if message.room == room}
        assert ids(read) == list(range(1, len(read) + 1))
        assert store.view(room).revision == len(read)
        for writer in range(WRITERS):
            own = [message.token for message in read if message.sender == f"writer {writer}"]
            assert own == [f"{writer}-{n}" for n in range(EACH) if ROOMS[n % 2] == room]


@pytest.mark.usefixtures("impatient_threads")
@pytest.mark.parametrize("max_messages", [50, WRITERS * EACH], ids=["window", "all kept"])
def test_readers_see_whole_moments(max_messages: int) -> None:
    """Whoever reads while others write sees the room as it was at one moment, and never goes back."""
    store = InMemoryMessageStore(clock=yielding_clock, max_messages=max_messages)
    start = threading.Barrier(WRITERS)
    written = threading.Event()

    def write(writer: int) -> None:
        start.wait()
        for n in range(EACH):
            store.append("room", f"writer {writer}", f"{writer}-{n}")

    def read() -> list[RoomView]:
        views = [store.view("room")]
        while not written.is_set():
            if (view := store.view("room")) is not views[-1]:
                views.append(view)
        return views

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            list(pool.map(write, range(WRITERS)))
        finally:
            written.set()
        histories = [reader.result() for reader in readers]
    tokens: dict[int, str] = {}
    for history in histories:
        assert [view.revision for view in history] == sorted({view.revision for view in history})
        for view in history:
            assert_gapless(view)
            assert len(view.messages) <= max_messages
            assert view.dropped + len(view.messages) == view.revision
            assert all(
                tokens.setdefault(message.id, message.token) == message.token for message in view.messages
            )


@pytest.mark.usefixtures("impatient_threads")
def test_threads_that_write_and_give_other_tokens() -> None:
    """While some write and others replace tokens, no message is lost or doubled, and each change counts."""
    store = InMemoryMessageStore(clock=yielding_clock, max_messages=WRITERS * EACH)
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> None:
        start.wait()
        for n in range(EACH):
            store.append("room", f"writer {writer}", f"{writer}-{n}")

    def rewrite() -> int:
        start.wait()
        counted = 0
        for n in range(EACH):
            some = store.view("room").messages[::2]
            store.replace_tokens(
                "room", {message.id: f"{message.token.partition('+')[0]}+{n}" for message in some}
            )
            counted += bool(some)
        return counted

    with ThreadPoolExecutor(WRITERS) as pool:
        rewriting = [pool.submit(rewrite) for _ in range(2)]
        list(pool.map(write, range(WRITERS - 2)))
    view = store.view("room")
    assert view.rewritten == sum(future.result() for future in rewriting)
    assert view.revision == view.rewritten + len(view.messages) == view.rewritten + (WRITERS - 2) * EACH
    assert_gapless(view)
    for writer in range(WRITERS - 2):
        own = [message.token for message in view.messages if message.sender == f"writer {writer}"]
        assert [token.partition("+")[0] for token in own] == [f"{writer}-{n}" for n in range(EACH)]


class AnyUse(RuleBasedStateMachine):
    """Any sequence of calls, against lists that forget nothing."""

    MAX_MESSAGES = 4
    MAX_ROOMS = 2
    rooms = st.sampled_from(["red", "green", "blue"])

    def __init__(self) -> None:
        super().__init__()
        self.store = InMemoryMessageStore(max_messages=self.MAX_MESSAGES, max_rooms=self.MAX_ROOMS)
        self.sent: dict[str, list[Message]] = {}
        self.last_ids: dict[str, int] = {}
        self.cleared: set[str] = set()
        self.rewritten: dict[str, int] = {}
        self.seen: dict[tuple[str, int], RoomView] = {}

    def kept(self, room: str) -> list[Message]:
        """Return what should be left of a room."""
        return self.sent.get(room, [])[-self.MAX_MESSAGES :]

    @rule(room=rooms, sender=st.sampled_from("AB"), token=st.text("gA-_", min_size=1, max_size=3))
    def append(self, room: str, sender: str, token: str) -> None:
        """A message gets the next id of its room, unless it would need one room too many."""
        if room not in self.sent and len(self.sent) == self.MAX_ROOMS:
            with pytest.raises(StoreFull):
                self.store.append(room, sender, token)
            return
        message = self.store.append(room, sender, token)
        self.last_ids[room] = self.last_ids.get(room, 0) + 1
        assert message == Message(self.last_ids[room], room, sender, token, message.sent_at)
        self.sent.setdefault(room, []).append(message)

    @rule(room=rooms)
    def clear(self, room: str) -> None:
        """Clearing forgets all messages and remembers that there were some."""
        self.store.clear(room)
        if self.sent.get(room):
            self.sent[room] = []
            self.cleared.add(room)

    @rule(room=rooms, tokens=st.dictionaries(st.integers(-3, 40), st.text("gA-_", min_size=1, max_size=3)))
    def replace_tokens(self, room: str, tokens: dict[int, str]) -> None:
        """Those that are kept get their new tokens; if there are any, that is one change of the room."""
        self.store.replace_tokens(room, tokens)
        for message in self.kept(room):
            if message.id in tokens:
                at = self.sent[room].index(message)
                self.sent[room][at] = replace(message, token=tokens[message.id])
        if tokens.keys() & {message.id for message in self.kept(room)}:
            self.rewritten[room] = self.rewritten.get(room, 0) + 1

    @rule(room=rooms)
    def forget(self, room: str) -> None:
        """A room that is forgotten is as if it had never been there."""
        self.store.forget(room)
        for known in (self.sent, self.last_ids, self.rewritten):
            known.pop(room, None)
        self.cleared.discard(room)
        self.seen = {key: view for key, view in self.seen.items() if key[0] != room}

    @rule(room=rooms, after=st.integers(-3, 40))
    def since(self, room: str, after: int) -> None:
        """What came after an id is what is kept of the later ones."""
        expected = [message for message in self.kept(room) if message.id > after]
        assert list(self.store.since(room, after)) == expected

    @rule(room=rooms, message_id=st.integers(-3, 40))
    def find(self, room: str, message_id: int) -> None:
        """A message is found by its id exactly as long as it is kept."""
        expected = next((message for message in self.kept(room) if message.id == message_id), None)
        assert self.store.view(room).find(message_id) == expected

    @invariant()
    def views_agree(self) -> None:
        """Every room looks as the lists say, and one revision never looks two ways."""
        for room in ("red", "green", "blue"):
            view = self.store.view(room)
            assert list(view.messages) == list(self.store.since(room)) == self.kept(room)
            assert view.dropped == len(self.sent.get(room, [])) - len(view.messages)
            assert view.cleared == (room in self.cleared)
            assert view.rewritten == self.rewritten.get(room, 0)
            assert self.seen.setdefault((room, view.revision), view) == view


AnyUse.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)
TestAnyUse = AnyUse.TestCase


def test_ids_are_not_used_again() -> None:
    """After clearing, numbering goes on, and the revision shows that something changed."""
    store = InMemoryMessageStore()
    for token in "abc":
        store.append("room", "A", token)
    before = store.view("room")
    store.clear("room")
    cleared = store.view("room")
    assert (cleared.messages, cleared.dropped, cleared.cleared) == ((), 0, True)
    assert cleared.revision > before.revision
    assert ids(before.messages) == [1, 2, 3]
    assert store.append("room", "A", "d").id == 4
    store.clear("nobody wrote here")
    assert store.view("nobody wrote here").messages == ()


def test_the_store_takes_the_time() -> None:
    """Each message carries the time at which the store took it."""
    times = [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in range(3)]
    clock = iter(times)
    store = InMemoryMessageStore(clock=lambda: next(clock))
    assert [store.append("room", "A", "g").sent_at for _ in times] == times
    assert InMemoryMessageStore().append("room", "A", "g").sent_at.utcoffset() == UTC.utcoffset(None)


def test_a_room_is_bounded() -> None:
    """Of 10,000 messages a room keeps the newest 500 and counts the others."""
    store = InMemoryMessageStore()
    for number in range(10_000):
        store.append("room", "A", str(number))
    view = store.view("room")
    assert MAX_ROOM_MESSAGES == 500
    assert [message.token for message in view.messages] == [str(number) for number in range(9_500, 10_000)]
    assert (view.dropped, view.revision) == (9_500, 10_000)
    assert_gapless(view)


def test_rooms_are_bounded() -> None:
    """Of 1,000 rooms the first 500 are opened; the others are refused and those go on working."""
    store = InMemoryMessageStore()
    opened = 0
    for number in range(1_000):
        try:
            store.append(f"room {number}", "A", "g")
        except StoreFull as refusal:
            assert "500" in str(refusal)  # noqa: PT017 - which of them are refused is the point
            assert store.view(f"room {number}").messages == ()
        else:
            opened += 1
            assert number < MAX_ROOMS
    assert opened == MAX_ROOMS == 500
    for number in range(MAX_ROOMS):
        assert store.append(f"room {number}", "B", "g").id == 2
    store.clear("room 0")
    assert store.append("room 0", "A", "g").id == 3


def test_sizes_are_bounded() -> None:
    """Names and tokens at their limits are stored, one character over is refused and leaves no trace."""
    store = InMemoryMessageStore()
    store.append("r" * MAX_NAME_CHARS, "s" * MAX_NAME_CHARS, "g" * MAX_TOKEN_CHARS)
    with pytest.raises(MessageTooLong):
        store.append("room", "A", "g" * (MAX_TOKEN_CHARS + 1))
    for room, sender, token in (
        ("r" * 65, "A", "g"),
        ("", "A", "g"),
        ("room", "s" * 65, "g"),
        ("room", "", "g"),
        ("room", "A", ""),
    ):
        with pytest.raises(InvalidMessage):
            store.append(room, sender, token)
    assert store.view("room").messages == ()
