"""Tokens taken apart without a key: fields, characters, and what is wrong with broken texts."""

import base64
import string
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from securechat.crypto.anatomy import (
    FIELD_LABELS,
    FIELD_PURPOSES,
    FieldName,
    as_datetime,
    character_spans,
    dissect,
    parse_token,
    plaintext_sizes,
    read_timestamp,
)
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidToken

VERSION = b"\x80"
TIME = (499_162_800).to_bytes(8, "big")
IV = bytes(range(16))
HMAC = b"h" * 32


def spelt(data: bytes) -> str:
    """Return the text of some bytes."""
    return base64.urlsafe_b64encode(data).decode()


def whole(blocks: int) -> bytes:
    """Return the bytes of a well-formed token with that many blocks of ciphertext."""
    return VERSION + TIME + IV + b"c" * 16 * blocks + HMAC


def owners(sizes: list[int]) -> list[FieldName]:
    """Say for each Base64 character which field has most of its six bits, the earlier one if even."""
    bits = [name for name, size in zip(FieldName, sizes, strict=True) for _ in range(8 * size)]
    characters = [bits[at : at + 6] for at in range(0, len(bits), 6)]
    return [max(list(FieldName), key=character.count) for character in characters]


@pytest.mark.parametrize("blocks", [1, 2, 3, 501])
def test_a_whole_token_comes_apart(blocks: int) -> None:
    """Every field of a token is found where the specification puts it."""
    anatomy = parse_token(spelt(whole(blocks)))
    assert anatomy.token == spelt(whole(blocks))
    assert anatomy.version == 0x80
    assert anatomy.timestamp == read_timestamp(spelt(whole(blocks))) == 499_162_800
    assert anatomy.iv == IV
    assert anatomy.ciphertext == b"c" * 16 * blocks
    assert anatomy.hmac == HMAC
    assert anatomy.blocks == blocks


@pytest.mark.parametrize(
    "data",
    [
        *(whole(1)[:length] for length in (0, 1, 8, 9, 25, 57, 72)),
        whole(0),
        whole(1) + b"h",
        whole(2)[:-1],
        b"\x00" + whole(1)[1:],
        b"\x81" + whole(1)[1:],
    ],
    ids=lambda data: f"{data[:1].hex()}, {len(data)} bytes",
)
def test_no_other_bytes_are_a_token(data: bytes) -> None:
    """Clean Base64 of bytes in any other shape, or of another version, is no token."""
    for read in (parse_token, read_timestamp):
        with pytest.raises(InvalidToken):
            read(spelt(data))


@given(st.integers(0, 200))
@settings(deadline=None)
def test_the_plaintext_size_is_told_truly(size: int) -> None:
    """A token tells how long its plaintext is to within a block, and the truth lies in that range."""
    anatomy = parse_token(KeyRing.generate().encrypt("x" * size))
    least, most = plaintext_sizes(len(anatomy.ciphertext))
    assert least <= size <= most
    assert most - least == 15


@pytest.mark.parametrize("length", range(len(whole(2)) + 1))
def test_a_token_cut_short_shows_what_is_left(length: int) -> None:
    """Bytes cut anywhere come apart into fields that are in order and lose nothing."""
    data = whole(2)[:length]
    parts = dissect(spelt(data))
    assert parts.data == data
    assert b"".join(field.data for field in parts.fields) == data
    names = [field.name for field in parts.fields]
    assert names == sorted(set(names), key=list(FieldName).index)
    offset = 0
    for field in parts.fields:
        assert field.offset == offset
        offset += len(field.data)
    assert parts.timestamp == (499_162_800 if length >= 9 else None)
    assert parts.field(FieldName.VERSION) == (VERSION if length else None)
    assert (parts.field(FieldName.HMAC) is not None) == (length >= 57)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "nothing to decode"),
        ("gAAA AAA", "Character 5 (a space)"),
        ("gAAAAAA\n", "Character 8 (a line break)"),
        ("gA\tAAAAA", "Character 3 (a tab)"),
        ("+AAAAAAA", "Character 1 (+)"),
        ("gAAAAAA/", "Character 8 (/)"),
        ("gAAA%AAA", "Character 5 (%)"),
        ("gA==gAAA", "Character 3 (=)"),
        ("gAAAé", "Character 5 (U+00E9 LATIN SMALL LETTER E WITH ACUTE)"),
        ("gAAA\u202eAAA", "Character 5 (an invisible character, U+202E RIGHT-TO-LEFT OVERRIDE)"),
        ("gAAA\x1b[1mA", "Character 5 (an invisible character, U+001B)"),
        ("gAAA👋", "Character 5 (U+1F44B WAVING HAND SIGN)"),
        ("gAAA\ud800", "Character 5 (an invisible character, U+D800)"),
        ("gA==\u200b", "Character 5 (an invisible character, U+200B ZERO WIDTH SPACE)"),
        ("gA=\xa0=", "Character 4 (an invisible character, U+00A0 NO-BREAK SPACE)"),
        ("gA\u00adA=", "Character 3 (an invisible character, U+00AD SOFT HYPHEN)"),
        ("\ufeffgA==", "Character 1 (an invisible character, U+FEFF ZERO WIDTH NO-BREAK SPACE)"),
        ("gA==”", "Character 5 (U+201D RIGHT DOUBLE QUOTATION MARK)"),
        ('"gA=="', 'Character 1 (")'),
        ("gA==\r\ngAAA", "Character 5 (a line break)"),
        ("gAAAA", "The length, 5"),
        ("gA", "must end in 2 = signs, not in 0"),
        ("gA=", "must end in 2 = signs, not in 1"),
        ("gAA==", "must end in 1 = signs, not in 2"),
        ("gAAA=", "must end in 0 = signs, not in 1"),
        ("gB==", "only one spelling"),
        ("gAB=", "only one spelling"),
    ],
)
def test_a_broken_text_is_told_what_is_wrong(text: str, problem: str) -> None:
    """What keeps a text from decoding is named, with its place, and does not act on what is around it."""
    found = dissect(text).decode_problem
    assert found is not None
    assert problem in found
    assert found.isprintable()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("g", b""),
        ("!gAAA", b""),
        ("gA", b"\x80"),
        ("gAA", b"\x80\x00"),
        ("gAAA!AAA", b"\x80\x00\x00"),
        ("gAAAA", b"\x80\x00\x00"),
        ("gAAA====", b"\x80\x00\x00"),
    ],
)
def test_a_broken_text_decodes_as_far_as_it_goes(text: str, data: bytes) -> None:
    """Whole bytes in front of the fault are shown, and no more."""
    assert dissect(text).data == data
    assert b"".join(field.data for field in dissect(text).fields) == data


