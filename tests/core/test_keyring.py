"""Keys and what they open: round trip, time window, rotation, and keys that are none."""

import base64
import time

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import FernetKey, KeyOrigin, KeyRing, KeySource
from securechat.errors import InvalidKey, InvalidMessage, InvalidToken

NOW = 1_700_000_000


def key_text(number: int) -> str:
    """Return a key that is the same in every run: 32 times the same byte."""
    return base64.urlsafe_b64encode(bytes([number]) * 32).decode()


RING = KeyRing.from_text(key_text(1))


@pytest.fixture
def broken_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make looking at the clock an error."""

    def look() -> float:
        raise AssertionError("the clock was read")

    monkeypatch.setattr(time, "time", look)


@given(st.text())
@settings(deadline=None)
def test_any_text_comes_back(plaintext: str) -> None:
    """Whatever text goes in comes out."""
    assert RING.decrypt(RING.encrypt(plaintext)) == plaintext


@pytest.mark.parametrize(
    "plaintext",
    [
        "",
        "👩\u200d👩\u200d👧\u200d👦 👋🏽",
        "a\0b\0",
        "e\u0301 \u1ea5 Z͑ͫ̓ͪ̂ͫ̽",
        "שלום עליכם \u200f\u202eمرحبا",
        "line\r\nbreaks\n\u2028and\ttabs",
        "x" * 2_000,
    ],
    ids=["empty", "emoji", "NUL", "combining", "right to left", "line breaks", "long"],
)
def test_such_text_comes_back(plaintext: str) -> None:
    """The texts that most often break on the way come out as they went in, not even normalised."""
    assert RING.decrypt(RING.encrypt(plaintext)) == plaintext


@pytest.mark.parametrize("code_point", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
def test_half_a_surrogate_pair_is_refused(code_point: int) -> None:
    """What UTF-8 cannot hold is refused with its place, and without the text around it."""
    surrogate = chr(code_point)
    with pytest.raises(InvalidMessage, match=r"^Character 7 ") as caught:
        RING.encrypt(f"canary{surrogate}canary")
    assert "canary" not in str(caught.value)
    assert surrogate not in str(caught.value)


def test_the_same_text_never_gives_the_same_token() -> None:
    """Every token has an initialization vector of its own, so equal texts do not show."""
    tokens = [RING.encrypt("hello", at_time=NOW) for _ in range(200)]
    assert len({parse_token(token).iv for token in tokens}) == 200
    assert len({parse_token(token).ciphertext for token in tokens}) == 200


@given(st.text(), st.integers(0, 2**64 - 1))
@settings(deadline=None)
def test_another_implementation_agrees(plaintext: str, timestamp: int) -> None:
    """What the ring encrypts, Fernet itself opens, and the other way round."""
    other = Fernet(key_text(1))
    assert other.decrypt(RING.encrypt(plaintext, at_time=timestamp)) == plaintext.encode()
    token = other.encrypt_at_time(plaintext.encode(), timestamp)
    assert RING.decrypt(token, at_time=timestamp) == plaintext


@pytest.mark.usefixtures("broken_clock")
@pytest.mark.parametrize(
    ("made", "ttl", "opens"),
    [
        (NOW, 0, True),
        (NOW - 1, 0, False),
        (NOW - 59, 60, True),
        (NOW - 60, 60, True),
        (NOW - 61, 60, False),
        (NOW - 60, None, True),
        (0, None, True),
        (0, NOW, True),
        (0, NOW - 1, False),
        (NOW + 60, None, True),
        (NOW + 61, None, False),
        (NOW + 60, 0, True),
        (NOW + 61, 0, False),
        (NOW + 61, 2**64, False),
        (2**63, None, False),
        (2**64 - 1, None, False),
        (2**64 - 1, 60, False),
    ],
)
def test_time_window(made: int, ttl: int | None, opens: bool) -> None:
    """A token opens up to its time to live and up to 60 s ahead, to the second, and no clock is read."""
    token = RING.encrypt("hello", at_time=made)
    if opens:
        assert RING.decrypt(token, ttl=ttl, at_time=NOW) == "hello"
    else:
        with pytest.raises(InvalidToken):
            RING.decrypt(token, ttl=ttl, at_time=NOW)


def test_the_end_of_time() -> None:
    """The last second that a token can name counts like any other."""
    token = RING.encrypt("hello", at_time=2**64 - 1)
    assert parse_token(token).timestamp == 2**64 - 1
    assert RING.decrypt(token, ttl=0, at_time=2**64 - 1) == "hello"
    assert RING.decrypt(token, ttl=0, at_time=2**64 - 61) == "hello"
    with pytest.raises(InvalidToken):
        RING.decrypt(token, ttl=0, at_time=2**64 - 62)


def test_the_clock_counts_where_no_time_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `at_time`, a token carries the clock's whole second and is judged by it."""
    monkeypatch.setattr(time, "time", lambda: NOW + 0.9)
    token = RING.encrypt("hello")
    assert parse_token(token).timestamp == NOW
    monkeypatch.setattr(time, "time", lambda: NOW + 10.9)
    assert RING.decrypt(token, ttl=10) == "hello"
    with pytest.raises(InvalidToken):
        RING.decrypt(token, ttl=9)


