"""The step-by-step verification: it stops exactly where a token is broken, and agrees with the key ring."""

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from securechat.crypto.anatomy import read_timestamp
from securechat.crypto.keyring import MAX_CLOCK_SKEW, FernetKey, KeyRing
from securechat.crypto.verification import STEP_TITLES, Step, StepName, verify
from securechat.errors import InvalidKey, InvalidToken

NOW = 1_700_000_000  # 2023-11-14 22:13:20 UTC
IV = bytes(range(100, 116))


def spelt(data: bytes) -> str:
    """Return the text of some bytes."""
    return base64.urlsafe_b64encode(data).decode()


RAW, RAW_RETIRED, RAW_FOREIGN = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
KEY, RETIRED, FOREIGN = (FernetKey(spelt(raw)) for raw in (RAW, RAW_RETIRED, RAW_FOREIGN))
RING = KeyRing((KEY, RETIRED))


def padded(data: bytes) -> bytes:
    """Pad to whole blocks as PKCS#7 says."""
    count = 16 - len(data) % 16
    return data + bytes([count]) * count


def encrypted(blocks: bytes, raw: bytes = RAW) -> bytes:
    """Encrypt whole blocks with a key's second half."""
    encryptor = Cipher(algorithms.AES(raw[16:]), modes.CBC(IV)).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def signed(ciphertext: bytes, *, version: int = 0x80, timestamp: int = NOW, raw: bytes = RAW) -> str:
    """Make a token with a right HMAC around anything, as only somebody with the key can."""
    body = bytes([version]) + timestamp.to_bytes(8, "big") + IV + ciphertext
    return spelt(body + hmac.new(raw[:16], body, sha256).digest())


def with_flipped_bit(token: str, byte: int) -> str:
    """Flip the lowest bit of one byte of a token."""
    data = bytearray(base64.urlsafe_b64decode(token))
    data[byte] ^= 1
    return spelt(bytes(data))


GENUINE = signed(encrypted(padded(b"hello")))

BROKEN = {
    StepName.DECODE: {
        "empty": "",
        "foreign character": GENUINE[:-3] + "!==",
        "no padding": GENUINE.rstrip("="),
        "line break": GENUINE + "\n",
    },
    StepName.VERSION: {
        "next version": signed(encrypted(padded(b"hello")), version=0x81),
        "zero": signed(encrypted(padded(b"hello")), version=0),
        "one byte": spelt(b"\x7f"),
    },
    StepName.TIME: {
        "61 s ahead": signed(encrypted(padded(b"hello")), timestamp=NOW + 61),
        "end of time": signed(encrypted(padded(b"hello")), timestamp=2**64 - 1),
        "61 s old": signed(encrypted(padded(b"hello")), timestamp=NOW - 61),
        "cut within the time": spelt(base64.urlsafe_b64decode(GENUINE)[:8]),
    },
    StepName.HMAC: {
        "foreign key": signed(encrypted(padded(b"hello"), RAW_FOREIGN), raw=RAW_FOREIGN),
        "time changed": with_flipped_bit(GENUINE, 8),
        "initialization vector changed": with_flipped_bit(GENUINE, 9),
        "ciphertext changed": with_flipped_bit(GENUINE, 25),
        "HMAC changed": with_flipped_bit(GENUINE, -1),
        "cut before the HMAC": spelt(base64.urlsafe_b64decode(GENUINE)[:41]),
        "time only": spelt(base64.urlsafe_b64decode(GENUINE)[:9]),
    },
    StepName.DECRYPT: {
        "no ciphertext": signed(b""),
        "part of a block": signed(encrypted(padded(b"hello"))[:8]),
        "a block and a half": signed(encrypted(padded(b"x" * 20))[:24]),
    },
    StepName.PADDING: {
        "zero": signed(encrypted(bytes(16))),
        "17": signed(encrypted(bytes(31) + b"\x11")),
        "255": signed(encrypted(b"\xff" * 16)),
        "one of two missing": signed(encrypted(b"x" * 15 + b"\x02")),
        "first of 16 wrong": signed(encrypted(b"x" + b"\x10" * 15)),
    },
    StepName.TEXT: {
        "lone byte": signed(encrypted(padded(b"hello\xff"))),
        "cut character": signed(encrypted(padded("é".encode()[:1]))),
        "half a surrogate pair": signed(encrypted(padded(b"\xed\xa0\x80"))),
        "overlong": signed(encrypted(padded(b"\xc0\x80"))),
    },
}
"""For each step, tokens that pass all steps before it and fail there, with 60 s to live."""

