"""What a valid message is, and how text is kept from acting on the text around it."""

import json
import unicodedata
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securechat.crypto.keyring import KeyRing
from securechat.errors import EmptyMessage, InvalidMessage, MessageTooLong
from securechat.rooms.messages import (
    MAX_MESSAGE_BYTES,
    MAX_MESSAGE_CHARS,
    MAX_NAME_CHARS,
    MAX_SEALED_BYTES,
    MAX_TOKEN_CHARS,
    SENDERS,
    check_plaintext,
    check_stored,
    contained,
)

HIDDEN: Final = ("Cc", "Cf", "Zl", "Zp", "Cs")
"""The Unicode categories that act or hide: controls, formats, separators and surrogates."""

KEPT = {"\n", "\t", "\u200c", "\u200d"}

INVISIBLE: Final = [
    *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0",
    *map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),
]
"""Letters and marks that are not seen alone."""


@pytest.mark.parametrize("character", ["a", "é", "€", "𝄞"], ids=["1 byte", "2 bytes", "3 bytes", "4 bytes"])
@pytest.mark.parametrize("size", [1, MAX_MESSAGE_CHARS - 1, MAX_MESSAGE_CHARS])
def test_up_to_the_limit_a_message_passes(character: str, size: int) -> None:
    """2,000 characters may be sent, however many bytes each of them has."""
    check_plaintext(character * size)


@pytest.mark.parametrize("character", ["a", "é", "€", "𝄞"], ids=["1 byte", "2 bytes", "3 bytes", "4 bytes"])
def test_over_the_limit_a_message_is_refused(character: str) -> None:
    """One character more may not, and the error says by how much."""
    with pytest.raises(MessageTooLong) as caught:
        check_plaintext(character * 2_001)
    assert (caught.value.size, caught.value.limit, caught.value.unit) == (2_001, 2_000, "characters")
    assert str(caught.value) == "The message has 2,001 characters; 2,000 are allowed. Shorten it by 1."


def test_the_largest_message_fits_its_token() -> None:
    """2,000 characters of four bytes each are 8,000 bytes."""
    plaintext = "𝄞" * 2_000
    assert len(plaintext.encode()) == MAX_MESSAGE_BYTES == 8_000
    check_plaintext(plaintext)
    check_stored("room", "A", KeyRing.generate().encrypt(plaintext))


@pytest.mark.parametrize("character", ["a", "𝄞", "\0", '"', "\u2028"])
def test_the_largest_message_of_a_sealed_room_fits_its_token(character: str) -> None:
    """2,000 characters, however JSON writes them, with the longest name and a large number."""
    by = "0123456789abcdef"
    said = {"v": 1, "by": by, "n": 10**15, "name": "𝄞" * 24, "text": character * 2_000, "left": True}
    token = KeyRing.generate().encrypt(json.dumps(said, ensure_ascii=False))
    check_stored("room", by, token)


def test_the_longest_token() -> None:
    """What fills it to the last byte is stored, and nothing longer is."""
    assert len(KeyRing.generate().encrypt("x" * MAX_SEALED_BYTES)) == MAX_TOKEN_CHARS


@pytest.mark.parametrize("text", ["", " ", "\n\t\r ", "\u3000\u2003", "\u2028"])
def test_nothing_to_send(text: str) -> None:
    """White space alone is no message."""
    with pytest.raises(EmptyMessage):
        check_plaintext(text)


@pytest.mark.parametrize("size", [1, MAX_TOKEN_CHARS - 1, MAX_TOKEN_CHARS])
def test_tokens_up_to_the_limit_are_stored(size: int) -> None:
    """A token may be as long as the longest message makes it."""
    check_stored("room", "A", "g" * size)


@pytest.mark.parametrize("size", [0, MAX_TOKEN_CHARS + 1])
def test_other_tokens_are_not_stored(size: int) -> None:
    """An empty token and one that is a character too long are refused."""
    with pytest.raises(InvalidMessage):
        check_stored("room", "A", "g" * size)


@pytest.mark.parametrize("size", [1, MAX_NAME_CHARS - 1, MAX_NAME_CHARS])
def test_names_up_to_the_limit_are_stored(size: int) -> None:
    """A room's and a sender's name have 1 to 64 characters."""
    check_stored("r" * size, "s" * size, "g")


@pytest.mark.parametrize("size", [0, MAX_NAME_CHARS + 1])
def test_other_names_are_not_stored(size: int) -> None:
    """An empty name and one that is a character too long are refused, saying whose it is."""
    with pytest.raises(InvalidMessage, match="room"):
        check_stored("r" * size, "A", "g")
    with pytest.raises(InvalidMessage, match="sender"):
        check_stored("room", "s" * size, "g")


@pytest.mark.parametrize("size", [0, MAX_NAME_CHARS + 1])
def test_a_recipient_is_a_name_like_others(size: int) -> None:
    """Whom alone a message is for has 1 to 64 characters; without one it is for everybody."""
    check_stored("room", "A", "g", None, "r" * MAX_NAME_CHARS)
    check_stored("room", "A", "g", None, None)
    with pytest.raises(InvalidMessage, match="recipient"):
        check_stored("room", "A", "g", None, "r" * size)


