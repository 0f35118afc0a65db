"""Secrets stay where they belong: in no error, in no text about an object, in no log, not in the store."""

import base64
import gc
import hmac
import logging
import pprint
import traceback
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from securechat import errors
from securechat.classroom import Classrooms, SealRule, Ticket, TicketOffice
from securechat.crypto.attacks import forge
from securechat.crypto.exchange import KeyPair
from securechat.crypto.keyfile import KEY_SETTING, change_keyring, keyring_of_file, keyring_of_setting
from securechat.crypto.keyring import MAX_KEYS, FernetKey, KeyOrigin, KeyRing, KeySource
from securechat.crypto.verification import StepName, verify
from securechat.database.engine import Database
from securechat.database.store import SqlMessageStore
from securechat.database.url import read_url
from securechat.errors import InvalidToken, SecureChatError
from securechat.frames import Seal, from_client
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import check_stored
from securechat.rooms.passcode import Passcode
from securechat.rooms.policy import ANYBODY, About, Action, DemoPolicy
from securechat.sealed.rooms import SealedPolicy
from tests.core.classes import Lesson, actor
from tests.sealing import seal, seat_of
from tests.support import free_port

NOW = 1_700_000_000
PLAINTEXT = "the canary sings at dawn"
CANARY_RAW = b"key canary, signkey canary, encr"
CANARY_KEY = base64.urlsafe_b64encode(CANARY_RAW).decode()
CANARY_CODE = "passing canary"

SECRETS = (PLAINTEXT, CANARY_KEY, CANARY_CODE, CANARY_RAW.decode())

NOT_DATA = (type, types.ModuleType, types.FunctionType, types.TracebackType, types.FrameType, types.CodeType)
"""Where a walk over data ends: behind these is the program, this test with its canaries among it."""


def spelt(data: bytes) -> str:
    """Return the text of some bytes."""
    return base64.urlsafe_b64encode(data).decode()


def forms(secret: str) -> list[bytes]:
    """Return a secret as it might stand in some bytes: in UTF-8, -16 and -32, in hexadecimal, in Base64."""
    data = secret.encode()
    encoded = [data, secret.encode("utf-16-le"), secret.encode("utf-32-le")]
    return [*encoded, data.hex().encode(), base64.b64encode(data)[:-4]]


def secrets_in(*texts: str | bytes | bytearray) -> list[str]:
    """Return which of the canaries are in some texts, in any form and however they are spaced."""
    encoded = [text.encode(errors="surrogatepass") if isinstance(text, str) else text for text in texts]
    unspaced = [b"".join(text.split()) for text in encoded]
    wanted = {secret: [b"".join(form.split()) for form in forms(secret)] for secret in SECRETS}
    return [
        secret
        for secret, spellings in wanted.items()
        if any(spelling in text for spelling in spellings for text in unspaced)
    ]


def reachable(root: object) -> Iterator[object]:
    """Yield all data that can be got at from an object: attributes, items, and chained exceptions."""
    seen: dict[int, object] = {}
    pending = [root]
    while pending:
        item = pending.pop()
        if id(item) in seen or isinstance(item, NOT_DATA):
            continue
        seen[id(item)] = item
        yield item
        pending += gc.get_referents(item)


def texts_within(root: object) -> list[str | bytes | bytearray]:
    """Return every text and all bytes that can be got at from an object."""
    return [item for item in reachable(root) if isinstance(item, str | bytes | bytearray)]


def shown(thing: object) -> list[str]:
    """Return what is shown of an object wherever it is printed, alone or within something else."""
    return [repr(thing), str(thing), f"{thing}", f"{thing!a}", repr([{"it": thing}]), pprint.pformat(thing)]


def encrypted(blocks: bytes) -> bytes:
    """Encrypt whole blocks with the canary key, behind a header of now and an empty vector."""
    encryptor = Cipher(algorithms.AES(CANARY_RAW[16:]), modes.CBC(bytes(16))).encryptor()
    return b"\x80" + NOW.to_bytes(8, "big") + bytes(16) + encryptor.update(blocks) + encryptor.finalize()


def signed(body: bytes) -> str:
    """Sign the body of a token with the canary key."""
    return spelt(body + hmac.new(CANARY_RAW[:16], body, sha256).digest())


RING = KeyRing.from_text(f"{CANARY_KEY}\n{spelt(bytes(32))}")
TOKEN = RING.encrypt(PLAINTEXT, at_time=NOW)