@pytest.mark.parametrize("size", range(80))
def test_a_clean_text_has_no_problem(size: int) -> None:
    """Canonical Base64 of any bytes has nothing wrong with it, token or not."""
    data = bytes(range(size))
    assert (dissect(spelt(data)).decode_problem is None) == (size > 0)
    assert dissect(spelt(data)).data == data


@given(st.text(alphabet="AQgw-_+/=\n zé", max_size=12))
@settings(deadline=None, max_examples=2_000)
@example("====")
@example("AA==")
@example("AB==")
@example("AAA=")
@example("AAB=")
def test_canonical_is_what_encodes_to_itself(text: str) -> None:
    """A text is clean if and only if it decodes, and what it decodes to is spelt like that."""
    try:
        spelling = base64.urlsafe_b64encode(base64.urlsafe_b64decode(text)).decode()
    except ValueError:
        spelling = ""
    assert (dissect(text).decode_problem is None) == (text != "" and text == spelling)


def test_character_spans_by_hand() -> None:
    """In a token of one block, the fields end where counting bits on paper says."""
    # Bits up to the end of each field: 8, 72, 200, 328, 584. By sixes: 1 and 2 bits, 12, 33 and 2 bits,
    # 54 and 4 bits, 97 and 2 bits. Two padding signs follow.
    assert character_spans(spelt(whole(1))) == (
        (FieldName.VERSION, 0, 1),
        (FieldName.TIME, 1, 12),
        (FieldName.IV, 12, 33),
        (FieldName.CIPHERTEXT, 33, 55),
        (FieldName.HMAC, 55, 100),
    )


@pytest.mark.parametrize("blocks", range(1, 7))
def test_character_spans_follow_the_bits(blocks: int) -> None:
    """Every character of a whole token counts to the field that has most of its bits."""
    text = spelt(whole(blocks))
    spans = character_spans(text)
    expected = owners([1, 8, 16, 16 * blocks, 32])
    expected += [FieldName.HMAC] * text.count("=")
    assert [name for name, start, end in spans for _ in range(start, end)] == expected
    assert [name for name, _, _ in spans] == list(FieldName)


@given(st.one_of(st.text(), st.text(string.ascii_letters + "-_= !", max_size=120), st.binary().map(spelt)))
@settings(deadline=None)
def test_character_spans_leave_no_gap(text: str) -> None:
    """Spans of any text follow each other from its start without a gap, in the order of the fields."""
    spans = character_spans(text)
    names = [name for name, _, _ in spans]
    ends = [0, *(end for _, _, end in spans)]
    assert [start for _, start, _ in spans] == ends[:-1]
    assert ends == sorted(set(ends))
    assert ends[-1] <= len(text)
    assert names == sorted(set(names), key=list(FieldName).index)
    if dissect(text).decode_problem is None:
        assert ends[-1] == len(text)


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (499_162_800, datetime(1985, 10, 26, 8, 20, tzinfo=UTC)),
        (253_402_300_799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (253_402_300_800, None),
        (2**63, None),
        (2**64 - 1, None),
    ],
)
def test_times_beyond_the_calendar(timestamp: int, expected: datetime | None) -> None:
    """A time is given as far as the calendar reaches, and None beyond."""
    assert as_datetime(timestamp) == expected


def test_every_field_is_explained() -> None:
    """Each field has a label and a purpose."""
    assert set(FIELD_LABELS) == set(FIELD_PURPOSES) == set(FieldName)