@pytest.mark.parametrize(
    "character",
    ["\0", "\n", "\x1b", "\x7f", "\x85", "\u200b", "\u202e", "\u2028", "\ufeff", "\ud800"],
    ids=lambda character: f"U+{ord(character):04X}",
)
@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("room", ("{}", "A", "g")),
        ("sender", ("room", "{}", "g")),
        ("message", ("room", "A", "g", "{}")),
        ("recipient", ("room", "A", "g", None, "{}")),
    ],
)
def test_names_are_printable(what: str, arguments: tuple[str | None, ...], character: str) -> None:
    """No name holds what acts on a terminal, hides or cannot be written down, and no error repeats it."""
    name = f"na{character}me"
    with pytest.raises(InvalidMessage, match=f"name of a {what}") as caught:
        check_stored(*(name if part == "{}" else part for part in arguments))  # type: ignore[arg-type]
    assert str(caught.value).isprintable()
    check_stored(*("náme 🔒 名" if part == "{}" else part for part in arguments))  # type: ignore[arg-type]


def test_the_senders_of_the_front_page_can_be_stored() -> None:
    """Both senders of the front page have names that the store takes."""
    assert len(set(SENDERS)) == len(SENDERS) == 2
    for sender in SENDERS:
        check_stored("demo", sender, "g")


@pytest.mark.parametrize(
    "code_point",
    [
        *(0x202A, 0x202B, 0x202C, 0x202D, 0x202E),  # embeddings and overrides
        *(0x2066, 0x2067, 0x2068, 0x2069),  # isolates
        *(0x200E, 0x200F, 0x061C),  # direction marks
        *(0x200B, 0x2060, 0xFEFF, 0x00AD),  # zero-width space, word joiner, byte order mark, soft hyphen
        *(0x00, 0x07, 0x08, 0x0D, 0x1B, 0x7F, 0x85, 0x9B),  # NUL, bell, backspace, return, escapes
        *(0x2028, 0x2029),  # line and paragraph separator
        *(0xE0001, 0xE0041),  # tags
        *(0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),  # fillers
        0xD800,  # half a surrogate pair
    ],
    ids=lambda code_point: f"U+{code_point:04X}",
)
def test_acting_characters_are_escaped(code_point: int) -> None:
    """A character that acts on its surroundings or hides among them is spelt out in its place."""
    assert contained(f"user{chr(code_point)}admin") == f"user⟨U+{code_point:04X}⟩admin"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "two\nlines\tand a tab",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 is one family",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with its non-joiner
        "\u0915\u094d\u200d\u0937",  # Hindi, with its joiner
        "e\u0301 ❤\ufe0f <b>*bold*</b> [link](javascript:1) $x^2$ :red[x]",
        "שלום",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f, the flag of Scotland",
        "\U0001f3f4\u200d\u2620\ufe0f 1\ufe0f\u20e3 \U0001f1eb\U0001f1f7 \U0001f44d\U0001f3fd",
        "❤\ufe0f\u200d\U0001f525",
        "\u845b\U000e0100",  # a Japanese name with its own shape of a character
    ],
)
def test_ordinary_text_stays_as_typed(text: str) -> None:
    """Line breaks, tabs, joined emoji, marks and markup stay as they are."""
    assert contained(text) == text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("\U0001f3f4\U000e0068\U000e0069\U000e007f", "\U0001f3f4⟨U+E0068⟩⟨U+E0069⟩⟨U+E007F⟩"),
        ("a\ufe0f\ufe01\U000e0101", "a\ufe0f⟨U+FE01⟩⟨U+E0101⟩"),
        ("\ufe0f", "⟨U+FE0F⟩"),
        ("a \ufe0f", "a ⟨U+FE0F⟩"),
        ("a\u200d\ufe0f", "a\u200d⟨U+FE0F⟩"),
    ],
    ids=["tags that are no flag", "a row of selectors", "alone", "after a space", "after a joiner"],
)
def test_nothing_hides_behind_an_emoji(typed: str, shown: str) -> None:
    """What emoji are made of is written out where no emoji comes of it: text can be hidden in it."""
    assert contained(typed) == shown


def test_an_override_attack_is_spelt_out() -> None:
    """The published Trojan Source trick shows every one of its controls."""
    attack = "access\u202e\u2066// admins only\u2069 \u2066level"
    assert contained(attack) == "access⟨U+202E⟩⟨U+2066⟩// admins only⟨U+2069⟩ ⟨U+2066⟩level"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_acts_gets_through(text: str) -> None:
    """Whatever is typed, what is shown has no acting character but the four that text needs."""
    shown = contained(text)
    assert not [char for char in shown if char not in KEPT and unicodedata.category(char) in HIDDEN]


@given(
    st.text(
        st.characters(exclude_categories=HIDDEN, exclude_characters=INVISIBLE) | st.sampled_from(sorted(KEPT))
    )
)
def test_nothing_else_is_touched(text: str) -> None:
    """Text without such characters is shown as it was typed."""
    assert contained(text) == text
