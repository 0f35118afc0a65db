"""The presenter's passcode: who is let in, who is slowed, and how it compares."""

import hmac
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from securechat.errors import TooFast
from securechat.rooms.passcode import (
    GUESS_SECONDS,
    GUESSES_EACH,
    GUESSES_TOGETHER,
    PASSCODE_ALPHABET,
    PASSCODE_LENGTH,
    Passcode,
    new_passcode,
)

RIGHT = "Käse-Öffner 🧀"


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time that was set."""
        return self.now


def passcode_and_clock() -> tuple[Passcode, Clock]:
    """Make a passcode, with guesses counted under a clock."""
    clock = Clock()
    return Passcode(RIGHT, clock=clock), clock


@pytest.mark.parametrize("passcode", ["a", "1234", RIGHT, "x" * 10_000, " ", "\ud800", "é", "\0"])
def test_the_right_passcode_opens(passcode: str) -> None:
    """Whoever knows the passcode is let in, whatever characters it has."""
    assert Passcode(passcode).check(passcode, "somebody") is True


@pytest.mark.parametrize(
    "guess",
    [
        "",
        RIGHT[:-1],
        RIGHT + " ",
        " " + RIGHT,
        RIGHT.upper(),
        RIGHT.replace("ä", "a\u0308"),
        RIGHT * 2,
        "\ud800",
    ],
)
def test_a_wrong_passcode_does_not(guess: str) -> None:
    """Anything but the passcode itself is wrong, however near."""
    passcode, _ = passcode_and_clock()
    assert passcode.check(guess, "somebody") is False


def test_a_passcode_that_is_made() -> None:
    """It is another one each time, of characters that can be told apart, and is right."""
    made = {new_passcode() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(len(passcode) == PASSCODE_LENGTH for passcode in made)
    assert set("".join(made)) == set(PASSCODE_ALPHABET)
    assert not set(PASSCODE_ALPHABET) & set("01oilIO")
    passcode = made.pop()
    assert Passcode(passcode).check(passcode, "somebody") is True


def test_a_made_passcode_is_not_locked_by_others() -> None:
    """Without a limit for all together, a flood of others' guesses keeps nobody out."""
    passcode = Passcode(RIGHT, guesses_together=None)
    for number in range(2 * GUESSES_TOGETHER):
        assert passcode.check("wrong", number) is False
    assert passcode.check(RIGHT, "presenter") is True


def test_no_empty_passcode() -> None:
    """An empty passcode would let everybody in, so there is none."""
    with pytest.raises(ValueError, match="empty"):
        Passcode("")


def test_a_guesser_is_slowed() -> None:
    """After three wrong guesses not even the right passcode is looked at, until the window is over."""
    passcode, clock = passcode_and_clock()
    for _ in range(GUESSES_EACH):
        assert passcode.check("wrong", "somebody") is False
    for guess in ("wrong", RIGHT):
        with pytest.raises(TooFast) as caught:
            passcode.check(guess, "somebody")
        assert caught.value.retry_after == GUESS_SECONDS == 60
        assert guess not in str(caught.value)
    clock.now += 59.5
    with pytest.raises(TooFast) as caught:
        passcode.check(RIGHT, "somebody")
    assert caught.value.retry_after == 1
    clock.now += 0.5
    assert passcode.check(RIGHT, "somebody") is True


def test_the_window_slides() -> None:
    """Each wrong guess counts for a minute of its own."""
    passcode, clock = passcode_and_clock()
    for _ in range(3):
        passcode.check("wrong", "somebody")
        clock.now += 20
    assert passcode.check("wrong", "somebody") is False
    with pytest.raises(TooFast) as caught:
        passcode.check("wrong", "somebody")
    assert caught.value.retry_after == 20


def test_others_are_not_slowed_by_one() -> None:
    """A guesser who used up the guesses of one does not keep another out."""
    passcode, _ = passcode_and_clock()
    for _ in range(GUESSES_EACH):
        passcode.check("wrong", "somebody")
    assert passcode.check(RIGHT, "somebody else") is True


def test_all_together_are_slowed() -> None:
    """After thirty wrong guesses from anywhere, a newcomer waits too, even with the right passcode."""
    passcode, clock = passcode_and_clock()
    for guesser in range(GUESSES_TOGETHER):
        assert passcode.check("wrong", guesser) is False
    for guess in ("wrong", RIGHT):
        with pytest.raises(TooFast) as caught:
            passcode.check(guess, "newcomer")
        assert caught.value.retry_after == 60
    clock.now += 60
    assert passcode.check(RIGHT, "newcomer") is True


def test_right_guesses_do_not_count() -> None:
    """Whoever knows the passcode may come in as often as they like."""
    passcode, _ = passcode_and_clock()
    assert all(passcode.check(RIGHT, "somebody") for _ in range(10 * GUESSES_TOGETHER))


def test_being_slowed_costs_no_guess() -> None:
    """Guesses that were not looked at prolong nobody's wait, and take nothing from the others' share."""
    passcode, clock = passcode_and_clock()
    for _ in range(GUESSES_EACH):
        passcode.check("wrong", "somebody")
    for second in range(60):
        clock.now = 1_000.0 + second
        with pytest.raises(TooFast):
            passcode.check("wrong", "somebody")
    assert passcode.check(RIGHT, "somebody else") is True
    clock.now = 1_060.0
    assert passcode.check(RIGHT, "somebody") is True


def test_comparing_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is `hmac.compare_digest` that decides, on digests that have one length for every guess."""
    passcode, _ = passcode_and_clock()
    seen: list[tuple[bytes, bytes]] = []

    def decide_against(one: bytes, other: bytes) -> bool:
        seen.append((one, other))
        return False

    monkeypatch.setattr(hmac, "compare_digest", decide_against)
    assert passcode.check(RIGHT, "somebody") is False
    assert passcode.check("x" * 1_000, "somebody") is False
    assert [(len(one), len(other)) for one, other in seen] == [(32, 32), (32, 32)]
    assert RIGHT.encode() not in seen[0]
    monkeypatch.setattr(hmac, "compare_digest", lambda _one, _other: True)
    assert passcode.check("wrong", "somebody") is True


def test_guesses_at_once_are_slowed_like_guesses_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of guesses made at the same moment, no more are looked at than of guesses made one after another."""
    passcode, _ = passcode_and_clock()
    workers = 8
    looked_at: list[bytes] = []
    all_are_looking = threading.Event()

    def compare(guess: bytes, _right: bytes) -> bool:
        looked_at.append(guess)
        if len(looked_at) == workers:
            all_are_looking.set()
        all_are_looking.wait(0.1)  # as long as the others may need to get here, if anything lets them
        return False

    def guess(number: int) -> None:
        try:
            passcode.check(f"wrong {number}", "somebody")
        except TooFast:
            return

    monkeypatch.setattr(hmac, "compare_digest", compare)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(guess, range(workers)))
    assert len(looked_at) <= GUESSES_EACH
