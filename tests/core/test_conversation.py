"""A conversation: what may be sent, how often, and that one sender's flood is nobody else's."""

from collections.abc import Callable

import pytest

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import KeyRing
from securechat.errors import (
    EmptyMessage,
    InvalidMessage,
    InvalidToken,
    MessageTooLong,
    SecureChatError,
    StoreFull,
    TooFast,
)
from securechat.rooms.conversation import Conversation
from securechat.rooms.hub import Hub
from securechat.rooms.limits import RateLimit
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.policy import Actor
from securechat.rooms.room import DEMO_ROOM, SEND_COUNT, SEND_SECONDS


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time that was set."""
        return self.now


def conversation(clock: Clock | None = None, *, count: int = SEND_COUNT) -> Conversation:
    """Make a conversation with the front page's limit, or another, under a clock."""
    limit = RateLimit(count, SEND_SECONDS, action="Not sent", clock=clock or Clock())
    return Conversation(InMemoryMessageStore(), KeyRing.generate(), limit=limit)


def test_what_is_sent_can_be_read() -> None:
    """Messages are stored in order, encrypted, and open with the room's keys."""
    talk = conversation()
    sent = [talk.send(sender, text) for sender, text in (("A", "hello"), ("B", "hello"), ("A", "👋"))]
    assert talk.view().messages == tuple(sent)
    assert [(message.id, message.sender) for message in sent] == [(1, "A"), (2, "B"), (3, "A")]
    assert [talk.keyring.decrypt(message.token) for message in sent] == ["hello", "hello", "👋"]
    assert len({parse_token(message.token).ciphertext for message in sent}) == 3
    assert {message.room for message in sent} == {talk.room} == {DEMO_ROOM}


def test_what_is_cleared_is_gone() -> None:
    """Clearing empties the room for everybody, and says so."""
    talk = conversation()
    talk.send("A", "hello")
    talk.clear()
    assert talk.view().messages == ()
    assert talk.view().cleared


def test_rooms_are_apart() -> None:
    """Two conversations over one store see only their own room, and clear only that."""
    store = InMemoryMessageStore()
    red, green = (Conversation(store, KeyRing.generate(), room=room) for room in ("red", "green"))
    red.send("A", "in red")
    green.send("A", "in green")
    red.clear()
    assert red.view().messages == ()
    assert [green.keyring.decrypt(message.token) for message in green.view().messages] == ["in green"]


def test_a_rotated_ring_encrypts_with_the_new_key() -> None:
    """Messages of before and after a rotation stand in one room, and both open."""
    store = InMemoryMessageStore()
    old = KeyRing.generate()
    new = KeyRing((KeyRing.generate().primary, *old.keys))
    Conversation(store, old).send("A", "before")
    Conversation(store, new).send("A", "after")
    opened = [new.open(message.token) for message in Conversation(store, new).view().messages]
    assert [(each.plaintext, each.key) for each in opened] == [
        ("before", old.primary),
        ("after", new.primary),
    ]


@pytest.mark.parametrize("character", ["a", "𝄞"], ids=["1 byte", "4 bytes"])
@pytest.mark.parametrize("size", [1, 1_999, 2_000])
def test_messages_up_to_the_limit_are_sent(size: int, character: str) -> None:
    """2,000 characters are sent and come back whole, however many bytes they have."""
    talk = conversation()
    message = talk.send("A", character * size)
    assert talk.keyring.decrypt(message.token) == character * size


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", EmptyMessage),
        (" \n", EmptyMessage),
        ("a" * 2_001, MessageTooLong),
        ("𝄞" * 2_001, MessageTooLong),
        ("half \ud83d only", InvalidMessage),
    ],
    ids=["empty", "white space", "one over", "one over, 4 bytes each", "half a surrogate pair"],
)
def test_other_messages_are_not_sent(text: str, error: type[InvalidMessage]) -> None:
    """What is no valid message is refused and stores nothing."""
    talk = conversation()
    with pytest.raises(error):
        talk.send("A", text)
    assert talk.view().revision == 0


