"""Sealing a room, as it goes from step to step: each one of whoever's turn it is, in its order, once."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from securechat.classroom.sealing import Sealing
from securechat.crypto.exchange import commitment
from securechat.errors import SealingRefused
from securechat.frames import Seal, Step

NEXT = 7
PUBLIC, NONCE, ANSWER = bytes(range(32)), bytes(range(32, 64)), "ab" * 32
COMMITMENT, OPENING = commitment(PUBLIC, NONCE).hex(), (PUBLIC + NONCE).hex()
VALUES: dict[Step, str] = {
    "begin": COMMITMENT,
    "answer": ANSWER,
    "open": OPENING,
    "match": "",
    "differ": "",
}
OTHERS: dict[Step, str] = {"begin": "cd" * 32, "answer": "cd" * 32, "open": OPENING[:-2] + "00"}


def take(sealing: Sealing, by: str, step: Step, number: int = 1, value: str | None = None) -> Sealing:
    """Take a step as `p1` or `p2`, who sit together, or as somebody else."""
    other = {"p1": "p2", "p2": "p1"}.get(by, "p1")
    return sealing.take(Seal(number, step, VALUES[step] if value is None else value), by, other, NEXT)


def follow(*steps: tuple[str, Step]) -> Sealing:
    """Return what follows from steps of the first round."""
    sealing = Sealing()
    for by, step in steps:
        sealing = take(sealing, by, step)
    return sealing


BEGUN = follow(("p1", "begin"))
ANSWERED = follow(("p1", "begin"), ("p2", "answer"))
OPENED = follow(("p1", "begin"), ("p2", "answer"), ("p1", "open"))
ONE_MATCHED = take(OPENED, "p1", "match")
OTHER_MATCHED = take(OPENED, "p2", "match")
SEALED = take(ONE_MATCHED, "p2", "match")
SEALED_TOO = take(OTHER_MATCHED, "p1", "match")
DIFFERENT = take(OPENED, "p1", "differ")
DIFFERENT_AFTER = take(ONE_MATCHED, "p1", "differ")
RESET = Sealing(round=1)

STATES = {
    "nothing": Sealing(),
    "begun": BEGUN,
    "answered": ANSWERED,
    "opened": OPENED,
    "first matched": ONE_MATCHED,
    "second matched": OTHER_MATCHED,
    "sealed": SEALED,
    "sealed, second first": SEALED_TOO,
    "different": DIFFERENT,
    "different after a match": DIFFERENT_AFTER,
    "reset": RESET,
}

MAY: dict[str, set[tuple[str, Step]]] = {
    "nothing": {("p1", "begin"), ("p2", "begin"), ("p3", "begin")},
    "begun": {("p1", "begin"), ("p2", "answer")},
    "answered": {("p1", "begin"), ("p2", "answer"), ("p1", "open")},
    "opened": {("p1", "match"), ("p2", "match"), ("p1", "differ"), ("p2", "differ")},
    "first matched": {("p1", "match"), ("p2", "match"), ("p1", "differ"), ("p2", "differ")},
    "second matched": {("p1", "match"), ("p2", "match"), ("p1", "differ"), ("p2", "differ")},
    "sealed": {("p1", "match"), ("p2", "match")},
    "sealed, second first": {("p1", "match"), ("p2", "match")},
    "different": {("p1", "differ"), ("p2", "differ")},
    "different after a match": {("p1", "match"), ("p1", "differ"), ("p2", "differ")},
    "reset": set(),
}
"""Who may take which step of the present round, or the first. Where `OPENED` is behind, what came before may
come again. Whether the two sit in the room is not asked here, so a third may begin where nobody has."""
AGAIN: set[tuple[str, Step]] = {("p1", "begin"), ("p2", "answer"), ("p1", "open")}


def may(state: str) -> set[tuple[str, Step]]:
    """Return who may take which step, those that come again included."""
    return MAY[state] | (AGAIN if STATES[state].opening else set())


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("by", "step"), [*product(("p1", "p2", "p3"), VALUES)])
def test_every_step_at_every_time(state: str, by: str, step: Step) -> None:
    """It is taken exactly by whose turn it is, with what it should have; else it is refused in words."""
    before = STATES[state]
    if (by, step) in may(state):
        after = take(before, by, step)
        assert take(after, by, step) == after, "sent again, it changes nothing"
        return
    with pytest.raises(SealingRefused) as refused:
        take(before, by, step)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("by", "step"), [*product(("p1", "p2", "p3"), OTHERS)])
def test_a_value_that_is_another_one(state: str, by: str, step: Step) -> None:
    """Whoever has shown something cannot show something else, and no public key but the announced one."""
    before = STATES[state]
    is_first = (state, step) == ("nothing", "begin") or (state, by, step) == ("begun", "p2", "answer")
    if is_first:
        assert take(before, by, step, value=OTHERS[step]) != before
        return
    with pytest.raises(SealingRefused):
        take(before, by, step, value=OTHERS[step])


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("number", [2, 3, 100])
def test_a_step_of_another_round(state: str, number: int) -> None:
    """Only a beginning may have another number, and that is the next one; it forgets all from before."""
    before = STATES[state]
    for by, step in product(("p1", "p2"), VALUES):
        if step == "begin" and number == before.round + 1:
            after = take(before, by, step, number)
            assert after == Sealing(number, by, {"p1": "p2", "p2": "p1"}[by], COMMITMENT)
        else:
            with pytest.raises(SealingRefused):
                take(before, by, step, number)


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            OPENING[:at] + format(int(OPENING[at], 16) ^ 1, "x") + OPENING[at + 1 :]
            for at in range(0, 128, 7)
        ),
        OPENING[64:] + OPENING[:64],
    ],
)
def test_an_opening_that_does_not_fit(wrong: str) -> None:
    """Who opens another public key or nonce than committed to is refused; the right one is taken after."""
    with pytest.raises(SealingRefused):
        take(ANSWERED, "p1", "open", value=wrong)
    assert take(ANSWERED, "p1", "open").opening == OPENING


def test_what_is_kept() -> None:
    """What both have shown stands there, and the room is sealed from the next message on: in either order."""
    assert Sealing(1, "p1", "p2", COMMITMENT, ANSWER, OPENING, ("p1", "p2"), "", NEXT) == SEALED
    assert Sealing(1, "p1", "p2", COMMITMENT, ANSWER, OPENING, ("p2", "p1"), "", NEXT) == SEALED_TOO
    assert {state.since for state in STATES.values() if len(state.matched) < 2} == {0}
    assert DIFFERENT_AFTER.matched == ("p1",), "who says so afterwards is believed, too"
    assert (DIFFERENT_AFTER.differs, take(DIFFERENT, "p2", "differ").differs) == ("p1", "p1")


class AnyOrder(RuleBasedStateMachine):
    """Whatever comes in whatever order, from whomever."""

    def __init__(self) -> None:
        super().__init__()
        self.sealing = Sealing()
        self.said: set[tuple[int, str]] = set()

    @rule(
        by=st.sampled_from(["p1", "p2", "p3"]),
        step=st.sampled_from([*VALUES]),
        later=st.sampled_from([0, 0, 0, 1, 1, -1, 2]),
        right=st.sampled_from([True, True, True, False]),
    )
    def step(self, by: str, step: Step, later: int, *, right: bool) -> None:
        """A refused step changes nothing, and none takes away what was there in the same round."""
        before, number = self.sealing, self.sealing.round + later
        value = VALUES[step] if right else OTHERS.get(step, "")
        if number < 1:
            return
        try:
            self.sealing = take(before, by, step, number, value)
        except SealingRefused:
            assert self.sealing is before
            return
        if step == "match":
            self.said.add((number, by))
        if self.sealing.round == before.round:
            for field in fields(Sealing):
                was, now = getattr(before, field.name), getattr(self.sealing, field.name)
                assert not was or was == now or field.name == "matched"
        else:
            assert (step, self.sealing.round) == ("begin", before.round + 1)

    @invariant()
    def sealed_only_by_both(self) -> None:
        """Since when it is sealed is known exactly where both of the round have said that the emoji match."""
        sealing = self.sealing
        both = {(sealing.round, sealing.first), (sealing.round, sealing.second)}
        assert bool(sealing.since) is (sealing.round > 0 and both <= self.said and not sealing.differs)
        if sealing.since:
            assert sealing.opening
            assert sealing.answer
            assert len({sealing.first, sealing.second, *sealing.matched}) == 2


AnyOrder.TestCase.settings = settings(deadline=None, max_examples=100, stateful_step_count=40)
TestAnyOrder = AnyOrder.TestCase


@pytest.mark.parametrize("state", STATES)
def test_nothing_in_it_is_secret(state: str) -> None:
    """All of a state is what went over the line: there is no field for anything else."""
    assert {field.name for field in fields(Sealing)} == {
        *("round", "first", "second", "commitment", "answer", "opening", "matched", "differs", "since"),
    }
    assert repr(STATES[state]).startswith("Sealing(round=")
