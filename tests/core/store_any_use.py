"""Any sequence of calls to a message store, against lists that forget nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from securechat.errors import KeysChanged, StoreFull
from securechat.rooms.messages import Message
from securechat.rooms.store import MessageStore, RoomView

ROOMS = ("red", "green", "blue")


class AnyUse(RuleBasedStateMachine):
    """A store of which anything is asked in any order.

    Attributes:
        make_store: Makes it: see `store_contract.MakeStore`.
    """

    make_store: Callable[..., MessageStore]

    MAX_MESSAGES = 4
    MAX_ROOMS = 2
    rooms = st.sampled_from(ROOMS)

    def __init__(self) -> None:
        super().__init__()
        self.store = self.make_store(max_messages=self.MAX_MESSAGES, max_rooms=self.MAX_ROOMS)
        self.sent: dict[str, list[Message]] = {}
        self.last_ids: dict[str, int] = {}
        self.cleared: set[str] = set()
        self.rewritten: dict[str, int] = {}
        self.versions: dict[str, int] = {}
        self.seen: dict[tuple[str, str, int], RoomView] = {}

    def teardown(self) -> None:
        """Let go of the store."""
        self.store.close()

    def kept(self, room: str) -> list[Message]:
        """Return what should be left of a room."""
        return self.sent.get(room, [])[-self.MAX_MESSAGES :]

    def refuses(self, room: str) -> bool:
        """Say whether it would be one room too many."""
        return room not in self.sent and len(self.sent) == self.MAX_ROOMS

    @rule(room=rooms, sender=st.sampled_from("AB"), token=st.text("gA-_", min_size=1, max_size=3))
    def append(self, room: str, sender: str, token: str) -> None:
        """A message gets the next id of its room, unless it would need one room too many."""
        if self.refuses(room):
            with pytest.raises(StoreFull):
                self.store.append(room, sender, token)
            return
        message = self.store.append(room, sender, token, keys_version=self.versions.get(room, 1))
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

    @rule(room=rooms, version=st.integers(0, 4))
    def change_keys(self, room: str, version: int) -> None:
        """The version of a room's keys goes up by one, if whoever changes them knows the present one."""
        present = self.versions.get(room, 1)
        if version == present and not self.refuses(room):
            self.versions[room] = self.store.change_keys_version(room, version)
            assert self.versions[room] == version + 1
            self.sent.setdefault(room, [])
        else:
            with pytest.raises((KeysChanged, StoreFull)):
                self.store.change_keys_version(room, version)

    @rule(room=rooms)
    def forget(self, room: str) -> None:
        """A room that is forgotten is as if it had never been there."""
        self.store.forget(room)
        for known in (self.sent, self.last_ids, self.rewritten, self.versions):
            known.pop(room, None)
        self.cleared.discard(room)

    @rule(room=rooms, after=st.integers(-3, 40), count=st.integers(0, 6))
    def read(self, room: str, after: int, count: int) -> None:
        """What came after an id, and what is newest, is what is kept of it."""
        expected = [message for message in self.kept(room) if message.id > after]
        assert list(self.store.since(room, after).messages) == expected
        newest = self.kept(room)[max(0, len(self.kept(room)) - count) :]
        assert list(self.store.tail(room, count).messages) == newest

    @rule(room=rooms, message_id=st.integers(-3, 40))
    def find(self, room: str, message_id: int) -> None:
        """A message is found by its id exactly as long as it is kept."""
        expected = next((message for message in self.kept(room) if message.id == message_id), None)
        assert self.store.view(room).find(message_id) == expected

    @invariant()
    def views_agree(self) -> None:
        """Every room looks as the lists say, and one revision never looks two ways."""
        for room in ROOMS:
            view = self.store.view(room)
            assert list(view.messages) == self.kept(room)
            assert view.dropped == len(self.sent.get(room, [])) - len(view.messages)
            assert view.last_id == self.last_ids.get(room, 0)
            assert view.cleared == (room in self.cleared)
            assert view.rewritten == self.rewritten.get(room, 0)
            assert view.keys_version == self.versions.get(room, 1)
            assert self.store.head(room) == view.head
            assert self.seen.setdefault((room, view.epoch, view.revision), view) == view