def test_refused_messages_take_no_share() -> None:
    """Messages that are empty or too long use up nothing of what a sender may send."""
    talk = conversation()
    for _ in range(100):
        with pytest.raises(EmptyMessage):
            talk.send("A", "")
        with pytest.raises(MessageTooLong):
            talk.send("A", "x" * 2_001)
    for _ in range(SEND_COUNT):
        talk.send("A", "hello")


@pytest.mark.parametrize(("passed", "wait"), [(0.0, 10), (0.5, 10), (3.5, 7), (9.0, 1), (9.99, 1)])
def test_a_flood_is_limited(passed: float, wait: int) -> None:
    """Of 10,000 messages at once 20 are stored; the sender is told how long to wait, and it is true."""
    clock = Clock()
    talk = conversation(clock)
    refusals: list[TooFast] = []
    for number in range(10_000):
        clock.now = 100.0 + (passed if number >= SEND_COUNT else 0)
        try:
            talk.send("A", f"message {number}")
        except TooFast as refusal:
            refusals.append(refusal)
    unit = "second" if wait == 1 else "seconds"
    told = f"Not sent: too many in a short time. Wait {wait} {unit} and try again."
    assert {(refusal.retry_after, str(refusal)) for refusal in refusals} == {(wait, told)}
    assert len(refusals) == 9_980
    texts = [talk.keyring.decrypt(message.token) for message in talk.view().messages]
    assert texts == [f"message {number}" for number in range(20)]
    clock.now += wait
    assert talk.send("A", "again").id == 21


def test_a_flood_slows_nobody_else() -> None:
    """While one sender floods the room, the other sends as much as ever."""
    talk = conversation()
    for number in range(1_000):
        if number < SEND_COUNT:
            talk.send("A", "flood")
            talk.send("B", "calm")
        else:
            with pytest.raises(TooFast):
                talk.send("A", "flood")
    senders = [message.sender for message in talk.view().messages]
    assert (senders.count("A"), senders.count("B")) == (SEND_COUNT, SEND_COUNT)


def test_it_is_limited_unless_told_otherwise() -> None:
    """A conversation that is given no limit has the front page's, 20 messages in 10 s."""
    talk = Conversation(InMemoryMessageStore(), KeyRing.generate())
    for _ in range(20):
        talk.send("A", "hello")
    with pytest.raises(TooFast) as caught:
        talk.send("A", "hello")
    assert 1 <= caught.value.retry_after <= 10


def test_a_long_conversation_is_bounded() -> None:
    """Of 10,000 messages the room keeps 500; the others are counted and gone."""
    talk = conversation(count=10_000)
    for number in range(10_000):
        talk.send("A", f"message {number}")
    view = talk.view()
    assert len(view.messages) == 500
    assert view.dropped == 9_500
    assert talk.keyring.decrypt(view.messages[0].token) == "message 9500"


def test_a_full_store_is_told() -> None:
    """A room that does not fit is refused, and the rooms that are there go on."""
    store = InMemoryMessageStore(max_rooms=1)
    first = Conversation(store, KeyRing.generate(), room="first")
    first.send("A", "hello")
    with pytest.raises(StoreFull):
        Conversation(store, KeyRing.generate(), room="second").send("A", "hello")
    assert first.send("A", "hello").id == 2


