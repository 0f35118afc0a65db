"""A room's keys change, and its messages are encrypted again: their texts and times stay."""

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from securechat.crypto import keyfile
from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.keyfile import keyring_of_file
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidKey, KeysChanged, StoreFull, StoreUnavailable
from securechat.rooms.conversation import Conversation, Reencryption
from securechat.rooms.limits import RateLimit
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.policy import Actor
from securechat.rooms.visit import KeyedVisit

NOW = 1_700_000_000


def conversation(store: InMemoryMessageStore | None = None) -> Conversation:
    """Make a conversation that takes any number of messages."""
    limit = RateLimit(100_000, 1, action="Not sent")
    return Conversation(store or InMemoryMessageStore(max_messages=100_000), KeyRing.generate(), limit=limit)


def drop_retired(ring: KeyRing) -> KeyRing:
    """Drop all retired keys."""
    return ring.without(ring.keys[1:])


def renew(talk: Conversation) -> None:
    """Make a new key, encrypt all messages again, and drop the key of before."""
    talk.change_keys(KeyRing.rotated)
    talk.reencrypt()
    talk.change_keys(drop_retired)


def opened(talk: Conversation) -> list[str]:
    """Return the texts of all messages as the primary key alone opens them."""
    ring = KeyRing((talk.keyring.primary,))
    return [ring.decrypt(message.token) for message in talk.view().messages]


class TestChangeKeys:
    """The room's keys are replaced as a whole, or not at all."""

    def test_the_new_ring_counts_at_once(self) -> None:
        """It is given the present keys, and what it makes of them is returned and used."""
        talk = conversation()
        before, given = talk.keyring, []

        def change(ring: KeyRing) -> KeyRing:
            given.append(ring)
            return ring.rotated()

        after = talk.change_keys(change)
        assert given == [before]
        assert talk.keyring is after
        assert talk.keyring.open(talk.send("A", "hello").token).key == after.primary != before.primary

    @pytest.mark.parametrize("error", [InvalidKey("A mistake."), RuntimeError(), KeyboardInterrupt()])
    def test_a_change_that_raises_changes_nothing(self, error: BaseException) -> None:
        """What it raises is passed on, the keys stay, and people write on."""
        talk = conversation()
        before = talk.keyring

        def change(_: KeyRing) -> KeyRing:
            raise error

        with pytest.raises(type(error)):
            talk.change_keys(change)
        assert talk.keyring is before
        assert talk.send("A", "hello").id == 1
        assert opened(talk) == ["hello"]

    def test_no_message_changes_with_the_keys(self) -> None:
        """New keys alone touch no token: that is what encrypting again is for."""
        talk = conversation()
        talk.send("A", "hello")
        before = talk.view()
        talk.change_keys(KeyRing.rotated)
        assert talk.view().messages == before.messages
        assert talk.view().rewritten == 0
        assert talk.keyring.decrypt(before.messages[0].token) == "hello"


