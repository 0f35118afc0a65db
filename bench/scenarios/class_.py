"""class: a whole class writes at once, N participants in N/2 rooms.

Every participant is an open page: a session as the browser opens it, with all that the page's own scripts ask
for (`bench/sessions/`), but nothing is drawn. Each writes once every 5 s, at a moment of its own. A message
counts from just before it is sent until its token has come in at the partner's session. Sessions and server
are different processes on one machine, so they share its cores.

What was sent within the measured time counts, and all of it: a message that has not come 10 s after the end
is lost and counts as infinitely late, so it cannot make the percentiles look better. A chat whose p95 is over
10 s, or whose pages do not open, is saturated, and larger classes are not tried with it. Where a quarter of
all messages sent so far is that late, the measurement ends early. A page that loses its connection is
counted; it does not come back, and what was meant for it is lost.

This program shares the machine, too. How late it is itself is measured; where that is over 50 ms, the table
says so: the times are then not the server's alone.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from cryptography.fernet import Fernet

from bench.contenders import BARE, CLASS, Contender
from bench.crowd import Crowd, Lag, until
from bench.plots import drawing, line
from bench.post import Post
from bench.processes import BenchError, Running
from bench.report import Report, Table, milliseconds, number, times
from bench.scenario import Scenario, Setup
from bench.sessions import Session
from bench.stats import percentile, ratio

ABOUT = (
    "N open pages in N/2 rooms, each writing once every 5 s, over real WebSockets: from the sending to "
    "the token's arrival at the partner's page. CPU and memory are the server's. `×` is the ratio of its CPU "
    "to that of the bare WebSocket page with as many pages. `bench late` is by how much the measuring "
    "program itself was late (p95); above 50 ms it is marked, for then the times are not the server's alone."
)
SATURATED_SECONDS = 10.0
SATURATED_SHARE = 0.25
LATE_SECONDS = 0.05
NOT_TRIED = "not tried: saturated before"


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        participants: How many pages are open.
        warm_up: Seconds of writing that do not count.
        seconds: Seconds of writing that count.
        every: Seconds between two messages of a participant.
    """

    participants: tuple[int, ...]
    warm_up: float
    seconds: float
    every: float = 5.0


FULL = Sizes(participants=(20, 60, 120, 240), warm_up=8, seconds=15)
QUICK = Sizes(participants=(8, 20), warm_up=2, seconds=5)


@dataclass(frozen=True)
class Outcome:
    """What one chat did with one class.

    Attributes:
        participants: How many pages were open.
        latencies: Seconds from sending to arrival, infinite where a message did not arrive.
        cores: CPU of the server, in cores.
        mib: Resident memory of the server at the end, in MiB.
        lag: By how many seconds this program itself was late, its 95th percentile.
        dropped: How many pages lost their connection.
        strayed: How many tokens came into other rooms than those that they were written in.
        problem: Why there is no measurement; empty if there is one.
    """

    participants: int
    latencies: tuple[float, ...] = ()
    cores: float = math.nan
    mib: float = math.nan
    lag: float = math.nan
    dropped: int = 0
    strayed: int = 0
    problem: str = ""

    @property
    def saturated(self) -> bool:
        """Whether the chat cannot serve so many. Where pages were dropped, what they lost does not say so."""
        slow = percentile(self.latencies, 95) > SATURATED_SECONDS
        return bool(self.problem) or (slow and not self.dropped)

    @property
    def lost(self) -> int:
        """How many messages did not arrive."""
        return sum(map(math.isinf, self.latencies))


def run(setup: Setup) -> Report:
    """Measure every contender with every class."""
    sizes = QUICK if setup.quick else FULL
    setup.progress.expect(len(sizes.participants) * len(CLASS))
    outcomes: dict[str, list[Outcome]] = {contender.name: [] for contender in CLASS}
    for participants in sizes.participants:
        for contender in CLASS:
            so_far = outcomes[contender.name]
            setup.progress.doing(f"{contender.title}, {participants} pages")
            if so_far and so_far[-1].saturated:
                so_far.append(Outcome(participants, problem=NOT_TRIED))
            else:
                with contender.running(setup.key) as server:
                    so_far.append(_measure(setup, contender, server, sizes, participants))
                    if strayed := so_far[-1].strayed:
                        raise server.error(f"{strayed} tokens came into rooms that they were not written in")
            setup.progress.step()
    measured = {name: [asdict(each) for each in values] for name, values in outcomes.items()}
    return Report("class", ABOUT, [_table(outcomes)], asdict(sizes), measured, partial(_plot, outcomes))


