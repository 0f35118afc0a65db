"""The rate limit: exact at its edges, each key on its own, bounded in memory."""

import math
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securechat.errors import TooFast
from securechat.rooms.limits import RateLimit


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time that was set."""
        return self.now


class Key:
    """A key of which one can tell whether anybody still holds it."""


class Tick(float):
    """A time of which one can tell whether anybody still holds it."""


class YieldingTick(float):
    """A time that lets other threads go first while somebody reckons with it, so that a race shows."""

    def __add__(self, other: float) -> float:
        """Add after letting others go first."""
        time.sleep(0)
        return float(self) + other

    def __sub__(self, other: float) -> float:
        """Subtract after letting others go first."""
        time.sleep(0)
        return float(self) - other


def limited(clock: Clock, *, count: int = 3, seconds: float = 10.0, max_keys: int = 10_000) -> RateLimit:
    """Make a limit under a clock."""
    return RateLimit(count, seconds, action="Not sent", max_keys=max_keys, clock=clock)


def granted(limit: RateLimit, key: object) -> bool:
    """Try one action and say whether it was granted."""
    try:
        limit.take(key)
    except TooFast:
        return False
    return True


def test_the_share_is_granted_and_no_more() -> None:
    """Exactly `count` actions are granted at one moment."""
    limit = limited(Clock())
    assert [granted(limit, "A") for _ in range(10)] == [True] * 3 + [False] * 7


def test_each_key_has_its_own_share() -> None:
    """What one key uses up, another does not lack."""
    limit = limited(Clock())
    assert [granted(limit, "A") for _ in range(5)] == [True] * 3 + [False] * 2
    assert [granted(limit, "B") for _ in range(5)] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    ("now", "wait", "unit"),
    [
        (100.0, 10, "seconds"),
        (100.5, 10, "seconds"),
        (101.0, 9, "seconds"),
        (108.0, 2, "seconds"),
        (108.5, 2, "seconds"),
        (109.0, 1, "second"),
        (109.999, 1, "second"),
    ],
)
def test_it_tells_how_long_to_wait(now: float, wait: int, unit: str) -> None:
    """A refusal says how many whole seconds are left, never fewer than it takes and at least one."""
    clock = Clock(100.0)
    limit = limited(clock)
    for _ in range(3):
        limit.take("A")
    clock.now = now
    with pytest.raises(TooFast) as caught:
        limit.take("A")
    assert caught.value.retry_after == wait
    assert str(caught.value) == f"Not sent: too many in a short time. Wait {wait} {unit} and try again."
    clock.now += wait
    limit.take("A")


def test_the_window_slides() -> None:
    """A place is free again exactly one window after it was taken, not before and not all at once."""
    clock = Clock()
    limit = limited(clock)
    for clock.now in (0.0, 4.0, 8.0):
        limit.take("A")
    grants = {}
    for quarter in range(32, 80):
        clock.now = quarter / 4
        grants[clock.now] = granted(limit, "A")
    assert [now for now, was_granted in grants.items() if was_granted] == [10.0, 14.0, 18.0]


@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from("AB"), st.booleans()), max_size=60))
def test_it_counts_like_somebody_with_a_list(calls: list[tuple[int, str, bool]]) -> None:
    """Any sequence of calls is judged as by counting the actions granted within the last window."""
    clock = Clock()
    limit = limited(clock, count=3, seconds=10)
    log: list[tuple[str, float]] = []
    for step, key, take in calls:
        clock.now += step
        within = [then for who, then in log if who == key and then + 10 > clock.now]
        call = limit.take if take else limit.check
        if len(within) < 3:
            call(key)
            log += [(key, clock.now)] if take else []
            continue
        with pytest.raises(TooFast) as caught:
            call(key)
        assert caught.value.retry_after == math.ceil(within[0] + 10 - clock.now)


def test_looking_costs_nothing() -> None:
    """`check` counts no action, and refuses exactly while `take` would."""
    clock = Clock()
    limit = limited(clock)
    for _ in range(100):
        limit.check("A")
    assert [granted(limit, "A") for _ in range(4)] == [True, True, True, False]
    with pytest.raises(TooFast):
        limit.check("A")
    limit.check("B")
    clock.now = 10.0
    limit.check("A")


def test_refusals_do_not_prolong_the_wait() -> None:
    """Somebody who keeps trying waits no longer than somebody who waits."""
    clock = Clock()
    limit = limited(clock)
    for _ in range(3):
        limit.take("A")
    for second in range(10):
        clock.now = second
        assert not granted(limit, "A")
    clock.now = 10.0
    assert granted(limit, "A")


def test_it_remembers_a_bounded_number_of_keys() -> None:
    """Of 10,000 keys it holds on to no more than it may, and the newest keep their count."""
    limit = limited(Clock(), max_keys=100)
    alive: weakref.WeakSet[Key] = weakref.WeakSet()
    for _ in range(10_000):
        key = Key()
        alive.add(key)
        limit.take(key)
        limit.take(key)
        limit.take(key)
        assert len(alive) <= 101
    assert not granted(limit, key)


def test_it_forgets_the_key_not_seen_for_longest() -> None:
    """Where too many keys come, the one that was quiet for longest loses its count, and only that one."""
    limit = limited(Clock(), count=1, max_keys=3)
    for key in "ABC":
        limit.take(key)
    assert not granted(limit, "A")
    limit.take("D")
    assert [granted(limit, key) for key in "ACD"] == [False, False, False]
    assert granted(limit, "B")


def test_looking_remembers_no_key() -> None:
    """`check` holds on to no key, so that asking about strangers costs no memory."""
    limit = limited(Clock())
    alive: weakref.WeakSet[Key] = weakref.WeakSet()
    for _ in range(100):
        key = Key()
        alive.add(key)
        limit.check(key)
    assert len(alive) == 1


def test_it_remembers_a_bounded_number_of_times() -> None:
    """Of one key's 10,000 actions it holds on to no more times than the share has."""
    alive: weakref.WeakSet[Tick] = weakref.WeakSet()
    ticks = iter(range(0, 100_000, 10))

    def clock() -> float:
        tick = Tick(next(ticks))
        alive.add(tick)
        return tick

    limit = RateLimit(3, 10.0, action="Not sent", clock=clock)
    for _ in range(10_000):
        limit.take("A")
    assert len(alive) <= 4


def test_threads_together_get_one_share() -> None:
    """However many threads try at once, together they get exactly the share, in every window anew."""
    workers, windows, share = 4, 100, 2
    clock = Clock()
    limit = RateLimit(share, 10.0, action="Not sent", clock=lambda: YieldingTick(clock.now))
    start = threading.Barrier(workers)

    def rush(_worker: int) -> int:
        start.wait()
        return sum(granted(limit, "A") for _ in range(share))

    with ThreadPoolExecutor(workers) as pool:
        for window in range(windows):
            clock.now = 10.0 * window
            assert sum(pool.map(rush, range(workers))) == share
