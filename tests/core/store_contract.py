"""What every message store must do: a class of tests that the tests of each store inherit.

They compare by equality and look at nothing but what `MessageStore` promises, so that a store may keep its
messages wherever it likes.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from securechat.errors import InvalidMessage, KeysChanged, MessageTooLong, StoreFull
from securechat.rooms.messages import MAX_NAME_CHARS, MAX_TOKEN_CHARS, Message
from securechat.rooms.store import MessageStore, RoomHead, RoomView
from tests.core.store_any_use import AnyUse

Clock = Callable[[], datetime]

WRITERS = 8
ROOMS = ("one", "two")

NO_NAMES = ["", "x" * (MAX_NAME_CHARS + 1), "x\0y", "\ud800", "x\n", "\u202e"]
"""Empty, too long, or with something that no name has: some databases cannot hold NUL or half a character."""

NO_TOKENS = [
    ("", InvalidMessage),
    ("g" * (MAX_TOKEN_CHARS + 1), MessageTooLong),
    ("g\0", InvalidMessage),
    ("g\ud800", InvalidMessage),
    ("gä", InvalidMessage),
    ("g\n", InvalidMessage),
]
"""What no token is, and how it is refused."""


class MakeStore(Protocol):
    """Makes a store that nobody has written in."""

    def __call__(
        self,
        *,
        clock: Clock = lambda: datetime.now(UTC),
        max_messages: int = 500,
        max_rooms: int = 500,
    ) -> MessageStore:
        """Make one.

        Args:
            clock: The present time, in UTC.
            max_messages: Messages kept in a room.
            max_rooms: Rooms kept.
        """


def yielding_clock() -> datetime:
    """Tell the time after letting other threads go first, in the middle of whatever asks for it."""
    time.sleep(0)
    return datetime.now(UTC)


def ids(view: RoomView) -> list[int]:
    """Return the ids of the messages of a view."""
    return [message.id for message in view.messages]


def tokens(view: RoomView) -> list[str]:
    """Return the tokens of the messages of a view."""
    return [message.token for message in view.messages]


def assert_gapless(view: RoomView) -> None:
    """Check that a view is a window without gaps onto a room's messages."""
    assert ids(view) == list(range(view.dropped + 1, view.dropped + 1 + len(view.messages)))


def fill(store: MessageStore, *texts: str, room: str = "room") -> MessageStore:
    """Put tokens into a room, by A and B in turn, each under a name of its own: `name 1`, `name 2`, …."""
    for number, token in enumerate(texts):
        store.append(room, "AB"[number % 2], token, client_id=f"name {number + 1}")
    return store