def ask_a_silent_database() -> None:
    """Send to a store whose address has a password in it, and where nobody listens."""
    url = f"postgresql://user:{quote(CANARY_CODE)}@127.0.0.1:{free_port()}/name"
    SqlMessageStore(Database(read_url(url, Path(), where="DATABASE_URL"))).append("room", "A", "token")


NOT_TEXT = PLAINTEXT.encode() + b"\xff" * (16 - len(PLAINTEXT) % 16)

BAD_TOKENS = {
    "no Base64": "!" + TOKEN,
    "white space": TOKEN + " ",
    "empty": "",
    "not ASCII": TOKEN + "é",
    "the plaintext itself": PLAINTEXT,
    "cut short": TOKEN[:40],
    "a block missing": spelt(base64.urlsafe_b64decode(TOKEN)[:-16]),
    "other version": signed(b"\x81" + encrypted(bytes(16))[1:]),
    "other key": KeyRing.generate().encrypt(PLAINTEXT, at_time=NOW),
    "other HMAC": spelt(base64.urlsafe_b64decode(TOKEN)[:-32] + b"h" * 32),
    "too old": RING.encrypt(PLAINTEXT, at_time=NOW - 61),
    "from the future": RING.encrypt(PLAINTEXT, at_time=NOW + 61),
    "part of a block": signed(encrypted(NOT_TEXT)[:-8]),
    "genuine, padding wrong": signed(encrypted(NOT_TEXT)),
    "genuine, padding zero": signed(encrypted(NOT_TEXT[:-1] + b"\0")),
    "genuine, not text": signed(encrypted(NOT_TEXT + b"\x10" * 16)),
}


def test_the_walk_finds_what_is_there() -> None:
    """The control: a plaintext in a chained exception's attribute is found by the walk of these tests."""
    error = ValueError()
    try:
        NOT_TEXT.decode()
    except UnicodeDecodeError as cause:
        error.__context__ = cause
    assert secrets_in(*texts_within(error)) == [PLAINTEXT]
    assert secrets_in(*texts_within([{"a": (CANARY_CODE.encode(),)}])) == [CANARY_CODE]


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_every_bad_token_fails_alike(name: str) -> None:
    """Whatever is wrong with a token: one error, one message, no plaintext in it or behind it."""
    with pytest.raises(InvalidToken) as caught:
        RING.decrypt(BAD_TOKENS[name], ttl=60, at_time=NOW)
    assert type(caught.value) is InvalidToken
    assert str(caught.value) == str(InvalidToken())
    assert (caught.value.args, vars(caught.value)) == (InvalidToken().args, {})
    assert secrets_in(*texts_within(caught.value)) == []


def talk_under_old_keys() -> Conversation:
    """Make a conversation of a room whose keys somebody else has changed."""
    store = InMemoryMessageStore()
    old = Conversation(store, RING)
    store.change_keys_version(old.room, 1)
    return old


def talk(max_rooms: int = 1) -> Conversation:
    """Make a conversation in a new store."""
    return Conversation(InMemoryMessageStore(max_rooms=max_rooms), RING)


def send_too_often() -> None:
    """Send until it is too often."""
    often = talk()
    for _ in range(21):
        often.send("A", PLAINTEXT)


def guess_too_often() -> None:
    """Guess a passcode wrong until it is too often, then right."""
    passcode = Passcode(CANARY_CODE)
    for guess in (*(CANARY_CODE + end for end in "123"), CANARY_CODE):
        passcode.check(guess, "somebody")


def fill(ring: KeyRing) -> None:
    """Give a ring new keys until it has too many."""
    for _ in range(MAX_KEYS):
        ring = ring.rotated()


def lesson(people: int = 2) -> Lesson:
    """Hold a class whose rooms have the canary key, and in which any name may be chosen."""
    held = Lesson(people)
    held.desk.allow(free_names=True)
    for room in held.classroom.view().rooms.values():
        room.conversation.change_keys(lambda _: RING)
    return held


def say_after_the_end() -> None:
    """Send to a class that has ended."""
    held = lesson()
    conversation = held.room(held.everyone).conversation
    held.desk.close()
    conversation.send("p1", PLAINTEXT, to="p2", actor=actor("p1"))


def say_while_paused() -> None:
    """Send while writing is paused."""
    held = lesson()
    held.desk.allow(locked=True)
    held.say("p1", PLAINTEXT)


def join_too_late() -> None:
    """Join a class that lets nobody in."""
    held = lesson()
    held.desk.allow(joining=False)
    held.join(CANARY_CODE)


def open_too_many() -> None:
    """Open more classes than fit."""
    classes = Classrooms(max_classes=1)
    for _ in range(2):
        classes.new()


