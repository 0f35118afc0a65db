"""What stands in a token of a sealed room, and how strictly it is read."""

from __future__ import annotations

import json

import pytest

from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import InvalidMessage, MessageTooLong
from securechat.rooms.messages import MAX_TOKEN_CHARS, check_token
from securechat.sealed.key import room_of
from securechat.sealed.said import MAX_BYTES, Said, Unread, check_name, read_said

BY = "0123456789abcdef"
SAID = Said(BY, 17, "Brave Otter", "Grüße 🦦\n⟨ok⟩")
GOOD = {"v": 1, "by": BY, "n": 17, "name": "Brave Otter", "text": "hello"}


def test_the_format_is_the_one_that_is_published() -> None:
    """Other programs can write and read it: this is how it looks."""
    assert json.loads(SAID.to_json()) == {**GOOD, "text": SAID.text}
    assert json.loads(Said(BY, 1, "Otter", "", left=True).to_json())["left"] is True


@pytest.mark.parametrize("said", [SAID, Said(BY, 1, "🦦" * 24, ""), Said(BY, 1, "x", "", left=True)])
def test_what_is_written_is_read(said: Said) -> None:
    """Both ways it stays the same."""
    assert read_said(said.to_json()) == said


@pytest.mark.parametrize(
    "change",
    [
        {"by": BY.upper()},
        {"by": BY[:15]},
        {"by": BY + "\n"},
        {"n": 0},
        {"n": -1},
        {"n": True},
        {"n": "17"},
        {"n": 1.5},
        {"n": 2**53},
        {"name": ""},
        {"name": "x" * 25},
        {"name": None},
        {"text": "x" * 2001},
        {"text": 1},
        {"left": 1},
        {"left": None},
        {"more": 1},
        {"v": 0},
        {"v": True},
        {"v": "1"},
        {"v": None},
    ],
)
def test_what_is_not_quite_it_is_of_another_program(change: dict[str, object]) -> None:
    """A field too many, or with another type or size, makes it something else."""
    assert read_said(json.dumps({**GOOD, **change})) is Unread.FOREIGN


@pytest.mark.parametrize("text", ["hello", "", "[]", "17", "{", "null", '{"v":1}', "[" * 100_000, '"\ud800"'])
def test_any_text_can_be_read(text: str) -> None:
    """Whatever somebody with the key encrypts, nothing is raised."""
    assert read_said(text) is Unread.FOREIGN


def test_a_newer_version_is_told_from_another_program() -> None:
    """Whatever else may be in it."""
    assert read_said('{"v": 2, "what": "is new"}') is Unread.NEWER


def test_half_a_surrogate_pair_is_not_text() -> None:
    """JSON can spell it, but it cannot be shown or encrypted."""
    assert read_said(json.dumps({**GOOD, "text": "\ud800"})) is Unread.FOREIGN
    with pytest.raises(InvalidMessage):
        KeyRing.generate().encrypt(Said(BY, 1, "Otter", "\ud800").to_json())


@pytest.mark.parametrize("text", ["x" * 2000, '"' * 2000, "ü\n" * 1000])
def test_long_texts_are_stored(text: str) -> None:
    """2,000 characters fit, also those that JSON spells with two."""
    check_token(KeyRing.generate().encrypt(Said(BY, 10**9, "🦦" * 24, text).to_json()))


def test_what_the_server_would_not_store_is_refused_before() -> None:
    """With how much too long it is."""
    with pytest.raises(MessageTooLong, match=r"2,001 characters; 2,000 are allowed. Shorten it by 1\."):
        Said(BY, 1, "x", "x" * 2001).to_json()
    with pytest.raises(MessageTooLong):
        Said(BY, 1, "x", "\0" * 2001).to_json()
    ring = KeyRing.generate()
    assert len(ring.encrypt("x" * MAX_BYTES)) <= MAX_TOKEN_CHARS < len(ring.encrypt("x" * (MAX_BYTES + 1)))


@pytest.mark.parametrize("name", ["", " ", "x" * 25, "\x1b[31m", "a\u202eb", "a\nb"])
def test_nobody_can_be_called_what_is_not_seen(name: str) -> None:
    """Names that are too long, empty, or act on what stands around them are refused where they are chosen."""
    with pytest.raises(InvalidMessage):
        check_name(name)
    with pytest.raises(InvalidMessage):
        Said(BY, 1, name, "hello").to_json()


def test_the_name_of_a_room_is_made_of_its_key() -> None:
    """As any HKDF-SHA256 makes it of these 32 bytes; two keys have two rooms."""
    key = FernetKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    assert room_of(key) == "sealed-29b308f68b5d045a930884053ffde43f"
    assert room_of(FernetKey.generate()) != room_of(FernetKey.generate())