CASES = [
    pytest.param(step, token, id=f"{step}: {what}")
    for step, tokens in BROKEN.items()
    for what, token in tokens.items()
]


def values_of(steps: Sequence[Step], name: StepName) -> dict[str, str]:
    """Return the labels and values of one step."""
    return dict(next(step for step in steps if step.name is name).values)


def bytes_of(steps: Sequence[Step], name: StepName) -> dict[str, bytes]:
    """Return the labels and values of a step that shows bytes, however the digits are grouped."""
    return {label: bytes.fromhex(value) for label, value in values_of(steps, name).items()}


@pytest.mark.parametrize(("failing", "token"), CASES)
def test_it_stops_where_the_token_is_broken(failing: StepName, token: str) -> None:
    """Steps before the fault pass, the step at the fault fails, and those after it are not done."""
    verification = verify(token, RING.keys, now=NOW, ttl=60)
    before = list(StepName).index(failing)
    after = len(StepName) - before - 1
    assert [step.name for step in verification.steps] == list(StepName)
    assert [step.passed for step in verification.steps] == [True] * before + [False] + [None] * after
    assert all(step.values == () for step in verification.steps[before + 1 :])
    assert verification.failed_step is verification.steps[before]
    assert verification.plaintext is None
    key_was_found = before > list(StepName).index(StepName.HMAC)
    assert verification.key == (KEY if key_was_found else None)


@pytest.mark.parametrize(("failing", "token"), CASES)
def test_the_ring_refuses_it_too(failing: StepName, token: str) -> None:
    """What fails any step, the ring does not open."""
    with pytest.raises(InvalidToken):
        RING.decrypt(token, ttl=60, at_time=NOW)


def test_every_value_of_a_good_token() -> None:
    """A good token passes every step, each with the values that working it out by hand gives."""
    verification = verify(GENUINE, [RETIRED, KEY], now=NOW + 59, ttl=60)
    steps = verification.steps
    body = base64.urlsafe_b64decode(GENUINE)[:-32]
    digest = hmac.new(RAW[:16], body, sha256).digest()
    assert [step.name for step in steps] == list(StepName)
    assert all(step.passed for step in steps)
    assert verification.failed_step is None
    assert verification.plaintext == "hello"
    assert verification.key == KEY
    assert values_of(steps, StepName.DECODE) == {"characters": "100", "bytes": "73"}
    assert values_of(steps, StepName.VERSION) == {"found": "0x80", "expected": "0x80"}
    assert values_of(steps, StepName.TIME) == {
        "made": "2023-11-14 22:13:20 UTC",
        "age": "59 s",
        "time to live": "60 s",
    }
    assert bytes_of(steps, StepName.HMAC) == {
        "in the token": digest,
        f"computed, key {KEY.fingerprint}": digest,
    }
    assert bytes_of(steps, StepName.DECRYPT) == {
        "initialization vector": IV,
        "decrypted, with padding": padded(b"hello"),
    }
    assert values_of(steps, StepName.PADDING) == {"padding": "11 × 0x0b", "bytes left": "5"}
    assert values_of(steps, StepName.TEXT) == {"characters": "5", "bytes": "5"}


def test_values_where_it_failed() -> None:
    """A failed step shows what it looked at: the version found, every HMAC computed, the last byte."""
    version = verify(signed(b"", version=0x7F), RING.keys, now=NOW).steps
    assert values_of(version, StepName.VERSION) == {"found": "0x7f", "expected": "0x80"}
    changed = with_flipped_bit(GENUINE, -1)
    body, found = base64.urlsafe_b64decode(changed)[:-32], base64.urlsafe_b64decode(changed)[-32:]
    assert bytes_of(verify(changed, RING.keys, now=NOW).steps, StepName.HMAC) == {
        "in the token": found,
        f"computed, key {KEY.fingerprint}": hmac.new(RAW[:16], body, sha256).digest(),
        f"computed, key {RETIRED.fingerprint}": hmac.new(RAW_RETIRED[:16], body, sha256).digest(),
    }
    padding = verify(signed(encrypted(bytes(16))), RING.keys, now=NOW).steps
    assert values_of(padding, StepName.PADDING) == {"last byte": "0x00"}