def forget_the_keys() -> None:
    """Ask for the keys of two people of a class that has ended."""
    held = lesson()
    conversation, message = held.room(held.everyone).conversation, held.say("p1", PLAINTEXT, to="p2")
    held.desk.close()
    conversation.keyring_for(message)


def say_too_often() -> None:
    """Send to a whole class, publicly and privately, until it is too often."""
    held = lesson()
    for number in range(7):
        held.say("p1", PLAINTEXT, to="p2" if number % 2 else None)


def say_where_sealed() -> None:
    """Write in a room that two have sealed."""
    held = lesson(2)
    seal(held.classroom, "p1", "p2")
    held.say("p1", PLAINTEXT, held.room_of("p1"))


def say_where_it_must_be_sealed() -> None:
    """Write in a room that two have to seal first."""
    held = lesson(2)
    held.desk.allow(seal_rule=SealRule.REQUIRED)
    held.say("p1", PLAINTEXT, held.room_of("p1"))


def open_too_early() -> None:
    """Show a public key before the other one has answered."""
    held = lesson(2)
    seat = seat_of(held.classroom, "p1")
    seat.seal(Seal(1, "begin", "0" * 64))
    seat.seal(Seal(1, "open", CANARY_RAW.hex() * 2))


FROM_OUTSIDE = KeyRing(RING.keys, origin=KeyOrigin(KeySource.ENVIRONMENT))
IN_NO_FOLDER = KeyRing.from_text(CANARY_KEY, origin=KeyOrigin(KeySource.FILE, Path("no folder/secret.key")))


def drop_what_is_needed() -> None:
    """Drop a key that a message needs."""
    held = lesson()
    seat = held.seat("p1", held.room_of("p1"))
    held.say("p1", PLAINTEXT, seat.room)
    seat.change_keys(lambda _: KeyRing.generate())


def say_where_reserved() -> None:
    """Send where only the presenter writes."""
    policy = DemoPolicy()
    policy.reserve(on=True)
    Conversation(InMemoryMessageStore(), RING, policy=policy).send("A", PLAINTEXT)


