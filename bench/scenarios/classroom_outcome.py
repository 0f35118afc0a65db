"""What the scenario classroom measures, and with which sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from bench.contenders import BARE, CLASSROOM, SECURECHAT_PAIRS, Contender


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        phones: How many come.
        within: Seconds within which they come.
        settle: Seconds of silence between joining and talking.
        warm_up: Seconds of talking that do not count.
        seconds: Seconds of talking that count.
        every: Seconds between two messages of a phone.
        contenders: What is measured.
    """

    phones: int
    within: float
    settle: float
    warm_up: float
    seconds: float
    every: float
    contenders: tuple[Contender, ...]

    @property
    def settings(self) -> dict[str, Any]:
        """What is written down of them."""
        return {name: value for name, value in vars(self).items() if name != "contenders"}


FULL = Sizes(120, 30, 5, 5, 30, 5, (BARE, SECURECHAT_PAIRS, CLASSROOM))
QUICK = Sizes(6, 1.5, 0.5, 0, 2, 1, (BARE, CLASSROOM))


@dataclass(frozen=True)
class Part:
    """What one part of it took: joining, or talking.

    Attributes:
        cores: CPU of the server, in cores.
        peak_cores: The same in the second that took most.
        peak_mib: The most resident memory, in MiB.
        lag: By how many seconds this program itself was late, its 95th percentile.
        others: CPU that everything else on the machine took meanwhile, in cores.
    """

    cores: float
    peak_cores: float
    peak_mib: float
    lag: float
    others: float


@dataclass(frozen=True)
class Outcome:
    """What one chat did with the class.

    Attributes:
        came: When each phone came, in seconds from the first.
        fetched: Seconds in which each had fetched the page's files.
        loaded: Bytes of these files for each, as they came: compressed, where the server sends them so.
        there: Seconds from coming until each could write, with the live feed up and a seat in a pair.
        joining: What joining took.
        talking: What talking took.
        delays: Seconds from sending to arrival of each message; infinite where it did not arrive.
        mib: Resident memory before anybody came, when all sat, and at the end, in MiB.
        used: CPU of each second, in cores, by the second since the first came.
        talked_at: When talking began to count, in those seconds.
        dropped: How many pages lost a connection.
        strayed: How many messages came where they should not.
        steps: Of a class, seconds that steps of joining took, by the step.
        counts: Of a class, what was counted besides.
    """

    came: tuple[float, ...]
    fetched: tuple[float, ...]
    loaded: tuple[int, ...]
    there: tuple[float, ...]
    joining: Part
    talking: Part
    delays: tuple[float, ...]
    mib: tuple[float, float, float]
    used: tuple[tuple[float, float], ...]
    talked_at: float
    dropped: int
    strayed: int
    steps: dict[str, tuple[float, ...]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """How many messages did not arrive."""
        return sum(map(math.isinf, self.delays))
