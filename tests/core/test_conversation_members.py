"""A conversation asks its policy: for each message, before it is stored."""

from __future__ import annotations

import threading

import pytest

from securechat.crypto.keyring import KeyRing
from securechat.errors import EmptyMessage, InvalidMessage, InvalidToken, NotSeated, TooFast
from securechat.rooms.conversation import Conversation
from securechat.rooms.limits import RateLimit
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import Message
from securechat.rooms.policy import ANYBODY, IN_GENERAL, About, Action, Actor, Policy

PAIR = KeyRing.generate()
"""The keys of A and B alone."""


class Guests(Policy):
    """People who come and go: A, B and C at first."""

    def __init__(self) -> None:
        self.there = {"A", "B", "C"}
        self.asked: list[tuple[Action, str, str | None, str | None]] = []

    def check(self, actor: Actor, action: Action, room: str = "", about: About = IN_GENERAL) -> None:
        """Refuse who is not there."""
        self.asked.append((action, room, about.sender, about.recipient))
        if not {about.sender, about.recipient or about.sender} <= self.there:
            raise NotSeated


def pair_keys(one: str, other: str) -> KeyRing:
    """Return the keys of A and B; nobody else has any."""
    if {one, other} != {"A", "B"}:
        raise InvalidMessage("There is no key for these two.")
    return PAIR


@pytest.fixture
def guests() -> Guests:
    """Who is in the room."""
    return Guests()


@pytest.fixture
def talk(guests: Guests) -> Conversation:
    """A conversation of those, each of whom may send twice."""
    limit = RateLimit(2, 10.0, action="Not sent", clock=lambda: 0.0)
    return Conversation(
        InMemoryMessageStore(),
        KeyRing.generate(),
        room="red",
        limit=limit,
        policy=guests,
        pair_keys=pair_keys,
    )


class TestCheck:
    """Only members send."""

    def test_each_message_is_asked_for(self, talk: Conversation, guests: Guests) -> None:
        """By `send`, `accept` and `replay`: what is done, where, in whose name and for whom."""
        talk.send("A", "hello")
        talk.send("A", "hello", to="B")
        talk.post(Actor("B"), talk.keyring.encrypt("hello"))
        talk.replay(ANYBODY, talk.keyring.encrypt("hello"), sender="B")
        assert guests.asked == [
            (Action.WRITE, "red", "A", None),
            (Action.WRITE, "red", "A", "B"),
            (Action.WRITE, "red", "B", None),
            (Action.REPLAY, "red", "B", None),
        ]

    def test_who_is_refused_leaves_no_trace(self, talk: Conversation, guests: Guests) -> None:
        """Nothing is stored, nobody is told, and it does not count towards the limit."""
        woken: list[int] = []
        talk.subscribe(lambda: woken.append(1))
        guests.there.remove("A")
        for _ in range(5):
            with pytest.raises(NotSeated):
                talk.send("A", "hello")
            with pytest.raises(NotSeated):
                talk.post(Actor("A"), talk.keyring.encrypt("hello"))
            with pytest.raises(NotSeated):
                talk.send("B", "hello", to="A")
        assert talk.view().revision == 0
        assert woken == []
        guests.there.add("A")
        assert [talk.send(sender, "hello").id for sender in "AABB"] == [1, 2, 3, 4]

    def test_what_is_stored_already_is_said_to_be(self, talk: Conversation, guests: Guests) -> None:
        """Sent again after its sender went, or beyond the limit, it is acknowledged and not stored again."""
        first = talk.send("A", "hello", client_id="mine", to="B")
        guests.there.remove("A")
        assert talk.send("A", "hello", client_id="mine") is first
        assert talk.post(Actor("A"), "no token at all", client_id="mine") is first
        with pytest.raises(NotSeated):
            talk.send("A", "hello", client_id="mine", actor=Actor("B"))
        with pytest.raises(NotSeated):
            talk.send("A", "hello", client_id="another")
        assert talk.view().messages == (first,)

    def test_a_text_that_nobody_could_send(self, talk: Conversation, guests: Guests) -> None:
        """It is refused as such, and nobody is asked for it."""
        with pytest.raises(EmptyMessage):
            talk.send("nobody", " ")
        assert guests.asked == []

    def test_nobody_goes_between_question_and_storing(self, guests: Guests) -> None:
        """A sender who is refused from now on has no message stored after that, whatever the threads do."""
        talk = Conversation(InMemoryMessageStore(), KeyRing.generate(), policy=guests)
        check, going = guests.check, threading.Event()

        def forget() -> None:
            talk.forget()
            going.set()

        def slow(actor: Actor, action: Action, room: str = "", about: About = IN_GENERAL) -> None:
            check(actor, action, room, about)
            threading.Thread(target=forget).start()
            assert not going.wait(0.05), "the room is forgotten after this message"

        guests.check = slow  # type: ignore[method-assign]
        talk.send("A", "hello")
        assert going.wait(10)
        assert talk.view().revision == 0