REFUSALS: dict[str, tuple[type[SecureChatError], Callable[[], object]]] = {
    "key too long": (errors.InvalidKey, lambda: KeyRing.from_text(CANARY_KEY + "A")),
    "key in another spelling": (errors.InvalidKey, lambda: KeyRing.from_text(CANARY_KEY[:-1] + "A")),
    "key not ASCII": (errors.InvalidKey, lambda: FernetKey(CANARY_KEY[:-1] + "é")),
    "second key": (errors.InvalidKey, lambda: KeyRing.from_text(f"{CANARY_KEY},{CANARY_KEY[:-1]}")),
    "environment": (errors.InvalidKey, lambda: keyring_of_setting({KEY_SETTING: CANARY_KEY + "!"}, {})),
    "secrets": (
        errors.InvalidKey,
        lambda: keyring_of_setting({}, {KEY_SETTING: {CANARY_KEY: [CANARY_KEY]}}),
    ),
    "list in the secrets": (
        errors.InvalidKey,
        lambda: keyring_of_setting({}, {KEY_SETTING: [CANARY_KEY, f"'{CANARY_KEY}'"]}),
    ),
    "not text": (errors.InvalidMessage, lambda: RING.encrypt(f"{PLAINTEXT}\ud800{PLAINTEXT}")),
    "not text, sent": (errors.InvalidMessage, lambda: talk().send("A", f"{PLAINTEXT}\udfff")),
    "too long": (errors.MessageTooLong, lambda: talk().send("A", PLAINTEXT * 1_000)),
    "nothing": (errors.EmptyMessage, lambda: talk().send("A", " ")),
    "no sender": (errors.InvalidMessage, lambda: talk().send("", PLAINTEXT)),
    "keys of another version": (errors.KeysChanged, lambda: talk_under_old_keys().send("A", PLAINTEXT)),
    "a database that does not answer": (errors.StoreUnavailable, ask_a_silent_database),
    "no room left": (errors.StoreFull, lambda: talk(max_rooms=0).send("A", PLAINTEXT)),
    "plaintext for a token": (errors.InvalidToken, lambda: RING.decrypt(PLAINTEXT, at_time=NOW)),
    "plaintext to store": (errors.MessageTooLong, lambda: check_stored("room", "A", PLAINTEXT * 1_000)),
    "sent too often": (errors.TooFast, send_too_often),
    "guessed too often": (errors.TooFast, guess_too_often),
    "key from outside": (errors.KeySetOutside, lambda: change_keyring(FROM_OUTSIDE, KeyRing.rotated)),
    "key not saved": (errors.KeyNotSaved, lambda: change_keyring(IN_NO_FOLDER, KeyRing.rotated)),
    "too many keys": (errors.TooManyKeys, lambda: fill(RING)),
    "primary key dropped": (errors.InvalidKey, lambda: RING.without(RING.keys)),
    "not re-encrypted": (errors.InvalidToken, lambda: RING.reencrypt(PLAINTEXT)),
    "forged to another length": (
        errors.ImpossibleAttack,
        lambda: forge(TOKEN, 0, PLAINTEXT.encode(), PLAINTEXT.encode()[1:]),
    ),
    "no such class": (errors.NoSuchClass, lambda: Classrooms().find(CANARY_CODE, CANARY_KEY)),
    "sent after the end": (errors.ClassEnded, say_after_the_end),
    "sent to another room": (errors.NotSeated, lambda: lesson(3).say("p9", PLAINTEXT)),
    "another's seat": (errors.NotSeated, lambda: lesson().classroom.resume(CANARY_CODE)),
    "sent while paused": (errors.WritingLocked, say_while_paused),
    "sent where it is sealed": (errors.RoomSealed, say_where_sealed),
    "sent where it must be sealed": (errors.SealFirst, say_where_it_must_be_sealed),
    "opened too early": (errors.SealingRefused, open_too_early),
    "only the presenter": (
        errors.PresenterOnly,
        lambda: DemoPolicy().check(ANYBODY, Action.LOCK, about=About(sender=CANARY_CODE)),
    ),
    "opened where the server has no key": (
        errors.NoServerKey,
        lambda: SealedPolicy().check(ANYBODY, Action.OPEN, about=About(sender=CANARY_CODE)),
    ),
    "keys of everyone": (errors.OwnRoomOnly, lambda: lesson().seat("p1").change_keys(lambda _: RING)),
    "a key that is needed": (errors.KeyNeeded, drop_what_is_needed),
    "sent where only the presenter writes": (errors.WritingReserved, say_where_reserved),
    "joined too late": (errors.JoiningClosed, join_too_late),
    "no name": (errors.InvalidAlias, lambda: lesson().join(f"{CANARY_CODE} \u202e")),
    "name too long": (errors.InvalidAlias, lambda: lesson().join(PLAINTEXT * 2)),
    "too many classes": (errors.ClassroomFull, open_too_many),
    "private, to nobody": (errors.InvalidMessage, lambda: lesson().say("p1", PLAINTEXT, to=CANARY_CODE)),
    "private, to oneself": (errors.InvalidMessage, lambda: lesson().say("p1", PLAINTEXT, to="p1")),
    "private, after the end": (errors.InvalidMessage, forget_the_keys),
    "sent to a class too often": (errors.TooFast, say_too_often),
    "a key for a ticket": (
        errors.InvalidTicket,
        lambda: TicketOffice(RING).check(CANARY_KEY, place=PLAINTEXT),
    ),
    "a ticket for elsewhere": (
        errors.InvalidTicket,
        lambda: TicketOffice(RING).check(TicketOffice(RING).issue(Ticket(PLAINTEXT, "p1")), place="x"),
    ),
    "public key of low order": (errors.InvalidPublicKey, lambda: KeyPair.generate().agree(bytes(32))),
    "no frame": (errors.InvalidFrame, lambda: from_client(f'{{"type":"write","text":"{PLAINTEXT}"')),
    "a frame of another kind": (
        errors.InvalidFrame,
        lambda: from_client(f'{{"type":"{PLAINTEXT}","{PLAINTEXT}":"{PLAINTEXT}"}}'),
    ),
    "a frame with more": (
        errors.InvalidFrame,
        lambda: from_client(f'{{"type":"write","sender":"A","client_id":"1","text":"{PLAINTEXT}","x":1}}'),
    ),
}


def test_every_error_is_tried() -> None:
    """The refusals above have each error that the core raises; of settings, it knows keys only."""
    every = {
        item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, SecureChatError)
    }
    # What others are kinds of:
    kinds = {SecureChatError, errors.InvalidSetting, errors.ClassroomError, errors.WritingClosed}
    assert {error for error, _ in REFUSALS.values()} == every - kinds


@pytest.mark.parametrize("name", REFUSALS)
def test_no_error_tells_a_secret(name: str) -> None:
    """No refusal has a key, a plaintext or a passcode in its message, its attributes or its chain."""
    error, action = REFUSALS[name]
    with pytest.raises(error) as caught:
        action()
    assert type(caught.value) is error
    assert secrets_in(*texts_within(caught.value)) == []
    assert secrets_in(*shown(caught.value), repr(vars(caught.value))) == []
    assert secrets_in(*traceback.format_exception(caught.value)) == []