class _Contract:
    """Where the tests get a store from."""

    each = 150
    """Messages that each of several threads writes."""

    examples = 60
    """Sequences of calls that are tried."""

    @pytest.fixture
    def make_store(self) -> Iterator[MakeStore] | MakeStore:
        """Return what makes a store, or yield it and close what it made."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, make_store: MakeStore) -> MessageStore:
        """Return an ordinary store."""
        return make_store()


class _Appending(_Contract):
    """Messages are numbered, bounded, and as they were given."""

    def test_what_is_kept(self, make_store: MakeStore) -> None:
        """A message is returned and read as it was given, with a number and the time, to the microsecond."""
        times = [datetime(2026, 1, 1, 12, 0, 0, microsecond, tzinfo=UTC) for microsecond in (0, 1, 999_999)]
        clock = iter(times)
        store = make_store(clock=lambda: next(clock))
        sent = [
            store.append("room", "A", "one"),
            store.append("room", "B", "two", recipient="A"),
            store.append("room", "A", "three", client_id="mine"),
        ]
        expected = [
            Message(1, "room", "A", "one", times[0]),
            Message(2, "room", "B", "two", times[1], "A"),
            Message(3, "room", "A", "three", times[2]),
        ]
        assert sent == expected
        assert list(store.view("room").messages) == expected
        assert all(
            message.sent_at.utcoffset() == UTC.utcoffset(None) for message in store.view("room").messages
        )

    def test_the_time_is_that_of_now(self, store: MessageStore) -> None:
        """Unless told otherwise."""
        before = datetime.now(UTC)
        assert before <= store.append("room", "A", "token").sent_at <= datetime.now(UTC)

    def test_names_are_told_apart(self, store: MessageStore) -> None:
        """By every letter, its case, its accent and the space after it; in any script."""
        names = ["A", "a", "ä", "A ", "ａ", "Ж", "🦊" * MAX_NAME_CHARS]
        for name in names:
            assert store.append(name, "A", "token", client_id="mine").id == 1
            store.append("room", name, "token", client_id="mine")
        assert [message.sender for message in store.view("room").messages] == names

    def test_a_room_is_bounded(self, make_store: MakeStore) -> None:
        """Of 1,000 messages a room keeps the newest 50 and counts the others."""
        store = make_store(max_messages=50)
        for number in range(1_000):
            store.append("room", "A", str(number))
        view = store.view("room")
        assert tokens(view) == [str(number) for number in range(950, 1_000)]
        assert (view.first_id, view.last_id, view.dropped, view.revision) == (951, 1_000, 950, 1_000)

    def test_rooms_are_bounded(self, make_store: MakeStore) -> None:
        """The first 20 rooms are opened; others are refused without a trace, and those go on working."""
        store = make_store(max_rooms=20)
        for number in range(20):
            store.append(f"room {number}", "A", "token")
        for room in ("room 20", "room 21"):
            with pytest.raises(StoreFull, match="20"):
                store.append(room, "A", "token", client_id="mine")
            with pytest.raises(StoreFull):
                store.change_keys_version(room, 1)
            assert store.view(room).revision == 0
            assert store.acknowledged(room, "A", "mine") is None
        for number in range(20):
            assert store.append(f"room {number}", "B", "token").id == 2
        store.clear("room 0")
        assert store.append("room 0", "A", "token").id == 3

    def test_what_fits_is_kept(self, store: MessageStore) -> None:
        """Names and tokens at their limits."""
        longest = "x" * MAX_NAME_CHARS
        message = store.append(longest, longest, "g" * MAX_TOKEN_CHARS, client_id=longest, recipient=longest)
        assert store.view(longest).messages == (message,)
        assert store.acknowledged(longest, longest, longest) == message

    @pytest.mark.parametrize("name", NO_NAMES)
    @pytest.mark.parametrize("which", ["room", "sender", "client_id", "recipient"])
    def test_a_name_that_is_refused(self, store: MessageStore, which: str, name: str) -> None:
        """One that is empty, too long, or not all printable leaves no trace."""
        names = {"room": "room", "sender": "A", "client_id": "mine", "recipient": "B"}
        changed = {**names, which: name}
        with pytest.raises(InvalidMessage):
            store.append(
                changed["room"],
                changed["sender"],
                "token",
                client_id=changed["client_id"],
                recipient=changed["recipient"],
            )
        assert store.head("room").revision == 0
        assert store.append("room", "A", "token", client_id="mine").id == 1

    @pytest.mark.parametrize(("token", "error"), NO_TOKENS)
    def test_a_token_that_is_refused(
        self, store: MessageStore, token: str, error: type[InvalidMessage]
    ) -> None:
        """One that is empty, too long, or of other characters leaves no trace."""
        with pytest.raises(error):
            store.append("room", "A", token)
        assert store.head("room").revision == 0


class _Reading(_Contract):
    """A room is read at one moment, and no more of it than is asked for."""

    def test_a_room_that_is_not_there(self, store: MessageStore) -> None:
        """It is empty, and looking does not make it."""
        view = store.view("nobody wrote here")
        assert view == RoomView(view.epoch)
        assert view.is_empty
        assert store.view("nobody wrote here") == view

    def test_heads_and_tails_are_parts_of_the_view(self, make_store: MakeStore) -> None:
        """Each has the same head, and the newest messages that were asked for."""
        store = fill(make_store(max_messages=4), *"abcdef")
        store.replace_tokens("room", {5: "other"})
        view = store.view("room")
        assert ids(view) == [3, 4, 5, 6]
        assert store.head("room") == view.head
        assert not view.is_empty
        for count in range(6):
            tail = store.tail("room", count)
            assert tail.head == view.head
            assert tail.messages == view.messages[max(0, 4 - count) :]
        for after in (-1, 0, 2, 3, 5, 6, 7):
            since = store.since("room", after)
            assert since.head == view.head
            assert since.messages == tuple(message for message in view.messages if message.id > after)

    def test_several_rooms_at_once(self, store: MessageStore) -> None:
        """Each as it is read alone, those that are not there too; none where none is asked for."""
        rooms = ("red", "green", "nobody wrote here")
        for number, room in enumerate(rooms[:2]):
            fill(store, *"abc"[number:], room=room)
        assert store.heads(rooms) == {room: store.head(room) for room in rooms}
        assert store.tails(rooms, 2) == {room: store.tail(room, 2) for room in rooms}
        assert store.heads(()) == store.tails((), 2) == {}

    @pytest.mark.parametrize("name", NO_NAMES)
    def test_under_a_name_that_nobody_has(self, store: MessageStore, name: str) -> None:
        """Nothing is found and nothing changes, whatever the name is. Its keys cannot change, either."""
        fill(store, "one")
        before, nothing = store.view("room"), RoomView(store.head("other").epoch)
        assert store.view(name) == store.since(name, 0) == store.tail(name, 2) == nothing
        assert store.heads([name, "room"]) == {name: nothing.head, "room": before.head}
        assert store.tails([name, "room"], 2) == {name: nothing, "room": before}
        assert not store.holds(name, "one")
        for room, sender, client_id in ((name, "A", "x"), ("room", name, "x"), ("room", "A", name)):
            assert store.acknowledged(room, sender, client_id) is None
        store.replace_tokens(name, {1: "other"})
        store.clear(name)
        store.forget(name)
        with pytest.raises(InvalidMessage):
            store.change_keys_version(name, 1)
        assert store.view("room") == before
        assert store.view(name) == nothing

    @pytest.mark.parametrize("token", [token for token, _ in NO_TOKENS])
    def test_what_no_token_is_is_not_held(self, store: MessageStore, token: str) -> None:
        """Whatever its characters are; nor is one that differs by case, or by a space at the end."""
        fill(store, "g")
        assert not store.holds("room", token)
        assert [store.holds("room", each) for each in ("g", "G", "g ", " g")] == [True, False, False, False]

    def test_a_message_is_found_among_those_that_were_read(self, make_store: MakeStore) -> None:
        """By its id, in a whole view and in a part of one."""
        store = fill(make_store(max_messages=4), *"abcdef")
        for view, found in ((store.view("room"), {3, 4, 5, 6}), (store.tail("room", 2), {5, 6})):
            assert {number for number in range(-2, 9) if view.find(number)} == found
            assert all(message.id == number for number in found if (message := view.find(number)))
        assert store.tail("room", 0).find(6) is None

    def test_a_token_is_looked_up(self, make_store: MakeStore) -> None:
        """As long as a message of that room has it."""
        store = fill(make_store(max_messages=2), "one", "two", "three")
        assert [store.holds("room", token) for token in ("one", "two", "three")] == [False, True, True]
        assert not store.holds("other", "two")
        store.replace_tokens("room", {2: "another"})
        assert [store.holds("room", token) for token in ("two", "another")] == [False, True]
        store.clear("room")
        assert not store.holds("room", "another")

    def test_where_a_room_begins_and_ends(self, make_store: MakeStore) -> None:
        """`first_id` and `last_id` go on through messages that fall out and a room that is cleared."""
        store = make_store(max_messages=2)
        seen = []
        for _ in range(3):
            seen.append((store.head("room").first_id, store.head("room").last_id))
            store.append("room", "A", "token")
        seen.append((store.head("room").first_id, store.head("room").last_id))
        store.clear("room")
        seen.append((store.head("room").first_id, store.head("room").last_id))
        assert seen == [(1, 0), (1, 1), (1, 2), (2, 3), (4, 3)]

    def test_what_was_read_stays_as_it_was(self, store: MessageStore) -> None:
        """Whoever looked before still has what was there."""
        before = fill(store, "one", "two").view("room")
        store.replace_tokens("room", {1: "other"})
        store.clear("room")
        assert tokens(before) == ["one", "two"]

    def test_any_use(self, make_store: MakeStore) -> None:
        """Any sequence of calls comes out as lists that forget nothing say."""
        machine = type("AnyUse", (AnyUse,), {"make_store": staticmethod(make_store)})
        limits = settings(deadline=None, max_examples=self.examples, stateful_step_count=40)
        run_state_machine_as_test(machine, settings=limits)


class _Epochs(_Contract):
    """An epoch is one life of a room."""

    def test_one_life(self, store: MessageStore) -> None:
        """It is there before the first message, and stays through whatever happens to the room."""
        before = store.head("room").epoch
        fill(store, "one", "two")
        store.replace_tokens("room", {1: "other"})
        store.change_keys_version("room", 1)
        store.clear("room")
        assert store.head("room").epoch == before != ""

    def test_another_store(self, make_store: MakeStore) -> None:
        """As after a restart that lost everything: another epoch."""
        one, two = fill(make_store(), "token"), fill(make_store(), "token")
        assert one.head("room").epoch != two.head("room").epoch

    def test_a_room_that_is_made_again(self, store: MessageStore) -> None:
        """It has another epoch each time, already before its first message; other rooms keep theirs."""
        fill(store, "token", room="other")
        other = store.head("other").epoch
        seen = set()
        for _ in range(3):
            epoch = store.head("red").epoch
            fill(store, "token", room="red")
            assert store.head("red").epoch == epoch
            seen.add(epoch)
            store.forget("red")
        assert len({*seen, store.head("red").epoch}) == 4
        assert store.head("other").epoch == other


class _Clearing(_Contract):
    """A room can be cleared, and forgotten altogether."""

    def test_ids_are_not_used_again(self, store: MessageStore) -> None:
        """After clearing, numbering goes on, and the revision shows that something changed."""
        before = fill(store, *"abc").view("room")
        store.clear("room")
        cleared = store.view("room")
        assert (cleared.messages, cleared.dropped, cleared.cleared) == ((), 0, True)
        assert (cleared.first_id, cleared.last_id) == (4, 3)
        assert cleared.revision > before.revision
        assert store.append("room", "A", "d").id == 4
        assert store.head("room").cleared

    @pytest.mark.parametrize("room", ["nobody wrote here", "room"])
    def test_clearing_what_is_empty(self, store: MessageStore, room: str) -> None:
        """It changes nothing, and makes no room."""
        fill(store, "one").clear("room")
        before = store.view(room)
        store.clear(room)
        assert store.view(room) == before

    def test_forgotten_nothing_is_left(self, store: MessageStore) -> None:
        """No message, no count, no version of keys, no name that a client gave; its numbers begin anew."""
        fill(store, "one", "two", room="red")
        store.replace_tokens("red", {1: "other"})
        store.change_keys_version("red", 1)
        store.clear("red")
        fill(store, "three", room="red")
        store.forget("red")
        forgotten = store.view("red")
        assert forgotten == RoomView(forgotten.epoch)
        assert store.acknowledged("red", "A", "name 1") is None
        again = store.append("red", "A", "again", client_id="name 1")
        assert again.id == 1
        assert store.view("red").messages == (again,)

    def test_other_rooms_stay(self, store: MessageStore) -> None:
        """They are as before, with what is known of their messages."""
        for room in ("red", "green"):
            fill(store, "one", "two", room=room)
        before = store.view("green")
        store.forget("red")
        assert store.view("green") == before
        assert store.acknowledged("green", "B", "name 2") == before.messages[1]

    def test_forgetting_makes_room(self, make_store: MakeStore) -> None:
        """A store that was full takes another room then, and no more than one."""
        store = make_store(max_rooms=2)
        for room in ("red", "green"):
            fill(store, "token", room=room)
        store.forget("red")
        store.append("blue", "A", "token")
        with pytest.raises(StoreFull):
            store.append("red", "A", "token")

    def test_clearing_does_not(self, make_store: MakeStore) -> None:
        """A room that was cleared is still there: its numbers go on."""
        store = fill(make_store(max_rooms=1), "one", room="red")
        store.clear("red")
        with pytest.raises(StoreFull):
            store.append("green", "A", "token")
        assert store.append("red", "A", "token").id == 2

    def test_forgetting_what_is_not_there(self, store: MessageStore) -> None:
        """It does no harm, nor does forgetting twice."""
        fill(store, "token", room="red")
        for room in ("nothing", "red", "red"):
            store.forget(room)
        assert store.view("red").messages == ()


class _Tokens(_Contract):
    """The store gives messages other tokens: all else of them stays."""

    def test_only_the_tokens_change(self, make_store: MakeStore) -> None:
        """Ids, senders, times and the messages that are not meant stay, and whatever else a room has."""
        store = fill(make_store(max_messages=3), "one", "two", "three", "four")
        before = store.view("room")
        store.replace_tokens("room", {2: "other", 4: "another"})
        after = store.view("room")
        assert tokens(after) == ["other", "three", "another"]
        assert [(each.id, each.room, each.sender, each.sent_at) for each in after.messages] == [
            (each.id, each.room, each.sender, each.sent_at) for each in before.messages
        ]
        expected = {**vars(before.head), "revision": before.revision + 1, "rewritten": 1}
        assert after.head == RoomHead(**expected)

    def test_it_is_counted_as_one_change(self, store: MessageStore) -> None:
        """`revision` and `rewritten` go up by one for all tokens together, and the latter never goes down."""
        fill(store, "one", "two")
        counted = []
        for change in (
            lambda: store.replace_tokens("room", {1: "a", 2: "b"}),
            lambda: store.append("room", "A", "three"),
            lambda: store.replace_tokens("room", {3: "c"}),
            lambda: store.clear("room"),
            lambda: store.append("room", "A", "four"),
        ):
            change()
            counted.append((store.head("room").revision, store.head("room").rewritten))
        assert counted == [(3, 1), (4, 1), (5, 2), (6, 2), (7, 2)]

    def test_ids_that_are_not_here_do_not_matter(self, make_store: MakeStore) -> None:
        """Beside a message that is here, those that fell out, never were or may come are passed over."""
        store = fill(make_store(max_messages=2), "one", "two", "three")
        store.replace_tokens("room", dict.fromkeys((-1, 0, 1, 3, 4), "other"))
        assert tokens(store.view("room")) == ["two", "other"]
        store.append("room", "B", "four")
        assert tokens(store.view("room")) == ["other", "four"]

    @pytest.mark.parametrize("room", ["room", "nobody wrote here"])
    @pytest.mark.parametrize("numbers", [(), (0,), (-1, 1, 4), (99,)])
    def test_where_no_message_is_meant(
        self, make_store: MakeStore, room: str, numbers: tuple[int, ...]
    ) -> None:
        """The room is the same as before, and none comes into being."""
        store = fill(make_store(max_messages=2, max_rooms=2), "one", "two", "three")
        before = store.view(room)
        store.replace_tokens(room, dict.fromkeys(numbers, "other"))
        assert store.view(room) == before
        assert store.append(room, "A", "more").id == before.last_id + 1

    def test_cleared_messages_do_not_come_back(self, store: MessageStore) -> None:
        """A token for a message that was cleared changes nothing."""
        fill(store, "one", "two").clear("room")
        before = store.view("room")
        store.replace_tokens("room", {1: "other", 2: "another"})
        assert store.view("room") == before

    @pytest.mark.parametrize(("token", "error"), NO_TOKENS)
    @pytest.mark.parametrize("message_id", [1, 2, 99])
    def test_a_token_that_is_none_replaces_nothing(
        self, store: MessageStore, message_id: int, token: str, error: type[InvalidMessage]
    ) -> None:
        """It is refused with all that came with it, wanted or not."""
        before = fill(store, "one", "two").view("room")
        with pytest.raises(error):
            store.replace_tokens("room", {1: "other", 2: "another", message_id: token})
        assert store.view("room") == before

    def test_the_longest_token_fits(self, store: MessageStore) -> None:
        """At the limit it is kept."""
        fill(store, "one").replace_tokens("room", {1: "g" * MAX_TOKEN_CHARS})
        assert tokens(store.view("room")) == ["g" * MAX_TOKEN_CHARS]

    def test_tokens_of_other_rooms_stay(self, store: MessageStore) -> None:
        """The same id in another room is another message."""
        fill(store, "one")
        before = fill(store, "token", room="other").view("other")
        store.replace_tokens("room", {1: "a"})
        assert store.view("other") == before

    def test_a_message_sent_again_is_still_kept_once(self, store: MessageStore) -> None:
        """Its name stands for it, without a token: the old one is gone, and the new one is in the room."""
        fill(store, "one", "two").replace_tokens("room", {1: "other"})
        known = store.acknowledged("room", "A", "name 1")
        assert known is not None
        assert (known.id, known.token) == (1, "")
        assert store.append("room", "A", "one", client_id="name 1") == known
        assert tokens(store.view("room")) == ["other", "two"]


class _Keys(_Contract):
    """A token is kept only where it is under the keys that the room has then."""

    def test_the_version_of_the_present_keys(self, store: MessageStore) -> None:
        """A room begins with version 1; what is under it is kept, what is under another is refused."""
        assert store.head("room").keys_version == 1
        for wrong in (0, 2):
            with pytest.raises(KeysChanged):
                store.append("room", "A", "token", client_id="mine", keys_version=wrong)
        assert store.head("room").revision == 0
        assert store.acknowledged("room", "A", "mine") is None
        assert store.append("room", "A", "token", keys_version=1).id == 1

    def test_the_keys_change(self, store: MessageStore) -> None:
        """From then on the room has the next version, and what is under the one of before is refused."""
        before = fill(store, "one", "two").head("room")
        assert store.change_keys_version("room", 1) == 2
        after = store.view("room")
        assert after.head == RoomHead(**{**vars(before), "revision": 3, "keys_version": 2})
        assert tokens(after) == ["one", "two"]
        with pytest.raises(KeysChanged):
            store.append("room", "A", "three", keys_version=1)
        assert store.append("room", "A", "three", keys_version=2).id == 3
        assert store.append("room", "A", "four").id == 4, "who names no version is not asked for one"

    def test_before_the_first_message(self, store: MessageStore) -> None:
        """The keys of a room can change before anybody has written there."""
        epoch = store.head("room").epoch
        store.change_keys_version("room", 1)
        assert store.head("room") == RoomHead(epoch, revision=1, keys_version=2)
        assert store.append("room", "A", "token", keys_version=2).id == 1

    @pytest.mark.parametrize("version", [0, 1, 3])
    def test_who_does_not_know_the_present_keys(self, store: MessageStore, version: int) -> None:
        """Tokens under keys that somebody has replaced meanwhile are refused, as are other keys."""
        fill(store, "one")
        store.change_keys_version("room", 1)
        before = store.view("room")
        with pytest.raises(KeysChanged):
            store.replace_tokens("room", {1: "other"}, keys_version=version)
        with pytest.raises(KeysChanged):
            store.change_keys_version("room", version)
        assert store.view("room") == before
        store.replace_tokens("room", {1: "other"}, keys_version=2)
        assert tokens(store.view("room")) == ["other"]

    def test_many_who_change_them_at_once(self, store: MessageStore) -> None:
        """One of them does; the others are refused, and have to look at the keys again."""
        start = threading.Barrier(8)

        def change() -> int:
            start.wait()
            try:
                return store.change_keys_version("room", 1)
            except KeysChanged:
                return 0

        with ThreadPoolExecutor(8) as pool:
            done = [future.result() for future in [pool.submit(change) for _ in range(8)]]
        assert sorted(done) == [0] * 7 + [2]
        assert store.head("room").keys_version == 2

    def test_sent_again_after_the_keys_changed(self, store: MessageStore) -> None:
        """What is there already is acknowledged, whatever it was under."""
        first = store.append("room", "A", "one", client_id="mine", keys_version=1)
        store.change_keys_version("room", 1)
        assert store.append("room", "A", "one", client_id="mine", keys_version=1) == first


class _ClientIds(_Contract):
    """A message that is sent again under its sender's name for it is kept once."""

    def test_once_for_each_sender_and_room(self, store: MessageStore) -> None:
        """The first message is returned again; the second token and recipient are not kept."""
        first = store.append("room", "A", "one", client_id="mine", recipient="B")
        assert store.append("room", "A", "two", client_id="mine", recipient="C") == first
        assert store.append("room", "A", "two", client_id="mine") == first
        assert store.acknowledged("room", "A", "mine") == first
        assert store.acknowledged("room", "B", "mine") is None
        assert store.acknowledged("other", "A", "mine") is None
        assert store.append("room", "B", "three", client_id="mine").id == 2
        assert store.append("other", "A", "four", client_id="mine").id == 1
        assert tokens(store.view("room")) == ["one", "three"]
        assert store.head("room").revision == 2

    def test_without_a_name_every_message_is_another(self, store: MessageStore) -> None:
        """Two equal tokens are two messages."""
        assert [store.append("room", "A", "one").id for _ in range(2)] == [1, 2]

    def test_a_cleared_message_does_not_come_back(self, store: MessageStore) -> None:
        """Sent again after the room was cleared, it is acknowledged and not shown."""
        store.append("room", "A", "one", client_id="mine")
        store.clear("room")
        again = store.append("room", "A", "one", client_id="mine")
        assert (again.id, again.token) == (1, ""), "nothing of it is kept but that it was there"
        assert store.view("room").messages == ()

    def test_as_many_are_remembered_as_messages_are_kept(self, make_store: MakeStore) -> None:
        """The memory for names is bounded; the oldest is forgotten first."""
        store = fill(make_store(max_messages=3), *"abcd")
        known = [store.acknowledged("room", "AB"[n % 2], f"name {n + 1}") is not None for n in range(4)]
        assert known == [False, True, True, True]

    def test_many_threads_one_name(self, store: MessageStore) -> None:
        """Eight threads send the same message at once: one is stored, all get its id."""
        start = threading.Barrier(8)

        def send() -> int:
            start.wait()
            return store.append("room", "A", "token", client_id="mine").id

        for _ in range(20):
            start.reset()
            with ThreadPoolExecutor(8) as pool:
                assert {future.result() for future in [pool.submit(send) for _ in range(8)]} == {1}
        assert store.head("room").last_id == 1

    def test_recipients_outlive_new_tokens(self, store: MessageStore) -> None:
        """To whom alone a message goes stands beside it, whatever its token."""
        store.append("room", "A", "one", recipient="B")
        store.append("room", "A", "two")
        store.replace_tokens("room", {1: "other", 2: "another"})
        assert [message.recipient for message in store.view("room").messages] == ["B", None]


