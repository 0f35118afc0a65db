"""A room keeps tokens, and asks whose keys they are under what may be stored."""

from __future__ import annotations

import threading

import pytest

from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.keyring import KeyRing
from securechat.errors import EmptyMessage, InvalidMessage, InvalidToken, KeysChanged, MessageTooLong
from securechat.rooms.keys import ClientKeys, ServerKeys
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import MAX_TOKEN_CHARS
from securechat.rooms.policy import IN_GENERAL, About, Action, Actor, DemoPolicy
from securechat.rooms.room import Room

RING = KeyRing.generate()
PAIR = KeyRing.generate()


def server_room() -> Room:
    """Return a room under this server's keys."""
    return Room(InMemoryMessageStore(), ServerKeys(RING, 1))


class TestClientKeys:
    """Keys that this server never has."""

    @pytest.fixture
    def room(self) -> Room:
        """A room under such keys."""
        return Room(InMemoryMessageStore(), ClientKeys())

    def test_any_token_is_kept_as_it_is(self, room: Room) -> None:
        """Whatever key it is under, and whatever it says: nobody here can know."""
        for text in ("hello", ""):
            token = KeyRing.generate().encrypt(text)
            assert room.post(Actor("A"), token).token == token

    @pytest.mark.parametrize("token", ["", "hello", "gAAAAA", "=" * 100, "gAAAAA" * 20])
    def test_what_is_no_token_is_refused(self, room: Room, token: str) -> None:
        """Its form can be checked, and is; nothing is stored."""
        with pytest.raises(InvalidToken):
            room.post(Actor("A"), token)
        assert room.view().last_id == 0

    def test_it_may_not_be_of_any_size(self, room: Room) -> None:
        """As everywhere."""
        with pytest.raises(MessageTooLong):
            room.post(Actor("A"), RING.encrypt("x" * MAX_TOKEN_CHARS))

    def test_it_is_sent_once(self, room: Room) -> None:
        """Under one name, however often the answer is lost."""
        token = RING.encrypt("x")
        assert {room.post(Actor("A"), token, client_id="mine").id for _ in range(3)} == {1}

    def test_a_replay(self, room: Room) -> None:
        """It is stored, as it is where the server has the keys."""
        token = room.post(Actor("A"), RING.encrypt("x")).token
        assert room.replay(Actor(), token, sender="A").id == 2

    def test_it_can_be_forgotten(self, room: Room) -> None:
        """And begins anew."""
        room.post(Actor("A"), RING.encrypt("x"))
        room.forget()
        assert room.post(Actor("A"), RING.encrypt("x")).id == 1


class TestKeysOfWhoPosts:
    """A room of this server's keys may hold a token under another key, where its policy lets that in."""

    def test_the_policy_is_asked_about_it(self) -> None:
        """It is told whether the token is under a key that only clients have."""
        asked: list[bool] = []

        class Curious(DemoPolicy):
            """Notes what it is asked about."""

            def check(self, actor: Actor, action: Action, room: str = "", about: About = IN_GENERAL) -> None:
                """Note it."""
                asked.append(about.sealed)

        room = Room(InMemoryMessageStore(), ServerKeys(RING, 1), policy=Curious())
        foreign = KeyRing.generate().encrypt("hello")
        room.post(Actor("A"), RING.encrypt("hello"))
        assert room.post(Actor("A"), foreign, keys=ClientKeys()).token == foreign
        with pytest.raises(InvalidToken):
            room.post(Actor("A"), foreign)
        room.replay(Actor("A"), RING.encrypt("hello"), sender="A")
        Room(InMemoryMessageStore(), ClientKeys(), policy=Curious()).post(Actor("A"), foreign)
        assert asked == [False, True, False, False, True]

    def test_it_does_not_hang_on_the_version_of_the_rooms_keys(self) -> None:
        """They may change while it is on its way."""
        store = InMemoryMessageStore()
        room = Room(store, ServerKeys(RING, 1))
        store.change_keys_version(room.room, 1)
        with pytest.raises(KeysChanged):
            room.post(Actor("A"), RING.encrypt("hello"))
        assert room.post(Actor("A"), RING.encrypt("hello"), keys=ClientKeys()).id == 1


def test_at_rest() -> None:
    """While something is done at rest nothing is stored, and the next message has the number it was told."""
    room = server_room()
    room.post(Actor("A"), RING.encrypt("before"))
    post = threading.Thread(target=lambda: room.post(Actor("A"), RING.encrypt("meanwhile")))

    def do(next_id: int) -> int:
        post.start()
        post.join(0.1)  # as long as it is given, it must not get past this
        assert room.head().last_id + 1 == next_id
        return next_id

    told = room.at_rest(do)
    post.join()
    assert (told, room.head().last_id) == (2, 2)


class TestServerKeys:
    """Keys that this server has."""

    def test_what_does_not_open_is_refused(self) -> None:
        """Else nobody here could read it."""
        room = server_room()
        with pytest.raises(InvalidToken):
            room.post(Actor("A"), PAIR.encrypt("x"))
        with pytest.raises(EmptyMessage):
            room.post(Actor("A"), RING.encrypt(" "))
        assert room.view().last_id == 0

    def test_under_a_retired_key(self) -> None:
        """Its text is encrypted again: what is new is under the primary key alone, with the old time."""
        token, ring = RING.encrypt("x", at_time=1_700_000_000), RING.rotated()
        stored = Room(InMemoryMessageStore(), ServerKeys(ring, 1)).post(Actor("A"), token).token
        opened = ring.open(stored)
        assert (opened.key, opened.plaintext) == (ring.primary, "x")
        assert read_timestamp(stored) == read_timestamp(token)

    def test_a_token_of_two_alone(self) -> None:
        """It is under their keys, and not under those of the room."""
        keys = ServerKeys(RING, 1, lambda one, other: PAIR)
        token = PAIR.encrypt("x")
        assert keys.admit(token, "A", "B", lambda text: False) == token
        for wrong, to in ((RING.encrypt("x"), "B"), (token, None)):
            with pytest.raises(InvalidToken):
                keys.admit(wrong, "A", to, lambda text: False)
        with pytest.raises(InvalidMessage):
            ServerKeys(RING, 1).admit(token, "A", "B", lambda text: False)

    def test_nothing_of_them_is_shown(self) -> None:
        """Neither the room nor its keys print a key."""
        room = server_room()
        for thing in (room, ServerKeys(RING, 1, lambda one, other: PAIR)):
            assert RING.primary.reveal() not in f"{thing!r} {vars(thing)!r}"