class TestReencrypt:
    """The messages get tokens of the primary key; all else of them stays."""

    def test_numbers_senders_and_times_are_kept(self) -> None:
        """Only the tokens are others, and what they say is the same, with the same time in it."""
        times = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(3)]
        clock = iter(times)
        talk = conversation(InMemoryMessageStore(clock=lambda: next(clock)))
        for number, sender in enumerate("ABA"):
            talk.post(Actor(sender), talk.keyring.encrypt(f"text {number}", at_time=NOW + number))
        before = talk.view().messages
        talk.change_keys(KeyRing.rotated)
        assert talk.reencrypt() == Reencryption(changed=3, kept=0, unreadable=0)
        after = talk.view().messages
        assert [(message.id, message.sender, message.sent_at) for message in after] == [
            (number + 1, sender, times[number]) for number, sender in enumerate("ABA")
        ]
        assert [read_timestamp(message.token) for message in after] == [NOW, NOW + 1, NOW + 2]
        assert not {message.token for message in before} & {message.token for message in after}
        assert opened(talk) == ["text 0", "text 1", "text 2"]

    def test_what_became_of_each_is_counted(self) -> None:
        """Some get a new token, some have one, and what no key opens stays as it is, letter by letter."""
        store = InMemoryMessageStore()
        talk = conversation(store)
        foreign = KeyRing.generate().encrypt("of another key")
        talk.send("A", "one")
        store.append(talk.room, "B", foreign)
        talk.send("B", "two")
        talk.change_keys(KeyRing.rotated)
        kept = talk.send("A", "three")
        store.append(talk.room, "B", "no token at all")
        assert talk.reencrypt() == Reencryption(changed=2, kept=1, unreadable=2)
        tokens = [message.token for message in talk.view().messages]
        assert (tokens[1], tokens[3], tokens[4]) == (foreign, kept.token, "no token at all")
        alone = KeyRing((talk.keyring.primary,))
        assert [alone.decrypt(tokens[at]) for at in (0, 2, 3)] == ["one", "two", "three"]

    @pytest.mark.parametrize("texts", [(), ("one", "two")], ids=["no message", "all are new"])
    def test_where_there_is_nothing_to_do(self, texts: tuple[str, ...]) -> None:
        """Nothing changes, nobody is woken."""
        talk, woken = conversation(), []
        for text in texts:
            talk.send("A", text)
        before = talk.view()
        talk.subscribe(lambda: woken.append(1))
        assert talk.reencrypt() == Reencryption(changed=0, kept=len(texts), unreadable=0)
        assert talk.view() is before
        assert woken == []

    def test_it_is_one_change(self) -> None:
        """However many messages get a new token, listeners are woken once, and see all of them."""
        talk, woken = conversation(), []
        for number in range(10):
            talk.send("A", f"text {number}")
        talk.change_keys(KeyRing.rotated)
        talk.subscribe(lambda: woken.append(opened(talk)))
        talk.reencrypt()
        assert woken == [[f"text {number}" for number in range(10)]]
        assert talk.view().rewritten == 1

    def test_a_message_sent_again_is_still_stored_once(self) -> None:
        """What a client's name stands for outlives the new token: the message is acknowledged by its id."""
        talk = conversation()
        talk.send("A", "hello", client_id="mine")
        token = talk.keyring.encrypt("hi")
        talk.post(Actor("B"), token, client_id="mine")
        talk.change_keys(KeyRing.rotated)
        talk.reencrypt()
        assert talk.send("A", "hello", client_id="mine").id == 1
        assert talk.post(Actor("B"), token, client_id="mine").id == 2
        assert opened(talk) == ["hello", "hi"]

    def test_sent_again_after_its_key_was_dropped(self) -> None:
        """It is stored, so its sender is told that it is: else they would send it once more."""
        talk = conversation()
        token = talk.keyring.encrypt("hello")
        talk.post(Actor("A"), token, client_id="mine")
        renew(talk)
        assert talk.post(Actor("A"), token, client_id="mine").id == 1
        assert opened(talk) == ["hello"]

    def test_what_is_cleared_meanwhile_does_not_come_back(self) -> None:
        """Somebody clears the room between the looking and the replacing."""

        class ClearedStore(InMemoryMessageStore):
            def replace_tokens(
                self, room: str, tokens: Mapping[int, str], *, keys_version: int | None = None
            ) -> None:
                if tokens:
                    self.clear(room)
                super().replace_tokens(room, tokens, keys_version=keys_version)

        talk = conversation(ClearedStore())
        talk.send("A", "hello")
        talk.change_keys(KeyRing.rotated)
        talk.reencrypt()
        assert talk.view().messages == ()
        assert talk.send("A", "again").id == 2