class TestShare:
    """How often somebody may send is counted for whoever does it."""

    def test_who_sends_again_uses_up_their_own(self, talk: Conversation) -> None:
        """Not that of whose message it is, who may go on; and all that one does counts together."""
        eve = Actor(share="C")
        token = talk.send("A", "hello").token
        for _ in range(2):
            talk.post(eve, token, sender="A")
        with pytest.raises(TooFast):
            talk.post(eve, token, sender="A")
        with pytest.raises(TooFast):
            talk.send("C", "in my own name", actor=eve)
        assert talk.send("A", "I am not slowed").id == 4

    def test_nobody_gets_another_share_by_sending_again(self, talk: Conversation) -> None:
        """Who has sent all that they may does not send again what others wrote."""
        token = talk.send("B", "hello").token
        for _ in range(2):
            talk.send("A", "x", actor=Actor(share="A"))
        with pytest.raises(TooFast):
            talk.post(Actor(share="A"), token, sender="B")


class TestPrivate:
    """A message to one person alone is under the keys that the two have."""

    def test_which_keys_open_it(self, talk: Conversation) -> None:
        """Those of the two, in both directions; not the room's. One for everybody is the other way round."""
        private = [talk.send("A", "for B", to="B"), talk.send("B", "for A", to="A")]
        public = talk.send("A", "for all")
        assert [talk.keyring_for(message) for message in (*private, public)] == [PAIR, PAIR, talk.keyring]
        assert [PAIR.decrypt(message.token) for message in private] == ["for B", "for A"]
        for message in private:
            with pytest.raises(InvalidToken):
                talk.keyring.decrypt(message.token)
        with pytest.raises(InvalidToken):
            PAIR.decrypt(public.token)
        assert [message.recipient for message in talk.view().messages] == ["B", "A", None]

    def test_the_keys_of_the_room_do_not_matter(self, guests: Guests) -> None:
        """Where another process has changed them, it is kept all the same: it is not under them."""
        store = InMemoryMessageStore()
        talk = Conversation(store, KeyRing.generate(), room="red", policy=guests, pair_keys=pair_keys)
        store.change_keys_version("red", 1)
        assert talk.send("A", "for B", to="B").id == 1

    def test_where_there_is_no_key(self, talk: Conversation) -> None:
        """It is neither sent nor counted, and a message of before cannot be opened any more."""
        for _ in range(5):
            with pytest.raises(InvalidMessage):
                talk.send("A", "for C", to="C")
        assert talk.view().messages == ()
        left = Message(1, "red", "A", "token", talk.send("A", "x").sent_at, recipient="gone")
        with pytest.raises(InvalidMessage):
            talk.keyring_for(left)

    def test_one_limit_for_both(self, talk: Conversation) -> None:
        """To all or to one: each counts."""
        talk.send("A", "for B", to="B")
        talk.send("A", "for all")
        for recipient in (None, "B"):
            with pytest.raises(TooFast):
                talk.send("A", "one too many", to=recipient)

    def test_new_keys_of_the_room_leave_it(self, talk: Conversation) -> None:
        """Encrypting again passes it over, and does not count it."""
        private, public = talk.send("A", "for B", to="B"), talk.send("A", "for all")
        talk.change_keys(KeyRing.rotated)
        done = talk.reencrypt()
        assert (done.changed, done.kept, done.unreadable) == (1, 0, 0)
        assert talk.view().find(private.id) == private
        assert talk.view().find(public.id) != public

    def test_the_plaintext_goes_nowhere(self) -> None:
        """What a text is encrypted with does not see who may read it, and the store sees no text."""
        stored: list[tuple[object, ...]] = []

        class Watched(InMemoryMessageStore):
            def append(self, *args: object, **named: object) -> Message:
                stored.append((*args, *named.values()))
                return super().append(*args, **named)  # type: ignore[arg-type]

        talk = Conversation(Watched(), KeyRing.generate(), policy=Guests(), pair_keys=pair_keys)
        talk.send("A", "the canary sings", to="B")
        assert len(stored) == 1
        assert "canary" not in str(stored)


class TestForget:
    """A conversation can be forgotten altogether."""

    def test_nothing_is_left(self, talk: Conversation) -> None:
        """No message, and no memory of one: sent again under its name it would be a new one."""
        talk.send("A", "hello", client_id="mine")
        woken: list[int] = []
        talk.subscribe(lambda: woken.append(len(talk.view().messages)))
        talk.forget()
        assert woken == [0]
        assert (talk.view().messages, talk.view().revision) == ((), 0)
        assert talk.send("A", "hello", client_id="mine").id == 1

    def test_another_room_stays(self) -> None:
        """Only this one is forgotten."""
        store = InMemoryMessageStore()
        red, green = (Conversation(store, KeyRing.generate(), room=room) for room in ("red", "green"))
        for each in (red, green):
            each.send("A", "hello")
        red.forget()
        assert (red.view().last_id, green.view().last_id) == (0, 1)
