"""idle: what pages cost that are open, and on which nothing happens.

The pages are open all in one room, with 20 messages in it, each a session with all that its own scripts ask
for (`bench/sessions/`). After a time to settle, the CPU time of the server is read, and once more at the end.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from bench.contenders import BARE, NICEGUI, ONE_LINE, PLAIN, SECURECHAT, Contender
from bench.crowd import Crowd
from bench.plots import COLOURS, drawing
from bench.processes import Running
from bench.report import Report, Table, number, times
from bench.scenario import Scenario, Setup
from bench.stats import ratio

ABOUT = (
    "Open pages on which nothing happens: the server's CPU for one of them, in percent of a core and in "
    "seconds for each hour. `×` is the ratio to a Streamlit page with one line and no timer."
)
MEASURED = (ONE_LINE, BARE, NICEGUI, PLAIN, SECURECHAT)


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        pages: How many are open.
        messages: How many messages stand in the room.
        settle: Seconds that do not count.
        seconds: Seconds that count.
        seconds_securechat: The same for SecureChat.
    """

    pages: int
    messages: int
    settle: float
    seconds: float
    seconds_securechat: float

    def seconds_of(self, contender: Contender) -> float:
        """Return how many seconds count: more for SecureChat, whose timer runs only every 30 s."""
        return self.seconds_securechat if contender is SECURECHAT else self.seconds


FULL = Sizes(pages=60, messages=20, settle=10, seconds=20, seconds_securechat=45)
QUICK = Sizes(pages=6, messages=20, settle=2, seconds=4, seconds_securechat=6)


def run(setup: Setup) -> Report:
    """Measure every contender."""
    sizes = QUICK if setup.quick else FULL
    setup.progress.expect(len(MEASURED))
    shares: dict[str, float] = {}
    for contender in MEASURED:
        setup.progress.doing(contender.title)
        with contender.running(setup.key, messages=sizes.messages) as server:
            shares[contender.name] = asyncio.run(_watch(contender, server, sizes)) / sizes.pages
        setup.progress.step()
    rows = [
        [
            contender.title,
            number(100 * shares[contender.name], ".3f", " %"),
            number(3_600 * shares[contender.name], ".1f", " s"),
            times(ratio(shares[contender.name], shares[ONE_LINE.name])),
        ]
        for contender in MEASURED
    ]
    table = Table("", ["an open page of", "of a core", "CPU an hour", "× one line"], rows)
    return Report("idle", ABOUT, [table], asdict(sizes), {"cores_a_page": shares}, partial(_plot, shares))


async def _watch(contender: Contender, server: Running, sizes: Sizes) -> float:
    """Return how many cores the server uses with all pages open."""
    async with Crowd(contender, server.url, sizes.pages, lambda *_: None, room="demo") as crowd:
        await asyncio.sleep(sizes.settle)
        start, cpu = time.perf_counter(), server.cpu_seconds()
        await asyncio.sleep(sizes.seconds_of(contender))
        used = (server.cpu_seconds() - cpu) / (time.perf_counter() - start)
        crowd.check()
    return used


def _plot(shares: dict[str, float], path: Path) -> None:
    """Draw a bar for each contender."""
    with drawing(path, "The server's CPU for one open page on which nothing happens", height=3) as (axes,):
        names = [contender.title for contender in reversed(MEASURED)]
        values = [100 * shares[contender.name] for contender in reversed(MEASURED)]
        bars = axes.barh(names, values, color=[COLOURS[contender.name] for contender in reversed(MEASURED)])
        axes.bar_label(bars, fmt="{:.3f} %", padding=4)
        axes.set_xscale("symlog", linthresh=0.01)
        axes.set_xlim(0, max(values) * 4)
        axes.xaxis.set_major_formatter("{x:g} %")
        axes.set_xlabel("of one core (logarithmic above 0.01 %)")
        axes.grid(visible=False, axis="y")


SCENARIO = Scenario("idle", "the server's CPU for an open page on which nothing happens", run)