class TestTwoProcesses:
    """Two conversations of one room, each with keys of its own in hand, as two servers would have them."""

    @pytest.mark.parametrize("way", ["send", "accept", "change_keys", "reencrypt"])
    def test_who_has_old_keys_is_refused(self, way: str) -> None:
        """What is under keys that the other has replaced is not kept: nothing would ever open it."""
        store, ring = InMemoryMessageStore(), KeyRing.generate().rotated()
        one, other = (Conversation(store, ring) for _ in range(2))
        store.append(one.room, "A", KeyRing((ring.keys[1],)).encrypt("under a retired key"))
        one.change_keys(KeyRing.rotated)
        do: dict[str, Callable[[], object]] = {
            "send": lambda: other.send("B", "late"),
            "accept": lambda: other.post(Actor("B"), ring.encrypt("late")),
            "change_keys": lambda: other.change_keys(KeyRing.rotated),
            "reencrypt": lambda: other.reencrypt(),
        }
        before = one.view()
        with pytest.raises(KeysChanged):
            do[way]()
        assert one.view() == before
        assert other.keyring is ring

    @pytest.mark.parametrize("error", [KeysChanged(), StoreFull(1), StoreUnavailable()], ids=repr)
    def test_a_key_file_stays_as_it_was(self, error: Exception, tmp_path: Path) -> None:
        """Where the store counts no change, none is made: the file stays, byte for byte."""
        path = tmp_path / "secret.key"
        talk = Conversation(RefusingStore(error), keyring_of_file(path))
        before, kept = talk.keyring, path.read_bytes()
        with pytest.raises(type(error)):
            KeyedVisit(conversation=talk).change_keys(KeyRing.rotated)
        assert path.read_bytes() == kept
        assert talk.key_change.number == 1
        assert talk.keyring.keys == before.keys

    def test_every_change_is_counted_before_it_is_made(self, tmp_path: Path) -> None:
        """From then on nothing is stored under keys that may be dropped; pages tell of new keys alone."""
        path = tmp_path / "secret.key"
        store = InMemoryMessageStore()
        talk = Conversation(store, keyring_of_file(path))
        seen: list[tuple[int, int]] = []

        def after(change: Callable[[KeyRing], KeyRing]) -> Callable[[KeyRing], KeyRing]:
            def look(ring: KeyRing) -> KeyRing:
                seen.append((store.head(talk.room).keys_version, len(path.read_text().split())))
                return change(ring)

            return look

        for change in (KeyRing.rotated, drop_retired, KeyRing.rotated):
            talk.change_keys(after(change))
        assert seen == [(2, 1), (3, 2), (4, 1)]
        assert talk.key_change.number == 3, "what pupils read: the first, second, third key"
        assert talk.send("A", "hello").id == 1

    def test_who_comes_later_has_the_present_version(self) -> None:
        """A conversation that is made of a room whose keys have changed goes on from there."""
        one = conversation(store := InMemoryMessageStore())
        renew(one)
        other = Conversation(store, one.keyring)
        assert (one.key_change.number, other.key_change.number) == (2, 3), "counted, or as the store counts"
        other.send("A", "hello")
        assert opened(one) == ["hello"]


def test_who_starts_while_another_changes_them(tmp_path: Path) -> None:
    """Read before, and counted afterwards, they would be those of before for ever: so read once more."""
    store, path = InMemoryMessageStore(), tmp_path / "secret.key"
    known = keyring_of_file(path)
    Conversation(store, known).change_keys(KeyRing.rotated)
    late = Conversation(store, known)
    assert late.keyring.primary == keyring_of_file(path).primary != known.primary
    assert late.send("A", "hello").id == 1


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_nothing_can_be_written_beside_the_file(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where keys were ever changed, the app starts all the same, and people write under those of the file."""
    store, path = InMemoryMessageStore(), tmp_path / "secret.key"
    known = keyring_of_file(path)
    changing = Conversation(store, known)
    changing.change_keys(KeyRing.rotated)

    @contextmanager
    def locked(_: Path) -> Iterator[None]:
        raise OSError(code, "no")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(keyfile, "locked", locked)
        late = Conversation(store, known)
        assert late.send("A", "hello").id == 1
    changing.change_keys(KeyRing.rotated)
    with monkeypatch.context() as patch:
        patch.setattr(keyfile, "locked", locked)
        assert late.send("A", "again").id == 2
        assert late.keyring.primary == keyring_of_file(path).primary


class RefusingStore(InMemoryMessageStore):
    """A store that refuses whoever changes keys, whether it counts the change or not."""

    def __init__(self, error: Exception, *, is_counting: bool = False) -> None:
        super().__init__()
        self.error = error
        self.is_counting = is_counting

    def change_keys_version(self, room: str, present: int) -> int:
        """See `MessageStore.change_keys_version`."""
        if self.is_counting:
            super().change_keys_version(room, present)
        raise self.error


@pytest.mark.parametrize("is_counting", [True, False])
def test_a_change_that_is_not_answered(tmp_path: Path, *, is_counting: bool) -> None:
    """The keys are what they were, and messages can be sent and encrypted again, counted or not."""
    store = RefusingStore(StoreUnavailable(), is_counting=is_counting)
    talk = Conversation(store, keyring_of_file(tmp_path / "secret.key"))
    before = talk.keyring.keys
    for number in (1, 2, 3):
        with pytest.raises(StoreUnavailable):
            talk.change_keys(KeyRing.rotated)
        assert talk.keyring.keys == before
        assert talk.reencrypt().kept == number - 1
        assert talk.send("A", "text").id == number