def test_a_bad_file_is_not_told(tmp_path: Path) -> None:
    """The refusal of a key file has nothing of the keys in it, not even in its chain."""
    path = tmp_path / "secret.key"
    for content in (
        f"{CANARY_KEY}\n{CANARY_KEY}x",
        f"\ufeff{CANARY_KEY}",
        f"{CANARY_KEY}é",
        CANARY_KEY * 2_000,
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(errors.InvalidKey) as caught:
            keyring_of_file(path)
        assert secrets_in(*texts_within(caught.value), *traceback.format_exception(caught.value)) == []


def test_objects_show_no_secret() -> None:
    """What holds a key, a plaintext or a passcode does not show it where it is printed."""
    opened = RING.open(TOKEN, at_time=NOW)
    verification = verify(TOKEN, RING.keys, now=NOW)
    passcode = Passcode(CANARY_CODE)
    conversation = talk()
    message = conversation.send("A", PLAINTEXT)
    things = (RING, RING.primary, RING.origin, opened, verification, conversation, message, passcode)
    for thing in (*things, *verification.steps, conversation.view()):
        assert secrets_in(*shown(thing)) == []
    assert opened.plaintext == verification.plaintext == PLAINTEXT
    assert secrets_in(*(value for step in verification.steps for _, value in step.values)) == [PLAINTEXT]


def test_attributes_show_no_secret() -> None:
    """Printing the attributes of a ring, a conversation, a passcode or a store tells no secret either."""
    conversation = talk()
    conversation.send("A", PLAINTEXT)
    for thing in (RING, conversation, Passcode(CANARY_CODE), conversation.view()):
        assert secrets_in(repr(vars(thing)), str(vars(thing)), pprint.pformat(vars(thing))) == []


def test_a_passcode_is_kept_as_a_digest() -> None:
    """The passcode itself, and the guesses, are nowhere in the object that checks them."""
    passcode = Passcode(CANARY_CODE)
    assert passcode.check(CANARY_CODE, "somebody")
    assert not passcode.check(PLAINTEXT, "somebody")
    assert secrets_in(*texts_within(passcode)) == []


def test_a_failed_verification_keeps_no_plaintext() -> None:
    """A verification that failed carries none, but in the very step that shows the decrypted bytes."""
    for name, token in BAD_TOKENS.items():
        verification = verify(token, RING.keys, now=NOW, ttl=60)
        assert verification.plaintext is None, name
        assert secrets_in(*shown(verification)) == []
        told = [
            item for step in verification.steps if step.name is not StepName.DECRYPT for item in step.values
        ]
        assert secrets_in(*(value for pair in told for value in pair)) == []


def test_nothing_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Loading, sending, opening, verifying and refusing write no secret to a log or to the terminal."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("control").debug(CANARY_CODE)
    path = tmp_path / "secret.key"
    path.write_text(CANARY_KEY)
    conversation = Conversation(InMemoryMessageStore(), keyring_of_file(path))
    token = conversation.send("A", PLAINTEXT).token
    assert conversation.keyring.decrypt(token) == PLAINTEXT
    assert verify(token, conversation.keyring.keys, now=NOW).steps
    keyring_of_setting({KEY_SETTING: CANARY_KEY}, {})
    for _, refuse in REFUSALS.values():
        with suppress(SecureChatError):
            refuse()
    lines = [
        text for record in caplog.records for text in texts_within(vars(record)) if record.name != "control"
    ]
    assert CANARY_CODE in caplog.text
    assert secrets_in(*lines, *capfd.readouterr()) == []


def test_no_plaintext_in_the_store() -> None:
    """After sending, the plaintext is in no form anywhere in the store, the view or the conversation."""
    store = InMemoryMessageStore()
    conversation = Conversation(store, RING)
    for sender in "AB":
        conversation.send(sender, PLAINTEXT)
    token = conversation.view().messages[-1].token
    for place in (store, conversation, conversation.view()):
        texts = texts_within(place)
        assert token in texts  # the control: the walk gets as far as the messages
        assert PLAINTEXT not in secrets_in(*texts)


def test_no_key_in_the_store() -> None:
    """The store knows nothing of keys, so that whoever sees all of it can open nothing."""
    store = InMemoryMessageStore()
    Conversation(store, RING).send("A", PLAINTEXT)
    assert secrets_in(*texts_within(store)) == []
    assert CANARY_RAW.decode() in secrets_in(*texts_within(RING))  # the control: a ring does hold its keys