@pytest.mark.parametrize(
    "text",
    [
        f"{key_text(1)}\n{key_text(2)}\n{key_text(3)}",
        f"{key_text(1)},{key_text(2)},{key_text(3)}",
        f"{key_text(1)}\r\n{key_text(2)}\r\n{key_text(3)}\r\n",
        f"\n\n  {key_text(1)} ,\n,{key_text(2)}\t\n \n{key_text(3)}\n\n",
        f"{key_text(1)}\n{key_text(2)}\n{key_text(1)}\n{key_text(3)},{key_text(2)}",
        f" {key_text(1)} {key_text(2)}\t{key_text(3)}\u00a0",
        f"{key_text(1)}{key_text(2)}{key_text(3)}",
    ],
    ids=["lines", "commas", "CRLF", "mixed, with gaps", "duplicates", "white space", "lines without breaks"],
)
def test_several_keys_in_one_text(text: str) -> None:
    """Commas, white space or nothing separate keys, the first is primary, one given twice counts once."""
    ring = KeyRing.from_text(text)
    assert [key.reveal() for key in ring.keys] == [key_text(1), key_text(2), key_text(3)]
    assert ring.primary.reveal() == key_text(1)


def test_rotation() -> None:
    """After rotation the new key encrypts, old tokens still open, and it is told which key opened them."""
    before = KeyRing.from_text(key_text(1))
    after = KeyRing.from_text(f"{key_text(2)}\n{key_text(1)}")
    old, new = before.encrypt("old", at_time=NOW), after.encrypt("new", at_time=NOW)
    opened_old, opened_new = after.open(old, at_time=NOW), after.open(new, at_time=NOW)
    assert (opened_old.plaintext, opened_old.key) == ("old", FernetKey(key_text(1)))
    assert (opened_new.plaintext, opened_new.key) == ("new", FernetKey(key_text(2)))
    with pytest.raises(InvalidToken):
        before.open(new, at_time=NOW)
    with pytest.raises(InvalidToken):
        KeyRing.from_text(key_text(2)).open(old, at_time=NOW)


def test_a_retired_key_opens_no_later_than_the_primary() -> None:
    """The time window holds for a retired key as for the primary one."""
    ring = KeyRing.from_text(f"{key_text(2)}\n{key_text(1)}")
    token = KeyRing.from_text(key_text(1)).encrypt("old", at_time=NOW)
    assert ring.open(token, ttl=60, at_time=NOW + 60).plaintext == "old"
    with pytest.raises(InvalidToken):
        ring.open(token, ttl=60, at_time=NOW + 61)


BAD_KEYS = {
    "empty": "",
    "one character short": key_text(1)[:-1],
    "one character long": key_text(1) + "A",
    "standard alphabet": base64.b64encode(b"\xfb\xff" * 16).decode(),
    "spare bits": key_text(1)[:-2] + "F=",
    "no padding": key_text(1)[:-1] + "A",
    "padding in the middle": "AA==" + key_text(1)[4:],
    "space inside": key_text(1)[:20] + " " + key_text(1)[21:],
    "line break inside": key_text(1)[:20] + "\n" + key_text(1)[21:],
    "not ASCII": "\uff21" + key_text(1)[1:],
    "half a surrogate pair": "\ud800" + key_text(1)[1:],
}


