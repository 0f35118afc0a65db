"""Keys change while people write: nothing becomes unreadable, and no old key opens what is new."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidToken
from securechat.rooms.conversation import Conversation
from securechat.rooms.policy import Actor
from tests.core.slow_store import SlowStore
from tests.core.test_conversation_keys import NOW, conversation, drop_retired, opened, renew

EACH = 100
AT_ONCE = 8  # messages that are written while the keys are renewed once


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Let threads take turns as often as the interpreter can, so that a race shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class Writers:
    """Four that write at once, two by `send` and two by `accept`, and what they were told."""

    def __init__(self, talk: Conversation) -> None:
        self.talk = talk
        self.turns = threading.Semaphore(2 * AT_ONCE)
        self.stored: dict[int, tuple[str, int]] = {}
        self.refused: list[str] = []

    def send(self, sender: str) -> None:
        """Send texts to be encrypted there."""
        for number in range(EACH):
            self.turns.acquire()
            text = f"sent by {sender}: {number}"
            message = self.talk.send(sender, text)
            self.stored[message.id] = (text, read_timestamp(message.token))

    def accept(self, sender: str) -> None:
        """Send tokens, each of a time of its own, made with the keys as they were a moment ago."""
        for number in range(EACH):
            self.turns.acquire()
            text = f"encrypted by {sender}: {number}"
            token = self.talk.keyring.encrypt(text, at_time=NOW + number)
            try:
                message = self.talk.post(Actor(sender), token)
            except InvalidToken:
                self.refused.append(text)
            else:
                self.stored[message.id] = (text, NOW + number)


@pytest.mark.usefixtures("impatient_threads")
def test_nothing_becomes_unreadable_under_load() -> None:
    """While four write, keys are renewed fifty times: all that was stored opens with the newest."""
    talk = conversation()
    writers, old = Writers(talk), []
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, sender) for write in (writers.send, writers.accept) for sender in "AB"]
        try:
            for _ in range(4 * EACH // AT_ONCE):
                old.append(talk.keyring.primary)
                renew(talk)
                writers.turns.release(AT_ONCE)
        finally:
            writers.turns.release(4 * EACH)
        for future in writing:
            future.result()
    messages, texts = talk.view().messages, opened(talk)
    assert [message.id for message in messages] == list(range(1, len(messages) + 1))
    assert len(messages) + len(writers.refused) == 4 * EACH
    assert Counter(texts) == Counter(text for text, _ in writers.stored.values())
    assert {
        message.id: (text, read_timestamp(message.token))
        for message, text in zip(messages, texts, strict=True)
    } == writers.stored
    assert talk.keyring.primary not in old
    for message in messages:
        with pytest.raises(InvalidToken):
            KeyRing(tuple(old)).decrypt(message.token)


class TestBetweenTheSteps:
    """What could come between a token that is made, or found to open, and its being stored."""

    @pytest.mark.parametrize("way", ["send", "accept", "reencrypt"])
    def test_a_key_is_not_dropped_meanwhile(self, way: str) -> None:
        """Whoever renews the keys waits until the token is there; then it is encrypted again, too."""
        store = SlowStore()
        talk = conversation(store)
        renewing = threading.Thread(target=renew, args=[talk])

        def start() -> None:
            renewing.start()
            renewing.join(0.2)  # it cannot be through: it waits

        if way == "reencrypt":
            talk.send("A", "hello")
            talk.change_keys(KeyRing.rotated)
        token = talk.keyring.encrypt("hello")
        store.first.append(start)
        if way == "send":
            talk.send("A", "hello")
        elif way == "accept":
            talk.post(Actor("A"), token)
        else:
            talk.reencrypt()
        renewing.join()
        assert opened(talk) == ["hello"]
        assert talk.view().last_id == 1

    def test_a_message_is_not_sent_while_keys_change(self) -> None:
        """It waits for the new key, and is encrypted with that."""
        talk = conversation()
        sending = threading.Thread(target=talk.send, args=["A", "hello"])

        def change(ring: KeyRing) -> KeyRing:
            sending.start()
            sending.join(0.2)  # it cannot be through: it waits
            assert talk.view().messages == ()
            return ring.rotated()

        talk.change_keys(change)
        sending.join()
        assert opened(talk) == ["hello"]

    def test_a_token_of_a_retired_key_gets_a_new_one(self) -> None:
        """Made before the rotation, come after it: it is stored under the new key, its time kept."""
        talk = conversation()
        token = talk.keyring.encrypt("hello", at_time=NOW)
        talk.change_keys(KeyRing.rotated)
        talk.reencrypt()
        talk.post(Actor("A"), token)
        talk.change_keys(drop_retired)
        assert opened(talk) == ["hello"]
        assert read_timestamp(talk.view().messages[0].token) == NOW

    def test_a_token_of_a_dropped_key_is_refused(self) -> None:
        """Once the key is gone, its sender is told, and nothing is stored."""
        talk = conversation()
        token = talk.keyring.encrypt("hello")
        renew(talk)
        with pytest.raises(InvalidToken):
            talk.post(Actor("A"), token)
        assert talk.view().messages == ()