def _measure(setup: Setup, contender: Contender, server: Running, sizes: Sizes, participants: int) -> Outcome:
    try:
        return asyncio.run(_write(setup.fernet, contender, server, sizes, participants))
    except BenchError as error:
        server.check()  # one that has died is a fault, not a busy server
        return Outcome(participants, problem=f"saturated: {error}")


async def _write(
    fernet: Fernet, contender: Contender, server: Running, sizes: Sizes, participants: int
) -> Outcome:
    post = Post(fernet)
    async with Crowd(contender, server.url, participants, post.receive) as crowd:
        start = time.perf_counter()
        end = start + sizes.warm_up + sizes.seconds
        writers = [
            asyncio.create_task(
                _keep_writing(post, name, session, start + sizes.every * share, end, sizes.every)
            )
            for share, (name, session) in zip(_shares(participants), crowd.members.items(), strict=True)
        ]
        await asyncio.sleep(sizes.warm_up)
        counted, cpu = time.perf_counter(), server.cpu_seconds()
        lag = Lag()
        async with lag:
            if await until(lambda: post.overdue(SATURATED_SECONDS) > SATURATED_SHARE, end - counted):
                await _stop(writers)
                return Outcome(
                    participants, dropped=len(crowd.broken), problem="saturated: messages do not arrive"
                )
        cores = (server.cpu_seconds() - cpu) / (time.perf_counter() - counted)
        await asyncio.gather(*writers)
        wanted = {name: at for name, at in post.sent.items() if at >= counted}
        await until(lambda: wanted.keys() <= post.arrived.keys(), SATURATED_SECONDS)
        latencies = tuple(post.arrived.get(name, math.inf) - at for name, at in wanted.items())
        return Outcome(
            participants,
            latencies,
            cores,
            server.resident_mib(),
            percentile(lag.seconds, 95),
            len(crowd.broken),
            post.strayed,
        )


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _shares(count: int) -> list[float]:
    """Return evenly spread moments from 0 to 1, in an order by chance: partners shall not take turns."""
    shares = [index / count for index in range(count)]
    random.Random(count).shuffle(shares)  # noqa: S311 - moments, not secrets
    return shares


async def _keep_writing(
    post: Post, name: str, session: Session, first: float, end: float, every: float
) -> None:
    """Let a participant write, from a moment on, until the end."""
    due, number = first, 0
    while due < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await post.send(session, f"{name} {number}")
        due, number = due + every, number + 1


def _table(outcomes: dict[str, list[Outcome]]) -> Table:
    floor = {outcome.participants: outcome.cores for outcome in outcomes[BARE.name]}
    rows = []
    for contender in CLASS:
        for outcome in outcomes[contender.name]:
            row = [contender.title, f"{outcome.participants}"]
            if outcome.problem:
                rows.append([*row, *["—"] * 7, outcome.problem.splitlines()[0][:80]])
                continue
            rows.append(
                [
                    *row,
                    milliseconds(percentile(outcome.latencies, 50)),
                    milliseconds(percentile(outcome.latencies, 95)),
                    number(outcome.cores, ".2f"),
                    times(ratio(outcome.cores, floor[outcome.participants])),
                    number(outcome.mib, ".0f", " MiB"),
                    milliseconds(outcome.lag) + (" (too late)" if outcome.lag > LATE_SECONDS else ""),
                    f"{outcome.dropped}",
                    ("saturated, " if outcome.saturated else "")
                    + f"{outcome.lost} of {len(outcome.latencies)}",
                ]
            )
    columns = [
        "chat",
        "pages",
        "p50",
        "p95",
        "cores",
        "× bare",
        "memory",
        "bench late",
        "pages dropped",
        "lost",
    ]
    return Table("", columns, rows)


def _plot(outcomes: dict[str, list[Outcome]], path: Path) -> None:
    """Draw p95 and CPU over the size of the class."""
    title = "A class of N open pages, each writing once every 5 s"
    with drawing(path, title, width=9.5, height=4.2, panels=2) as (delay, cpu):
        for contender in CLASS:
            done = [each for each in outcomes[contender.name] if not each.problem]
            pages = [each.participants for each in done]
            late = [1_000 * percentile(each.latencies, 95) for each in done]
            line(delay, contender, pages, [min(each, 1_000 * SATURATED_SECONDS) for each in late])
            line(cpu, contender, pages, [each.cores for each in done])
        delay.set_yscale("log")
        delay.yaxis.set_major_formatter("{x:,.0f}")
        delay.set_ylabel("95th percentile of delivery, ms (logarithmic)")
        cpu.set_ylabel("CPU of the server, cores")
        cpu.set_ylim(bottom=0)
        for axes in (delay, cpu):
            axes.set_xlabel("open pages")
            axes.set_xlim(left=0)
        delay.legend(fontsize=9)


SCENARIO = Scenario("class", "N open pages in N/2 rooms, all writing", run)
