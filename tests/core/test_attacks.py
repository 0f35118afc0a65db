"""What an attacker without a key can do to a token, and what stops it."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securechat.crypto.anatomy import FieldName, dissect, parse_token
from securechat.crypto.attacks import (
    GUESSES_AT_ONCE,
    byte_counts,
    distinct_blocks,
    entropy,
    forge,
    guess_keys,
    read_without_check,
    with_byte,
    with_flipped_bit,
    years_to_guess,
)
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.crypto.verification import StepName, verify
from securechat.errors import ImpossibleAttack, InvalidToken

NOW = 1_700_000_000
RING = KeyRing.generate()
TEXT = "pay 10 coins to Mallory, and keep the rest"
TOKEN = RING.encrypt(TEXT, at_time=NOW)


def data_of(token: str) -> bytes:
    """Return the bytes of a token."""
    return base64.urlsafe_b64decode(token)


def flipped(index: int, mask: int = 1) -> str:
    """Return the token with some bits of a byte flipped."""
    return with_byte(TOKEN, index, data_of(TOKEN)[index] ^ mask)


def failed_step(token: str, *keys: FernetKey) -> StepName | None:
    """Return the step that stops a token."""
    step = verify(token, keys or RING.keys, now=NOW).failed_step
    return step.name if step else None


class TestTampering:
    """One byte, and what it does."""

    @given(st.integers(0, len(data_of(TOKEN)) - 1), st.integers(0, 255))
    def test_one_byte_and_nothing_else(self, index: int, value: int) -> None:
        """The byte is the wanted one, all others are as they were, and the spelling is clean."""
        data = data_of(with_byte(TOKEN, index, value))
        assert data[index] == value
        assert data[:index] + data[index + 1 :] == data_of(TOKEN)[:index] + data_of(TOKEN)[index + 1 :]
        assert dissect(with_byte(TOKEN, index, value)).decode_problem is None

    @pytest.mark.parametrize(
        ("field", "step"),
        [
            (FieldName.VERSION, StepName.VERSION),
            (FieldName.TIME, StepName.TIME),
            (FieldName.IV, StepName.HMAC),
            (FieldName.CIPHERTEXT, StepName.HMAC),
            (FieldName.HMAC, StepName.HMAC),
        ],
    )
    def test_the_step_that_stops_a_flip_in_each_field(self, field: FieldName, step: StepName) -> None:
        """Each field has a step that notices; the time is noticed at once where it leaps into the future."""
        offset = next(part.offset for part in dissect(TOKEN).fields if part.name is field)
        assert failed_step(flipped(offset)) is step

    @given(st.integers(9, 24), st.integers(1, 255))
    def test_a_flip_in_the_iv_is_the_same_flip_in_the_first_block(self, index: int, mask: int) -> None:
        """Without the check, exactly these bits of the text are flipped, and no others."""
        first, *others = read_without_check(TOKEN, flipped(index, mask), RING.primary)
        assert first.changed == (index - 9,)
        assert first.before[index - 9] ^ first.after[index - 9] == mask
        assert first.obeys
        assert not first.garbled
        assert all(block.changed == () for block in others)

    @given(st.integers(25, 25 + 31), st.integers(1, 255))
    def test_a_flip_in_the_ciphertext_garbles_one_block_and_steers_the_next(
        self, index: int, mask: int
    ) -> None:
        """Its own block is noise, the next one changes in exactly these bits, the others stay."""
        blocks = read_without_check(TOKEN, flipped(index, mask), RING.primary)
        own, place = divmod(index - 25, 16)
        assert blocks[own].garbled
        assert len(blocks[own].changed) > 4
        assert blocks[own + 1].obeys
        assert blocks[own + 1].changed == (place,)
        untouched = [block for i, block in enumerate(blocks) if i not in (own, own + 1)]
        assert all(block.changed == () for block in untouched)

    @pytest.mark.parametrize("index", [0, 8, len(data_of(TOKEN)) - 1])
    def test_version_time_and_hmac_do_not_touch_the_text(self, index: int) -> None:
        """Without the check nobody notices, for the text stays the same."""
        assert all(not block.changed for block in read_without_check(TOKEN, flipped(index), RING.primary))

    def test_the_blocks_are_the_text(self) -> None:
        """Put together, the blocks are the plaintext and its padding; they are in no repr."""
        blocks = read_without_check(TOKEN, TOKEN, RING.primary)
        padding = 16 - len(TEXT) % 16
        assert b"".join(block.before for block in blocks) == TEXT.encode() + bytes([padding]) * padding
        assert [block.number for block in blocks] == [1, 2, 3]
        assert "pay" not in repr(blocks)

    def test_another_length_is_refused(self) -> None:
        """Two tokens of different lengths cannot be compared block by block."""
        with pytest.raises(ImpossibleAttack):
            read_without_check(TOKEN, RING.encrypt("short"), RING.primary)
        with pytest.raises(InvalidToken):
            read_without_check("no token", TOKEN, RING.primary)


class TestForging:
    """A known text turned into another one."""

    def test_pay_10_becomes_pay_90(self) -> None:
        """Without the check the receiver reads the forged text; with it, the token is refused."""
        forged = forge(TOKEN, 0, b"pay 10", b"pay 90")
        blocks = read_without_check(TOKEN, forged, RING.primary)
        assert b"".join(block.after for block in blocks).startswith(b"pay 90 coins to Mallory")
        assert failed_step(forged) is StepName.HMAC
        with pytest.raises(InvalidToken):
            RING.decrypt(forged, at_time=NOW)

    def test_it_takes_no_key(self) -> None:
        """Only bytes in front of the text change, by the XOR of what is known and what is wanted."""
        before, after = data_of(TOKEN), data_of(forge(TOKEN, 4, b"1", b"9"))
        assert [i for i in range(len(before)) if before[i] != after[i]] == [13]
        assert before[13] ^ after[13] == ord("1") ^ ord("9")

    @given(st.data())
    def test_any_text_in_the_first_block(self, data: st.DataObject) -> None:
        """Whatever is wanted there is what a careless receiver reads, and the rest stays."""
        start = data.draw(st.integers(0, 15))
        end = data.draw(st.integers(start + 1, 16))
        wanted = data.draw(st.binary(min_size=end - start, max_size=end - start))
        forged = forge(TOKEN, start, TEXT.encode()[start:end], wanted)
        blocks = read_without_check(TOKEN, forged, RING.primary)
        assert blocks[0].after == TEXT.encode()[:start] + wanted + TEXT.encode()[end:16]
        assert blocks[0].obeys
        assert not any(block.changed for block in blocks[1:])

    def test_a_later_block_costs_the_one_before(self) -> None:
        """The wanted text stands in its block; the block before it is noise."""
        forged = forge(TOKEN, 16, b"Mallory", b"Charlie")
        first, second, third = read_without_check(TOKEN, forged, RING.primary)
        assert first.garbled
        assert second.after.startswith(b"Charlie")
        assert not third.changed

    @pytest.mark.parametrize(
        ("offset", "known", "wanted"),
        [
            (0, b"a", b"ab"),
            (0, b"", b""),
            (-1, b"a", b"b"),
            (48, b"a", b"b"),
            (40, b"123456789", b"987654321"),
        ],
    )
    def test_what_cannot_be_forged_is_said(self, offset: int, known: bytes, wanted: bytes) -> None:
        """Other lengths and places outside the text are refused with a reason."""
        with pytest.raises(ImpossibleAttack):
            forge(TOKEN, offset, known, wanted)


class TestWrongKeys:
    """Keys that are nearly right."""

    @pytest.mark.parametrize("bit", [0, 1, 77, 127])
    def test_a_bit_of_the_signing_half_is_stopped_by_the_hmac(self, bit: int) -> None:
        """The HMAC comes out as another one."""
        assert failed_step(TOKEN, with_flipped_bit(RING.primary, bit)) is StepName.HMAC

    @pytest.mark.parametrize("bit", [128, 200, 255])
    def test_a_bit_of_the_encryption_half_passes_the_hmac(self, bit: int) -> None:
        """The HMAC needs the signing half alone; what stops it is the noise that comes out."""
        assert failed_step(TOKEN, with_flipped_bit(RING.primary, bit)) in (StepName.PADDING, StepName.TEXT)

    @given(st.integers(0, 255))
    def test_one_bit_and_no_more(self, bit: int) -> None:
        """The key differs in that bit alone, counted from the highest of the first byte."""
        one = int.from_bytes(RING.primary.signing_key + RING.primary.encryption_key, "big")
        key = with_flipped_bit(RING.primary, bit)
        other = int.from_bytes(key.signing_key + key.encryption_key, "big")
        assert one ^ other == 1 << (255 - bit)

    @pytest.mark.parametrize("bit", [-1, 256])
    def test_a_bit_that_is_not_there(self, bit: int) -> None:
        """A key has 256 bits."""
        with pytest.raises(ImpossibleAttack):
            with_flipped_bit(RING.primary, bit)


def ticking(step: float) -> Callable[[], float]:
    """Return a clock that goes on by so many seconds with every look."""
    now = [0.0 - step]

    def look() -> float:
        now[0] += step
        return now[0]

    return look


class TestGuessing:
    """Keys a second, and what they mean."""

    def test_the_tally(self) -> None:
        """Keys are counted, and the time goes by the clock until it is over."""
        tallies = list(guess_keys(TOKEN, seconds=1.0, clock=ticking(0.25)))
        assert [tally.tried for tally in tallies] == [GUESSES_AT_ONCE * n for n in (1, 2, 3, 4)]
        assert [tally.share for tally in tallies] == [0.25, 0.5, 0.75, 1.0]
        assert tallies[-1].per_second == 4 * GUESSES_AT_ONCE
        assert tallies[-1].fits == 0

    def test_the_right_key_would_be_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The control: where the right key is among those tried, it gives a text."""
        right = int.from_bytes(RING.primary.encryption_key, "big")
        monkeypatch.setattr("securechat.crypto.attacks.secrets.randbits", lambda _bits: right - 7)
        assert next(guess_keys(TOKEN, seconds=1.0)).fits == 1

    def test_no_token_is_refused(self) -> None:
        """There is nothing to guess without a token."""
        with pytest.raises(InvalidToken):
            next(guess_keys("no token", seconds=1.0))

    def test_years(self) -> None:
        """Half of all keys, each bit doubling it."""
        assert years_to_guess(1, 1 / 31_557_600) == pytest.approx(1.0)
        assert years_to_guess(128, 1e6) == pytest.approx(2**127 / 1e6 / 31_557_600)
        assert years_to_guess(57, 1e9) == pytest.approx(2 * years_to_guess(56, 1e9))


class TestPatterns:
    """What statistics say of bytes."""

    @given(st.binary(max_size=300))
    def test_counts_are_of_all_bytes(self, data: bytes) -> None:
        """256 counts, together as many as there are bytes, each as often as it is there."""
        counts = byte_counts(data)
        assert (len(counts), sum(counts)) == (256, len(data))
        assert all(counts[value] == data.count(value) for value in set(data))

    def test_entropy(self) -> None:
        """Nothing for equal bytes, one bit for two kinds, eight for all of them."""
        assert entropy(b"") == entropy(b"aaaa") == 0
        assert entropy(b"abab") == pytest.approx(1)
        assert entropy(b"aaab") == pytest.approx(-(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25)))
        assert entropy(bytes(range(256))) == pytest.approx(8)

    def test_distinct_blocks(self) -> None:
        """Equal blocks count once."""
        assert distinct_blocks(b"a" * 48) == 1
        assert distinct_blocks(b"a" * 16 + b"b" * 16 + b"a" * 16) == 2
        assert distinct_blocks(parse_token(TOKEN).ciphertext) == 3