@pytest.mark.parametrize(
    ("timestamp", "ttl", "values"),
    [
        (
            NOW - 5_000,
            None,
            {"made": "2023-11-14 20:50:00 UTC", "age": "5,000 s", "time to live": "none set"},
        ),
        (NOW + 60, 3_600, {"made": "2023-11-14 22:14:20 UTC", "age": "-60 s", "time to live": "3,600 s"}),
        (
            2**64 - 1,
            None,
            {
                "made": "18446744073709551615 s, beyond the year 9999",
                "age": f"{NOW - 2**64 + 1:,} s",
                "time to live": "none set",
            },
        ),
    ],
)
def test_time_values(timestamp: int, ttl: int | None, values: dict[str, str]) -> None:
    """The time is shown as people read it, even where the calendar ends before it."""
    token = signed(encrypted(padded(b"hello")), timestamp=timestamp)
    assert values_of(verify(token, RING.keys, now=NOW, ttl=ttl).steps, StepName.TIME) == values


def test_it_tells_which_key_fits() -> None:
    """A token of a retired key opens, and the verification names that key."""
    token = KeyRing((RETIRED,)).encrypt("hello", at_time=NOW)
    assert verify(token, RING.keys, now=NOW).key == RETIRED
    assert verify(token, RING.keys, now=NOW).plaintext == "hello"


@st.composite
def tokens(draw: st.DrawFn) -> str:
    """Draw a text: a genuine token, one signed around anything, one altered, or no token at all."""
    raw = draw(st.sampled_from([RAW, RAW_RETIRED, RAW_FOREIGN]))
    timestamp = draw(st.one_of(st.integers(NOW - 130, NOW + 70), st.integers(0, 2**64 - 1)))
    kind = draw(st.sampled_from(["genuine", "blocks", "signed", "altered", "text"]))
    if kind == "text":
        return draw(st.text())
    if kind == "signed":
        return signed(draw(st.binary(max_size=64)), version=draw(st.sampled_from([0x80, 0x7F])), raw=raw)
    if kind == "blocks":
        blocks = draw(st.binary(max_size=64)) + draw(st.sampled_from([b"", b"\x01", b"\x02\x02", b"\x11"]))
        return signed(encrypted(bytes(-len(blocks) % 16) + blocks, raw), timestamp=timestamp, raw=raw)
    token = signed(encrypted(padded(draw(st.text()).encode()), raw), timestamp=timestamp, raw=raw)
    if kind == "genuine":
        return token
    at = draw(st.integers(0, len(token)))
    return token[:at] + draw(st.text("Ag-_=+/ é\n", max_size=2)) + token[at + draw(st.integers(0, 2)) :]


@given(tokens(), st.integers(NOW - 5, NOW + 5), st.one_of(st.none(), st.integers(0, 130)))
@settings(deadline=None, max_examples=400)
def test_it_agrees_with_the_ring(text: str, now: int, ttl: int | None) -> None:
    """The verification succeeds exactly where the ring opens a text, with the same plaintext and key."""
    verification = verify(text, RING.keys, now=now, ttl=ttl)
    try:
        opened = RING.open(text, ttl=ttl, at_time=now)
    except InvalidToken:
        assert verification.plaintext is None
        assert verification.failed_step is not None
    else:
        assert verification.plaintext == opened.plaintext
        assert verification.key == opened.key
        assert verification.failed_step is None


@given(tokens(), st.integers(0, NOW + 5))
@settings(deadline=None, max_examples=400)
def test_of_what_is_stored_the_key_alone_decides(text: str, now: int) -> None:
    """A stored token opens where the ring opens it by its key; a date ahead of the clock is remarked on."""
    verification = verify(text, RING.keys, now=now, is_stored=True)
    try:
        opened = RING.open_by_key(text)
    except InvalidToken:
        assert verification.plaintext is None
    else:
        assert (verification.plaintext, verification.key) == (opened.plaintext, opened.key)
        remarks = {step.name: step.remark for step in verification.steps if step.remark}
        is_ahead = read_timestamp(text) > now + MAX_CLOCK_SKEW
        assert remarks == ({StepName.TIME: "ahead of this computer's clock"} if is_ahead else {})


def test_no_ring_has_two_keys_with_the_same_signing_half() -> None:
    """An HMAC that fits is the HMAC of one key: keys that share it never get onto one ring."""
    twin = FernetKey(spelt(RAW[:16] + RAW_RETIRED[16:]))
    with pytest.raises(InvalidKey, match="same first half"):
        KeyRing((KEY, twin))


def test_every_step_has_a_title() -> None:
    """Each step has its heading."""
    assert set(STEP_TITLES) == set(StepName)