@pytest.mark.parametrize("text", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_has_one_spelling(text: str) -> None:
    """A key that is not 32 bytes in canonical URL-safe Base64 is refused and not quoted."""
    with pytest.raises(InvalidKey) as caught:
        FernetKey(text)
    assert not text or text not in str(caught.value)
    assert not any(text[at : at + 8] in str(caught.value) for at in range(len(text) - 7))


KEY = key_text(1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"b'{KEY}'", "Leave out the b and the quotes around it: that is how Python shows bytes."),
        (f'b"{KEY}"', "Leave out the b and the quotes"),
        (f"b'{KEY}', b'{KEY}'", "Leave out the b and the quotes"),
        (f'"{KEY}"', "Leave out the quotes or brackets around it."),
        (f"“{KEY}”", "Leave out the quotes or brackets"),
        (f'["{KEY}", "{KEY}"]', "Leave out the quotes or brackets"),
        (f'{{"key": "{KEY}"}}', "Leave out the quotes or brackets"),
        (f"SECURECHAT_KEY={KEY}", "Leave out the name before it."),
        (f'SECURECHAT_KEY = "{KEY}"', "Leave out the name before it."),
        (f"\nexport SECURECHAT_KEY='{KEY}'", "Leave out the name before it."),
        (f"key: {KEY}", "Leave out the name before it."),
        (KEY[:-1], "A key has 44 characters, this has 43: the = at its end is missing."),
        (
            f"{KEY[:-1]}\n{KEY}",
            "Key 1 of 2: A key has 44 characters, this has 43: the = at its end is missing.",
        ),
        (f'{KEY}"', "there is a quote at its end"),
        (f"{KEY};{KEY}", "stands a comma, not a semicolon"),
        (f"{KEY}\u200b", "This does not belong in a key: an invisible character, U+200B ZERO WIDTH SPACE."),
        (
            f"\ufeff{KEY}",
            "does not belong in a key: an invisible character, U+FEFF ZERO WIDTH NO-BREAK SPACE.",
        ),
        (f"{KEY}\n{KEY[:20]}—{KEY[21:]}", "Key 2 of 2: This does not belong in a key: U+2014 EM DASH."),
        (
            base64.b64encode(b"\xfb\xff" * 16).decode(),
            "another Base64: + and / where URL-safe Base64 has - and _",
        ),
        ("0123456789abcdef" * 4, "these are hexadecimal digits, not Base64"),
        ("gAAAAABl" + "A" * 92, "This is a token, not a key."),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n", "This is a key of another kind"),
        ("ssh-ed25519 AAAAC3Nz me", "This is a key of another kind"),
        ("short", "A key has 44 characters, this has 5."),
        (KEY[:-2] + "F=", "A key is 32 bytes in URL-safe Base64"),
    ],
)
def test_the_likeliest_reason_is_named(text: str, says: str) -> None:
    """Why a text is no key is said in words that lead to the fault, and nothing of the text is quoted."""
    with pytest.raises(InvalidKey) as caught:
        KeyRing.from_text(text)
    assert says in caught.value.problem
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
    assert not any(text[at : at + 8] in str(caught.value) for at in range(len(text) - 7))


@pytest.mark.parametrize("text", ["", " \n\t", ",,,\r\n,"])
def test_a_ring_needs_a_key(text: str) -> None:
    """A text without any key makes no ring."""
    with pytest.raises(InvalidKey):
        KeyRing.from_text(text)
    with pytest.raises(InvalidKey):
        KeyRing(())


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_the_bad_key_is_numbered(bad: int) -> None:
    """Of several keys, the message says which one is bad."""
    texts = ["short" if number == bad else key_text(number) for number in (1, 2, 3)]
    with pytest.raises(InvalidKey, match=rf"^Key {bad} of 3: "):
        KeyRing.from_text("\n".join(texts))


def test_key_halves_and_equality() -> None:
    """A key's first half signs, its second half encrypts, and equal keys are one key."""
    text = base64.urlsafe_b64encode(bytes(range(32))).decode()
    key = FernetKey(text)
    assert (key.signing_key, key.encryption_key) == (bytes(range(16)), bytes(range(16, 32)))
    assert key.reveal() == text
    assert key == FernetKey(text)
    assert hash(key) == hash(FernetKey(text))
    assert key != FernetKey(key_text(1))
    assert key != text


def test_fingerprints_tell_keys_apart() -> None:
    """A fingerprint is 16 hexadecimal digits, the same for the same key and another for any other."""
    fingerprints = [KeyRing.from_text(key_text(number)).fingerprint for number in range(256)]
    assert len(set(fingerprints)) == 256
    assert fingerprints[1] == FernetKey(key_text(1)).fingerprint == RING.fingerprint
    assert all(len(bytes.fromhex(fingerprint)) == 8 for fingerprint in fingerprints)


def test_new_keys_differ() -> None:
    """Every generated key is another one."""
    assert len({KeyRing.generate().primary for _ in range(100)}) == 100


def test_a_ring_knows_its_origin() -> None:
    """A ring says where it came from: what it was told, else that the program gave it."""
    origin = KeyOrigin(KeySource.ENVIRONMENT)
    assert KeyRing.from_text(key_text(1), origin=origin).origin is origin
    assert KeyRing.from_text(key_text(1)).origin == KeyOrigin(KeySource.GIVEN)
    assert KeyRing.generate().origin == KeyOrigin(KeySource.GIVEN)
