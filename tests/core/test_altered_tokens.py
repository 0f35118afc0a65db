"""Tokens that somebody altered or spelt otherwise: none opens."""

import base64
from collections.abc import Callable, Iterator
from itertools import combinations, count

import pytest

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidToken

RING = KeyRing.from_text(base64.urlsafe_b64encode(bytes(range(32))).decode())
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

END_OF_TIME = 2**64 - 1
"""A present that no token is ahead of, so that it is never the time that refuses one."""


def opens(token: str) -> bool:
    """Say whether a token opens."""
    try:
        RING.decrypt(token, at_time=END_OF_TIME)
    except InvalidToken:
        return False
    return True


def decoded(token: str) -> bytes:
    """Return the bytes of a token."""
    return base64.urlsafe_b64decode(token)


def spelt(data: bytes) -> str:
    """Return the text of some bytes."""
    return base64.urlsafe_b64encode(data).decode()


def rearranged(blocks: list[bytes]) -> Iterator[list[bytes]]:
    """Yield the blocks with one dropped, with one doubled, and with two swapped: every way there is."""
    for index, block in enumerate(blocks):
        yield blocks[:index] + blocks[index + 1 :]
        yield [*blocks[:index], block, *blocks[index:]]
    for one, other in combinations(range(len(blocks)), 2):
        swapped = list(blocks)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        yield swapped


def with_dash_and_underscore(blocks: int) -> str:
    """Make a token of that many blocks that has both signs by which URL-safe Base64 differs."""
    tokens = (RING.encrypt("x" * (16 * blocks - 1), at_time=time) for time in count())
    return next(token for token in tokens if "-" in token and "_" in token)


def with_spare_bit(token: str) -> str:
    """Set a bit of the last character that decodes to nothing; a token without padding has none."""
    body = token.rstrip("=")
    if body == token:
        return token
    return body[:-1] + ALPHABET[ALPHABET.index(body[-1]) + 1] + token[len(body) :]


SPELLINGS: dict[str, Callable[[str], str]] = {
    "letter appended": lambda token: token + "A",
    "four letters appended": lambda token: token + "AAAA",
    "garbage appended": lambda token: token + "!!!!",
    "garbage inside": lambda token: token[:40] + "%" + token[40:],
    "NUL appended": lambda token: token + "\0",
    "space in front": lambda token: " " + token,
    "line break appended": lambda token: token + "\n",
    "line break inside": lambda token: token[:76] + "\r\n" + token[76:],
    "tab inside": lambda token: token[:8] + "\t" + token[8:],
    "twice": lambda token: token * 2,
    "twice, a line each": lambda token: token + "\n" + token,
    "plus for dash": lambda token: token.replace("-", "+"),
    "slash for underscore": lambda token: token.replace("_", "/"),
    "standard alphabet": lambda token: token.translate(str.maketrans("-_", "+/")),
    "spare bit": with_spare_bit,
    "padding missing": lambda token: token.rstrip("="),
    "one padding sign less": lambda token: token.removesuffix("="),
    "one padding sign more": lambda token: token + "=",
    "four padding signs more": lambda token: token + "====",
    "padding as in a URL": lambda token: token.replace("=", "%3D"),
    "full-width letter": lambda token: "\uff47" + token[1:],
    "combining mark appended": lambda token: token + "\u0301",
    "byte order mark in front": lambda token: "\ufeff" + token,
    "half a surrogate pair appended": lambda token: token + "\ud800",
    "empty": lambda _token: "",
}

CASES = [
    pytest.param(token, spell(token), id=f"{name}, {blocks} blocks")
    for blocks, token in ((blocks, with_dash_and_underscore(blocks)) for blocks in (1, 2, 3))
    for name, spell in SPELLINGS.items()
    if spell(token) != token  # three blocks need no padding, so there is none to spoil
]


@pytest.mark.parametrize("plaintext", ["", "hello", "x" * 40])
def test_no_flipped_bit_opens(plaintext: str) -> None:
    """A token with any one bit flipped does not open."""
    data = decoded(RING.encrypt(plaintext, at_time=0))
    number = int.from_bytes(data, "big")
    changed = (number ^ (1 << bit) for bit in range(8 * len(data)))
    assert opens(spelt(data))
    assert not [value for value in changed if opens(spelt(value.to_bytes(len(data), "big")))]


@pytest.mark.parametrize("plaintext", ["hello", "x" * 20, "x" * 40])
def test_no_cut_token_opens(plaintext: str) -> None:
    """A token cut at any length, from either end, as text or as bytes, does not open."""
    token = RING.encrypt(plaintext, at_time=0)
    data = decoded(token)
    cut = [part for length in range(len(token)) for part in (token[:length], token[len(token) - length :])]
    cut += [
        spelt(part) for length in range(len(data)) for part in (data[:length], data[len(data) - length :])
    ]
    assert opens(token)
    assert not [part for part in cut if opens(part)]


def test_no_rearranged_blocks_open() -> None:
    """A token with blocks dropped, doubled or swapped does not open, the initialization vector included."""
    data = decoded(RING.encrypt("".join(f"block number {n:2} " for n in range(5)), at_time=0))
    head, tail = data[:9], data[-32:]
    middle = data[9:-32]
    blocks = [middle[start : start + 16] for start in range(0, len(middle), 16)]
    others = list(rearranged(blocks))
    assert len(blocks) == 7
    assert opens(spelt(head + b"".join(blocks) + tail))
    assert not [each for each in others if opens(spelt(head + b"".join(each) + tail))]


def test_no_mixed_tokens_open() -> None:
    """The front of one token with the back of another does not open, wherever it is joined."""
    one, other = (decoded(RING.encrypt(text, at_time=0)) for text in ("pay Bob", "pay Eve"))
    joined = {one[:at] + other[at:] for at in range(len(one))} - {one, other}
    assert not [data for data in joined if opens(spelt(data))]


@pytest.mark.parametrize(("token", "other_spelling"), CASES)
def test_a_token_has_one_spelling(token: str, other_spelling: str) -> None:
    """A genuine token in any other spelling does not open, neither as text nor as bytes."""
    assert opens(token)
    for altered in (other_spelling, other_spelling.encode(errors="surrogatepass")):
        with pytest.raises(InvalidToken):
            RING.decrypt(altered, at_time=END_OF_TIME)


@pytest.mark.parametrize(("token", "other_spelling"), CASES)
def test_only_one_spelling_comes_apart(token: str, other_spelling: str) -> None:
    """A genuine token in any other spelling counts as no token for those without a key, too."""
    assert parse_token(token).token == token
    with pytest.raises(InvalidToken):
        parse_token(other_spelling)


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x80" * 100, "gAAAAé".encode(), "gAAAAé".encode("latin-1")])
def test_bytes_that_are_no_token(data: bytes) -> None:
    """Bytes that are no token are refused like any other, be they ASCII or not."""
    with pytest.raises(InvalidToken):
        RING.decrypt(data, at_time=END_OF_TIME)


def test_bytes_of_a_token_open() -> None:
    """A token opens as bytes as it does as text."""
    token = RING.encrypt("hello", at_time=0)
    assert RING.decrypt(token.encode(), at_time=0) == RING.decrypt(token, at_time=0) == "hello"
