"""Rotation: another key becomes primary, the old ones still open, and old texts get new tokens."""

import base64
import time
import traceback
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import MAX_KEYS, FernetKey, KeyOrigin, KeyRing, KeySource
from securechat.errors import InvalidKey, InvalidToken, SecureChatError, TooManyKeys

NOW = 1_700_000_000


def key(number: int, end: int | None = None) -> FernetKey:
    """Return a key that is the same in every run: bytes of one number, in its second half of another one."""
    halves = number.to_bytes(2, "big") * 8, (number if end is None else end).to_bytes(2, "big") * 8
    return FernetKey(base64.urlsafe_b64encode(b"".join(halves)).decode())


def ring_of(*numbers: int) -> KeyRing:
    """Return a ring with these keys, the first of them primary."""
    return KeyRing(tuple(key(number) for number in numbers))


OLD, NEW, STRANGER = key(1), key(2), key(9)
BEFORE = KeyRing((OLD,), origin=KeyOrigin(KeySource.ENVIRONMENT))
AFTER = BEFORE.rotated(NEW)


def test_old_tokens_open_with_the_old_key_and_new_ones_with_the_new() -> None:
    """After a rotation both open, and it is told with which key."""
    opened = [AFTER.open(ring.encrypt("hello", at_time=NOW), at_time=NOW) for ring in (BEFORE, AFTER)]
    assert [(each.plaintext, each.key) for each in opened] == [("hello", OLD), ("hello", NEW)]
    assert (AFTER.primary, AFTER.fingerprint) == (NEW, NEW.fingerprint)


def test_new_tokens_open_with_the_new_key_alone() -> None:
    """What is encrypted after a rotation needs no retired key, and the old key does not open it."""
    token = AFTER.encrypt("hello", at_time=NOW)
    assert KeyRing((NEW,)).decrypt(token, at_time=NOW) == "hello"
    with pytest.raises(InvalidToken):
        BEFORE.decrypt(token, at_time=NOW)


def test_many_rotations_forget_nothing() -> None:
    """After twenty rotations every token opens, each with the key that was primary then."""
    rings = [BEFORE]
    for _ in range(20):
        rings.append(rings[-1].rotated())
    for ring in rings:
        opened = rings[-1].open(ring.encrypt(ring.fingerprint))
        assert (opened.plaintext, opened.key) == (ring.fingerprint, ring.primary)
    assert rings[-1].keys == tuple(ring.primary for ring in reversed(rings))


