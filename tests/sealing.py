"""A phone that seals a room of a class with another one, as the sealed page does it in a browser."""

from __future__ import annotations

import json
import secrets
import time
from typing import Literal

from websockets.sync.client import ClientConnection

from securechat import frames
from securechat.classroom import Classroom, SealingSeat
from securechat.crypto.exchange import NONCE_SIZE, X25519_SIZE, KeyPair, commitment, derive_key
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.crypto.sas import short_authentication_string
from securechat.errors import InvalidToken
from securechat.rooms.messages import Message
from securechat.sealed.said import Said, read_said
from tests.feed import PATIENCE, Frame, receive

Judgement = Literal["match", "differ"]


def inner_id(person: str) -> str:
    """Return what stands inside a token for somebody: 16 hexadecimal digits made of their id."""
    return person.encode().hex().ljust(16, "0")


class Deceived(AssertionError):
    """What the phone was shown does not fit what it was shown before."""


class Phone:
    """What one phone has in one round, and does by itself. What people say of the emoji, they say.

    Args:
        me: The id of whose phone it is.
        name: What people call them.
    """

    def __init__(self, me: str, name: str = "") -> None:
        self.me = me
        self.name = name or f"Phone {me}"
        self.pair = KeyPair.generate()
        self.nonce = secrets.token_bytes(NONCE_SIZE)
        self.sent = 0
        self._committed = ""

    def begin(self, number: int) -> frames.Seal:
        """Return the step with which this phone begins a round, with the number of that."""
        return frames.Seal(number, "begin", commitment(self.pair.public, self.nonce).hex())

    def next_step(self, state: frames.Sealing) -> frames.Seal | None:
        """Return what the phone has to do now; None where it is the other one's turn, or that of people.

        Raises:
            Deceived: A second commitment came, or the public key does not fit the first one.
        """
        if state.first == self.me and state.answer and not state.opening:
            return frames.Seal(state.round, "open", (self.pair.public + self.nonce).hex())
        if state.second == self.me:
            self._committed = self._committed or state.commitment
            if self._committed != state.commitment:
                raise Deceived
            if not state.answer:
                return frames.Seal(state.round, "answer", self.pair.public.hex())
        return None

    def key(self, state: frames.Sealing) -> FernetKey:
        """Return the key that this phone has after the opening.

        Raises:
            Deceived: The public key of the other one is not what was committed to.
        """
        if state.first == self.me:
            theirs = bytes.fromhex(state.answer)
            return derive_key(self.pair.agree(theirs), self.pair.public, theirs)
        opened = bytes.fromhex(state.opening)
        theirs, nonce = opened[:X25519_SIZE], opened[X25519_SIZE:]
        if commitment(theirs, nonce).hex() != self._committed:
            raise Deceived
        return derive_key(self.pair.agree(theirs), theirs, self.pair.public)

    def emoji(self, state: frames.Sealing) -> str:
        """Return what the phone shows its owner."""
        return " ".join(emoji for emoji, _ in short_authentication_string(self.key(state)))

    def token(self, state: frames.Sealing, text: str, *, at_time: int | None = None) -> str:
        """Encrypt a text as the page does, with name and number in it."""
        self.sent += 1
        said = Said(inner_id(self.me), self.sent, self.name, text)
        return KeyRing((self.key(state),)).encrypt(said.to_json(), at_time=at_time)

    def read(self, state: frames.Sealing, token: str) -> str | None:
        """Return what a token says; None where it does not open."""
        try:
            said = read_said(KeyRing((self.key(state),)).open_by_key(token).plaintext)
        except InvalidToken:
            return None
        assert isinstance(said, Said)
        return said.text


def seat_of(classroom: Classroom, person: str) -> SealingSeat:
    """Take the seat from which somebody seals their room."""
    room = classroom.view().participants[person].room
    assert room
    return SealingSeat.take(classroom, person, room)


def state_of(seat: SealingSeat) -> frames.Sealing:
    """Return how far the sealing has come, as its holder is told."""
    state = seat.sealing()
    assert state
    return state


def compare(classroom: Classroom, first: str, second: str) -> tuple[Phone, Phone]:
    """Let two phones go on until both show emoji; the first begins the next round."""
    phones = Phone(first), Phone(second)
    seats = seat_of(classroom, first), seat_of(classroom, second)
    seats[0].seal(phones[0].begin(state_of(seats[0]).round + 1))
    for turn in (1, 0):
        step = phones[turn].next_step(state_of(seats[turn]))
        assert step
        seats[turn].seal(step)
    return phones


def seal(classroom: Classroom, first: str, second: str) -> tuple[Phone, Phone]:
    """Let two seal their room; both say that the emoji match, whether or not they do."""
    phones = compare(classroom, first, second)
    for person in (first, second):
        seat = seat_of(classroom, person)
        seat.seal(frames.Seal(state_of(seat).round, "match"))
    return phones


def post(classroom: Classroom, phone: Phone, text: str = "hello", *, sender: str | None = None) -> Message:
    """Post what a phone has encrypted, from its seat; in its owner's name unless told."""
    seat = seat_of(classroom, phone.me)
    token = phone.token(state_of(seat), text)
    client_id = f"{phone.pair.public.hex()[:16]}-{phone.sent}"
    return seat.store(frames.Send(phone.me if sender is None else sender, client_id, token))


class Client:
    """A phone at the live feed.

    Args:
        connection: The feed, opened with a ticket for sealing.
        phone: What computes.
    """

    def __init__(self, connection: ClientConnection, phone: Phone) -> None:
        self.connection = connection
        self.phone = phone
        self.state: frames.Sealing | None = None
        self.tokens: dict[int, str] = {}

    def take(self, frame: Frame) -> None:
        """Note what a frame tells, and do what the phone does by itself."""
        if frame["type"] == "message":
            self.tokens[frame["id"]] = frame["token"]
        if frame["type"] == "sealing":
            state = frames.from_server(json.dumps(frame))
            assert isinstance(state, frames.Sealing)
            self.state = state
            if step := self.phone.next_step(state):
                self.do(step)

    def do(self, step: frames.Seal) -> None:
        """Send a step. It is not answered where it is taken."""
        self.connection.send(frames.encode(step))

    def wait(self, what: str) -> frames.Sealing:
        """Read on until something of the state is there, such as `opening` or `since`; return the state."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.state and getattr(self.state, what):
                return self.state
            self.take(receive(self.connection))
        raise AssertionError(f"no {what}")

    def begin(self) -> None:
        """Begin the next round, as soon as it is known which that is."""
        self.do(self.phone.begin(self.wait("me").round + 1))

    def say(self, judgement: Judgement) -> None:
        """Press a button once the emoji are there."""
        self.do(frames.Seal(self.wait("opening").round, judgement))

    def post(self, text: str, client_id: str) -> Frame:
        """Post a text, encrypted, once the room is sealed; return the answer."""
        token = self.phone.token(self.wait("since"), text)
        sent = {"type": "send", "sender": self.phone.me, "token": token, "client_id": client_id}
        self.connection.send(json.dumps(sent))
        return self.answer()

    def answer(self) -> Frame:
        """Read on until something is answered, `stored` or `error`, and return that."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            frame = receive(self.connection)
            if frame["type"] in ("stored", "error"):
                return frame
            self.take(frame)
        raise AssertionError("no answer")

    def read(self, message_id: int) -> str | None:
        """Wait for a message, and return what it says; None where it does not open."""
        deadline = time.monotonic() + PATIENCE
        while message_id not in self.tokens and time.monotonic() < deadline:
            self.take(receive(self.connection))
        return self.phone.read(self.wait("since"), self.tokens[message_id])