@pytest.mark.usefixtures("impatient_threads")
class _Threads(_Contract):
    """Many at once lose and double nothing, and see whole moments."""

    @pytest.fixture
    def impatient_threads(self) -> Iterator[None]:
        """Let threads take turns as often as the interpreter can, so that a race shows."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        yield
        sys.setswitchinterval(before)

    def test_threads_lose_and_double_nothing(self, make_store: MakeStore) -> None:
        """What was acknowledged is what is read afterwards, numbered without gaps in each room."""
        store = make_store(clock=yielding_clock, max_messages=WRITERS * self.each)
        start = threading.Barrier(WRITERS)

        def write(writer: int) -> list[Message]:
            start.wait()
            return [store.append(ROOMS[n % 2], f"writer {writer}", f"{writer}-{n}") for n in range(self.each)]

        with ThreadPoolExecutor(WRITERS) as pool:
            acknowledged = [message for messages in pool.map(write, range(WRITERS)) for message in messages]
        assert len(acknowledged) == len(set(acknowledged)) == WRITERS * self.each
        for room in ROOMS:
            read = store.view(room)
            assert set(read.messages) == {message for message in acknowledged if message.room == room}
            assert ids(read) == list(range(1, len(read.messages) + 1))
            assert read.revision == len(read.messages)
            for writer in range(WRITERS):
                own = [message.token for message in read.messages if message.sender == f"writer {writer}"]
                assert own == [f"{writer}-{n}" for n in range(self.each) if ROOMS[n % 2] == room]

    def test_rooms_are_bounded_for_all_together(self, make_store: MakeStore) -> None:
        """Of many who open a room at once exactly as many do as there may be rooms."""
        for _ in range(3):
            store = make_store(clock=yielding_clock, max_rooms=3)
            start = threading.Barrier(WRITERS)

            def open_room(writer: int, store: MessageStore = store, start: threading.Barrier = start) -> bool:
                start.wait()
                try:
                    return store.append(f"room {writer}", "A", "token").id == 1
                except StoreFull:
                    return False

            with ThreadPoolExecutor(WRITERS) as pool:
                opened = list(pool.map(open_room, range(WRITERS)))
            assert sum(opened) == 3
            assert [store.head(f"room {writer}").last_id for writer in range(WRITERS)] == opened

    @pytest.mark.parametrize("is_window", [True, False], ids=["window", "all kept"])
    def test_readers_see_whole_moments(self, make_store: MakeStore, is_window: bool) -> None:
        """Whoever reads while others write sees the room as it was at one moment, and never goes back."""
        max_messages = self.each // 3 if is_window else WRITERS * self.each
        store = make_store(clock=yielding_clock, max_messages=max_messages)
        start = threading.Barrier(WRITERS)
        written = threading.Event()

        def write(writer: int) -> None:
            start.wait()
            for n in range(self.each):
                store.append("room", f"writer {writer}", f"{writer}-{n}")

        def read() -> list[RoomView]:
            views = [store.view("room")]
            while not written.is_set():
                if (view := store.view("room")) != views[-1]:
                    views.append(view)
            return views

        with ThreadPoolExecutor(WRITERS + 2) as pool:
            readers = [pool.submit(read) for _ in range(2)]
            try:
                list(pool.map(write, range(WRITERS)))
            finally:
                written.set()
            histories = [reader.result() for reader in readers]
        kept: dict[int, str] = {}
        for history in histories:
            assert [view.revision for view in history] == sorted({view.revision for view in history})
            for view in history:
                assert_gapless(view)
                assert len(view.messages) <= max_messages
                assert view.dropped + len(view.messages) == view.revision == view.last_id
                assert all(kept.setdefault(each.id, each.token) == each.token for each in view.messages)

    def test_some_write_and_some_give_other_tokens(self, make_store: MakeStore) -> None:
        """No message is lost or doubled, and each change counts."""
        store = make_store(clock=yielding_clock, max_messages=WRITERS * self.each)
        start = threading.Barrier(WRITERS)

        def write(writer: int) -> None:
            start.wait()
            for n in range(self.each):
                store.append("room", f"writer {writer}", f"{writer}-{n}")

        def rewrite() -> int:
            start.wait()
            counted = 0
            for n in range(self.each):
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
        assert view.revision == view.rewritten + len(view.messages)
        assert len(view.messages) == (WRITERS - 2) * self.each
        assert_gapless(view)
        for writer in range(WRITERS - 2):
            own = [message.token for message in view.messages if message.sender == f"writer {writer}"]
            assert [token.partition("+")[0] for token in own] == [f"{writer}-{n}" for n in range(self.each)]

    def test_some_write_and_one_forgets(self, make_store: MakeStore) -> None:
        """What comes after the forgetting is kept, what came before is not, and all is numbered anew."""
        store, start = make_store(max_messages=4 * self.each), threading.Barrier(4)

        def write(writer: int) -> None:
            start.wait()
            for number in range(self.each):
                store.append("room", f"writer {writer}", str(number))

        def forget() -> None:
            start.wait()
            for _ in range(50):
                store.forget("room")

        with ThreadPoolExecutor(4) as pool:
            for future in [*(pool.submit(write, writer) for writer in range(3)), pool.submit(forget)]:
                future.result()
        view = store.view("room")
        assert ids(view) == list(range(1, len(view.messages) + 1))
        assert view.revision == len(view.messages)


class StoreContract(_Appending, _Reading, _Epochs, _Clearing, _Tokens, _Keys, _ClientIds, _Threads):
    """All that a store must do. The tests of a store inherit this and say how one is made."""