class TestAccept:
    """A token that somebody encrypted elsewhere, under the room's key."""

    def test_it_is_stored_as_it_is(self) -> None:
        """The token is kept letter by letter."""
        talk = conversation()
        token = talk.keyring.encrypt("made elsewhere")
        assert talk.post(Actor("B"), token).token == token
        assert talk.view().messages[0].sender == "B"

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            (lambda _: KeyRing.generate().encrypt("x"), InvalidToken),
            (lambda ring: ring.encrypt("x")[:-1], InvalidToken),
            (lambda ring: ring.encrypt("x", at_time=2**40), InvalidToken),
            (lambda ring: ring.encrypt(" \n"), EmptyMessage),
            (lambda ring: ring.encrypt("x" * 2001), MessageTooLong),
        ],
    )
    def test_what_send_would_refuse(
        self, make: Callable[[KeyRing], str], error: type[SecureChatError]
    ) -> None:
        """It is refused here, too, stored nowhere, and does not count towards the limit."""
        talk = conversation(count=1)
        with pytest.raises(error):
            talk.post(Actor("A"), make(talk.keyring))
        assert talk.view().messages == ()
        talk.post(Actor("A"), talk.keyring.encrypt("fine"))

    def test_one_limit_for_both_ways(self) -> None:
        """Sent here or encrypted elsewhere: each counts."""
        talk = conversation(count=2)
        talk.send("A", "one")
        talk.post(Actor("A"), talk.keyring.encrypt("two"))
        with pytest.raises(TooFast):
            talk.post(Actor("A"), talk.keyring.encrypt("three"))
        with pytest.raises(TooFast):
            talk.send("A", "three")


@pytest.mark.parametrize("sender", ["", "C", "a", "AB"])
def test_only_those_of_the_room_write(sender: str) -> None:
    """There are A and B."""
    talk = conversation()
    with pytest.raises(InvalidMessage):
        talk.send(sender, "hello")
    with pytest.raises(InvalidMessage):
        talk.post(Actor(sender), talk.keyring.encrypt("hello"))
    assert talk.view().messages == ()


def test_a_message_sent_again_is_stored_once() -> None:
    """Under the same name it is one message, also beyond the limit: what is stored is acknowledged."""
    talk = conversation(count=1)
    first = talk.send("A", "hello", client_id="mine")
    assert talk.send("A", "hello", client_id="mine") == first
    assert talk.post(Actor("A"), talk.keyring.encrypt("hello"), client_id="mine") == first
    assert talk.view().messages == (first,)
    with pytest.raises(TooFast):
        talk.send("A", "hello", client_id="another")


def test_subscribers_of_the_room_are_woken() -> None:
    """By whatever changes the room, when it can be read, until they end; not by what is refused."""
    talk, woken = conversation(), list[int]()
    end = talk.subscribe(lambda: woken.append(talk.head().revision))
    talk.send("A", "hello", client_id="mine")
    talk.send("A", "hello", client_id="mine")  # which is there already
    talk.post(Actor("B"), talk.keyring.encrypt("hi"))
    with pytest.raises(InvalidMessage):
        talk.send("A", "")
    talk.change_keys(KeyRing.rotated)
    talk.reencrypt()
    talk.reencrypt()  # which finds nothing to do
    talk.clear()
    talk.forget()
    assert woken == [1, 2, 3, 4, 5, 0]
    end()
    talk.send("A", "hello")
    assert len(woken) == 6


def test_a_subscriber_may_look_and_write_at_once() -> None:
    """It is woken outside the room's lock: whatever it does there does not wait for itself."""
    talk, seen = conversation(), list[int]()

    def look() -> None:
        seen.append(talk.head().last_id)
        if len(seen) == 1:
            talk.send("B", "answer")
            talk.change_keys(KeyRing.rotated)

    talk.subscribe(look)
    talk.send("A", "question")
    assert seen == [1, 2, 2]


def test_one_hub_for_many_rooms() -> None:
    """Whoever subscribes to a room is told of it by any object that writes there, and of no other room."""
    store, hub, woken = InMemoryMessageStore(), Hub(), list[str]()
    ring = KeyRing.generate()
    red, red_too, green = (
        Conversation(store, ring, room=room, hub=hub, topics=("all",)) for room in ("red", "red", "green")
    )
    red.subscribe(lambda: woken.append("red"))
    hub.subscribe("all", lambda: woken.append("all"))
    green.send("A", "hello")
    assert woken == ["all"]
    red_too.send("A", "hello")
    assert sorted(woken[1:]) == ["all", "red"]
