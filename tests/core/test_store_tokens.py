"""The store gives messages other tokens: all else of them stays, and of the old tokens nothing is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from securechat.errors import InvalidMessage, MessageTooLong
from securechat.messages import MAX_TOKEN_CHARS
from securechat.store import InMemoryMessageStore, RoomView
from tests.core.test_secrecy import texts_within


def store_of(*tokens: str, max_messages: int = 10) -> InMemoryMessageStore:
    """Make a store with these messages in a room, by A and B in turn, each an hour after the other."""
    clock = iter(datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(24))
    store = InMemoryMessageStore(clock=lambda: next(clock), max_messages=max_messages)
    for number, token in enumerate(tokens):
        store.append("room", "AB"[number % 2], token, client_id=f"name {number + 1}")
    return store


def tokens(view: RoomView) -> list[str]:
    """Return the tokens of a room."""
    return [message.token for message in view.messages]


def test_only_the_tokens_change() -> None:
    """Ids, senders and times stay, as do the messages that are not meant, and whatever else a room has."""
    store = store_of("one", "two", "three", "four", max_messages=3)
    before = store.view("room")
    store.replace_tokens("room", {2: "other", 4: "another"})
    after = store.view("room")
    assert tokens(after) == ["other", "three", "another"]
    assert [(each.id, each.room, each.sender, each.sent_at) for each in after.messages] == [
        (each.id, each.room, each.sender, each.sent_at) for each in before.messages
    ]
    assert (after.epoch, after.first_id, after.last_id, after.dropped, after.cleared) == (
        before.epoch,
        2,
        4,
        1,
        False,
    )
    assert tokens(before) == ["two", "three", "four"], "who looked before still has what was there"


def test_it_is_counted_as_one_change() -> None:
    """`revision` and `rewritten` go up by one for all tokens together, and the latter never goes down."""
    store = store_of("one", "two")
    counted = []
    for change in (
        lambda: store.replace_tokens("room", {1: "a", 2: "b"}),
        lambda: store.append("room", "A", "three"),
        lambda: store.replace_tokens("room", {3: "c"}),
        lambda: store.clear("room"),
        lambda: store.append("room", "A", "four"),
    ):
        change()
        counted.append((store.view("room").revision, store.view("room").rewritten))
    assert counted == [(3, 1), (4, 1), (5, 2), (6, 2), (7, 2)]


def test_ids_that_are_not_here_do_not_matter() -> None:
    """Beside a message that is here, those that fell out, never were or may come are passed over."""
    store = store_of("one", "two", "three", max_messages=2)
    store.replace_tokens("room", dict.fromkeys((-1, 0, 1, 3, 4), "other"))
    assert tokens(store.view("room")) == ["two", "other"]
    store.append("room", "B", "four")
    assert tokens(store.view("room")) == ["other", "four"]


@pytest.mark.parametrize("room", ["room", "nobody wrote here"])
@pytest.mark.parametrize("ids", [(), (0,), (-1, 1, 4), (99,)])
def test_where_no_message_is_meant_nothing_changes(room: str, ids: tuple[int, ...]) -> None:
    """The room is the same as before, none comes into being, and nobody is woken."""
    store, woken = store_of("one", "two", "three", max_messages=2), []
    before = store.view(room)
    store.subscribe(room, lambda: woken.append(1))
    store.replace_tokens(room, dict.fromkeys(ids, "other"))
    assert store.view(room) is before
    assert woken == []
    assert store.append(room, "A", "more").id == before.last_id + 1


def test_cleared_messages_do_not_come_back() -> None:
    """A token for a message that was cleared is not kept."""
    store = store_of("one", "two")
    store.clear("room")
    before = store.view("room")
    store.replace_tokens("room", {1: "other", 2: "another"})
    assert store.view("room") is before
    assert "other" not in texts_within(store)


@pytest.mark.parametrize(
    ("token", "error"), [("", InvalidMessage), ("g" * (MAX_TOKEN_CHARS + 1), MessageTooLong)]
)
@pytest.mark.parametrize("message_id", [1, 2, 99])
def test_a_token_of_the_wrong_size_replaces_nothing(
    message_id: int, token: str, error: type[InvalidMessage]
) -> None:
    """One that is empty or too long is refused with all that came with it, also where its message is gone."""
    store, woken = store_of("one", "two"), []
    before = store.view("room")
    store.subscribe("room", lambda: woken.append(1))
    with pytest.raises(error):
        store.replace_tokens("room", {1: "other", 2: "another", message_id: token})
    assert store.view("room") is before
    assert woken == []


def test_the_longest_token_fits() -> None:
    """At the limit it is kept."""
    store = store_of("one")
    store.replace_tokens("room", {1: "g" * MAX_TOKEN_CHARS})
    assert tokens(store.view("room")) == ["g" * MAX_TOKEN_CHARS]


def test_who_listens_is_woken_once() -> None:
    """For all tokens together, outside the lock, and only those of that room."""
    store, seen = store_of("one", "two"), []
    store.append("other", "A", "token")

    def look() -> None:
        seen.append(tokens(store.view("room")))
        if len(seen) == 1:
            store.append("room", "B", "answer")

    store.subscribe("room", look)
    store.subscribe("other", lambda: seen.append([]))
    store.replace_tokens("room", {1: "a", 2: "b"})
    assert seen == [["a", "b"], ["a", "b", "answer"]]


def test_other_rooms_stay() -> None:
    """The same id in another room is another message."""
    store = store_of("one")
    store.append("other", "A", "token")
    before = store.view("other")
    store.replace_tokens("room", {1: "a"})
    assert store.view("other") is before


def test_a_message_sent_again_is_still_kept_once() -> None:
    """Its name stands for it, without a token: the old one is gone, and the new one is in the room."""
    store = store_of("one", "two")
    store.replace_tokens("room", {1: "other"})
    known = store.acknowledged("room", "A", "name 1")
    assert known is not None
    assert (known.id, known.token) == (1, "")
    again = store.append("room", "A", "one", client_id="name 1")
    assert (again.id, again.token) == (1, "")
    assert tokens(store.view("room")) == ["other", "two"]


def test_old_tokens_are_kept_nowhere() -> None:
    """After the old key is dropped for being known, nothing that it opens is left in the store."""
    store = store_of("first canary", "second canary", "the third")
    assert "first canary" in texts_within(store), "the control: the walk gets as far as the messages"
    store.replace_tokens("room", {1: "a", 2: "b"})
    assert not [text for text in texts_within(store) if "canary" in str(text)]