def test_a_random_key_unless_told() -> None:
    """Without a key, a new one is made, another one each time."""
    assert len({BEFORE.rotated().primary for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("number", "order"), [(1, (1, 2, 3)), (2, (2, 1, 3)), (3, (3, 1, 2)), (4, (4, 1, 2, 3))]
)
def test_a_key_that_is_there_moves_to_the_front(number: int, order: tuple[int, ...]) -> None:
    """To rotate to a key of the ring makes it primary and doubles nothing; the others keep their order."""
    assert ring_of(1, 2, 3).rotated(key(number)).keys == ring_of(*order).keys


def test_joined_rings_have_the_keys_of_both() -> None:
    """The primary is that of the ring that was asked; a key of both is there once."""
    one, other = ring_of(1, 2, 3), ring_of(4, 3, 5, 1)
    assert one.joined(other).keys == ring_of(1, 2, 3, 4, 5).keys
    assert other.joined(one).keys == ring_of(4, 3, 5, 1, 2).keys
    assert one.joined(one).keys == one.keys


@pytest.mark.parametrize("collection", [tuple, list, set, frozenset])
def test_dropped_keys_open_nothing(collection: Callable[[object], list[FernetKey]]) -> None:
    """Without a key its tokens stay closed; those of the keys that stay still open."""
    ring = ring_of(1, 2, 3).without(collection((key(2), STRANGER)))
    assert ring.keys == ring_of(1, 3).keys
    assert ring.decrypt(ring_of(3).encrypt("kept")) == "kept"
    with pytest.raises(InvalidToken):
        ring.decrypt(ring_of(2).encrypt("lost"))


def test_the_primary_key_cannot_be_dropped() -> None:
    """A ring always has the key that it encrypts with; all others may go, or none."""
    ring = ring_of(1, 2, 3)
    for keys in ((key(1),), ring.keys):
        with pytest.raises(InvalidKey, match="primary key cannot be dropped"):
            ring.without(keys)
    assert ring.without(ring.keys[1:]).keys == (key(1),)
    assert ring.without(()).keys == ring.without((STRANGER,)).keys == ring.keys


def test_the_ring_before_stays_as_it_was() -> None:
    """Every change makes another ring, of the same origin; whoever holds the old one keeps it."""
    ring = KeyRing((OLD, NEW), origin=KeyOrigin(KeySource.SECRETS))
    for changed in (ring.rotated(), ring.rotated(NEW), ring.joined(ring_of(3)), ring.without((NEW,))):
        assert changed is not ring
        assert changed.origin is ring.origin
        assert ring.keys == (OLD, NEW)


def test_a_key_with_the_same_signing_half_is_refused() -> None:
    """Two keys that sign alike: a token would pass the check of either, so both are never on a ring."""
    ring = ring_of(1, 2)
    twin = key(2, end=7)
    assert twin.signing_key == NEW.signing_key
    with pytest.raises(InvalidKey, match="same first half"):
        ring.rotated(twin)
    with pytest.raises(InvalidKey, match="same first half"):
        ring.joined(KeyRing((twin,)))
    assert ring.keys == (OLD, NEW)


@pytest.mark.parametrize(("size", "fits"), [(MAX_KEYS - 2, True), (MAX_KEYS - 1, True), (MAX_KEYS, False)])
def test_a_ring_grows_to_its_limit(size: int, fits: bool) -> None:
    """It may get to 99 keys and to 100, not to 101; one that is there already is no further one."""
    ring = ring_of(*range(size))
    ways: list[Callable[[], KeyRing]] = [
        ring.rotated,
        lambda: ring.rotated(key(1_000)),
        lambda: ring.joined(ring_of(1_000, 1)),
    ]
    for grow in ways:
        if fits:
            assert len(grow().keys) == size + 1
        else:
            with pytest.raises(TooManyKeys, match="more than 100 keys") as caught:
                grow()
            assert caught.value.limit == MAX_KEYS == 100
    assert len(ring.rotated(key(size - 1)).keys) == len(ring.joined(ring).keys) == len(ring.keys) == size


def test_a_ring_that_was_read_with_more_keeps_them() -> None:
    """A file with 150 keys works: they can be reordered and dropped, only no more can come."""
    ring = KeyRing.from_text(ring_of(*range(150)).reveal())
    with pytest.raises(TooManyKeys):
        ring.rotated()
    with pytest.raises(TooManyKeys):
        ring.joined(ring_of(1_000))
    with pytest.raises(TooManyKeys):
        ring_of(1_000).joined(ring)
    assert ring.rotated(key(149)).primary == key(149)
    assert ring.joined(ring_of(3)).keys == ring.keys
    smaller = ring.without(ring.keys[100:])
    with pytest.raises(TooManyKeys):
        smaller.rotated()
    assert len(ring.without(ring.keys[99:]).rotated().keys) == 100


@given(st.text(), st.integers(0, 2**64 - 1))
@settings(deadline=None)
def test_text_and_time_are_kept(plaintext: str, made: int) -> None:
    """Encrypted again, any text of any time is the same text of the same time, under the new key alone."""
    old = BEFORE.encrypt(plaintext, at_time=made)
    new = AFTER.reencrypt(old)
    opened = KeyRing((NEW,)).open_by_key(new)
    assert (opened.plaintext, opened.key, parse_token(new).timestamp) == (plaintext, NEW, made)
    assert parse_token(new).iv != parse_token(old).iv
    with pytest.raises(InvalidToken):
        BEFORE.decrypt(new, at_time=NOW)


def test_a_token_of_the_primary_key_stays() -> None:
    """What the primary key opens is given back letter by letter, also when it comes a second time."""
    token = AFTER.encrypt("hello", at_time=NOW)
    assert AFTER.reencrypt(token) == token
    again = AFTER.reencrypt(BEFORE.encrypt("hello", at_time=NOW))
    assert AFTER.reencrypt(again) == again


TOKEN = BEFORE.encrypt("hello", at_time=NOW)

CLOSED = {
    "of no key here": KeyRing((STRANGER,)).encrypt("hello", at_time=NOW),
    "altered": TOKEN[:40] + ("A" if TOKEN[40] != "A" else "B") + TOKEN[41:],
    "cut": TOKEN[:-4],
    "in another spelling": TOKEN + "\n",
    "not text": OLD.fernet.encrypt_at_time(b"\xff", NOW).decode(),
    "nothing": "",
}


@pytest.mark.parametrize("name", CLOSED)
def test_what_does_not_open_is_not_encrypted_again(name: str) -> None:
    """It is refused as any token is that does not open."""
    with pytest.raises(InvalidToken) as caught:
        AFTER.reencrypt(CLOSED[name])
    assert str(caught.value) == str(InvalidToken())


def test_no_clock_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken in is encrypted again whatever the clock says, and nothing of it gets into the token."""

    def look() -> float:
        raise AssertionError("the clock was read")

    token = BEFORE.encrypt("hello", at_time=2**64 - 1)
    monkeypatch.setattr(time, "time", look)
    assert parse_token(AFTER.reencrypt(token)).timestamp == 2**64 - 1


def test_revealed_keys_make_the_same_ring() -> None:
    """What is revealed is one key a line, the primary first, as a key file has it."""
    ring = ring_of(3, 1, 2)
    assert ring.reveal() == "".join(f"{key(number).reveal()}\n" for number in (3, 1, 2))
    assert KeyRing.from_text(ring.reveal()).keys == ring.keys
    assert KeyRing.from_text(ring.rotated(key(2)).reveal()).primary == key(2)


FULL = ring_of(*range(MAX_KEYS))

REFUSALS: dict[str, Callable[[], object]] = {
    "same half": lambda: AFTER.rotated(key(1, end=7)),
    "same half, joined": lambda: AFTER.joined(KeyRing((key(1, end=7),))),
    "full": lambda: FULL.rotated(FernetKey.generate()),
    "primary dropped": lambda: AFTER.without((NEW,)),
    "not opened": lambda: AFTER.reencrypt(CLOSED["not text"]),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_no_refusal_tells_a_key(name: str) -> None:
    """No key is in a message, in an attribute or in the chain of an error."""
    with pytest.raises(SecureChatError) as caught:
        REFUSALS[name]()
    told = "".join([*traceback.format_exception(caught.value), repr(vars(caught.value))])
    keys = {*AFTER.keys, *FULL.keys, key(1, end=7)}
    assert not [each for each in keys if each.reveal()[:8] in told or each.reveal()[-9:] in told]
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_no_ring_shows_a_key() -> None:
    """A ring of many keys shows how many, and the fingerprint of its primary key."""
    ring = ring_of(1, 2, 3).rotated(NEW).joined(ring_of(4)).without((OLD,))
    assert repr(ring) == f"<KeyRing {NEW.fingerprint}, 3 keys>"
    assert not [each for each in ring.keys if each.reveal()[:8] in f"{ring!r} {vars(ring)}"]
