"""history: what one more message costs, with 10, 100 and 500 in the room.

Two pages are open: a writer and a reader. The writer sends a message, and the next one 0.2 s later, if the
one before has arrived. What the server used and sent from one to the next is the cost of a message, timers of
the pages included: they are how such a page gets its messages. The contenders take turns; the cost is the
median of all messages of all rounds, so that a busy moment of the machine does not show.

Beside it stands what SecureChat's whole page costs each time it runs, as after a click: for a page that the
live feed reaches, and for one that polls. Its timer is set to a minute for this, so that no look for news is
counted.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from bench.contenders import BARE, NICEGUI, ONE_LINE, PLAIN, SECURECHAT, Contender
from bench.crowd import Crowd
from bench.plots import drawing, line
from bench.processes import BenchError, Running
from bench.report import Report, Table, number, times
from bench.scenario import Scenario, Setup
from bench.sessions import Session, StreamlitPage, padded
from bench.stats import median, ratio

ABOUT = (
    "One more message in a room of 10, 100 and 500, with one page that writes and one that reads: the "
    "server's CPU, and the bytes that it sends to each (medians). `× 10` is the ratio of the CPU to "
    "the same chat's with 10 messages. Below, what one run of the whole page costs, beside a Streamlit "
    "page with one line."
)
MEASURED = (BARE, NICEGUI, PLAIN, SECURECHAT)
ARRIVAL_SECONDS = 20.0
MAX_LOST = 3
RUN_SECONDS = 30.0
WARM_UP_RUNS = 10
_SETTINGS = {"BENCH_SEND_COUNT": "5000", "SECURECHAT_REFRESH_MS": "60000"}
"""SecureChat's limit of messages is lifted, and its timer is out of the way."""

LIVE, POLLING = "SecureChat, live", "SecureChat, polling"
PAGES = {
    ONE_LINE.title: ONE_LINE,
    LIVE: SECURECHAT,
    POLLING: replace(SECURECHAT, protocol="streamlit"),  # a page whose feed never comes up
}


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        rounds: How often each contender has its turn with each length.
        warm_up: Messages of a turn that do not count.
        messages: Messages of a turn that count.
        messages_plain: The same for the plain Streamlit app, where each takes up to two seconds.
        runs: Runs of a whole page.
        lengths: How many messages are there from the start.
        pause: Seconds between two messages.
    """

    rounds: int
    warm_up: int
    messages: int
    messages_plain: int
    runs: int
    lengths: tuple[int, ...] = (10, 100, 500)
    pause: float = 0.2

    def messages_of(self, contender: Contender) -> int:
        """Return how many messages of a turn count."""
        return self.messages_plain if contender is PLAIN else self.messages


FULL = Sizes(rounds=1, warm_up=5, messages=30, messages_plain=6, runs=100)
QUICK = Sizes(rounds=1, warm_up=3, messages=20, messages_plain=3, runs=20)


@dataclass(frozen=True)
class Cost:
    """What one message costs: CPU in milliseconds, and kilobytes sent to each page."""

    cpu_ms: float
    reader_kb: float
    writer_kb: float


@dataclass(frozen=True)
class Run:
    """What one run of a whole page costs: CPU in milliseconds, and kilobytes sent."""

    cpu_ms: float
    sent_kb: float


Runs = dict[str, dict[int, Run]]
"""By the title of the page, and by how many messages are there."""


def run(setup: Setup) -> Report:
    """Measure every contender with every length."""
    sizes = QUICK if setup.quick else FULL
    turns = [(contender, length) for length in sizes.lengths for contender in MEASURED]
    setup.progress.expect(sizes.rounds * len(turns) + len(PAGES) * len(sizes.lengths))
    samples: dict[tuple[str, int], list[Cost]] = {(each.name, length): [] for each, length in turns}
    for _ in range(sizes.rounds):
        for contender, length in turns:
            setup.progress.doing(f"{contender.title}, {length} messages")
            with contender.running(setup.key, messages=length, environ=_SETTINGS) as server:
                samples[contender.name, length] += asyncio.run(_write(contender, server, sizes))
            setup.progress.step()
    runs = _measure_runs(setup, sizes)
    costs = {key: _middle(values) for key, values in samples.items()}
    rows = [
        _row(contender, length, costs, sizes.lengths[0]) for contender in MEASURED for length in sizes.lengths
    ]
    columns = ["chat", "messages there", "CPU", "× 10", "× bare", "to the reader", "to the writer"]
    measured: dict[str, dict[str, object]] = {contender.name: {} for contender in MEASURED}
    for (name, length), values in samples.items():
        measured[name][str(length)] = [asdict(each) for each in values]
    plot = partial(_plot, costs, sizes.lengths)
    tables = [Table("One more message", columns, rows), _table_of_runs(runs, sizes)]
    measured["page_runs"] = {
        title: {str(length): asdict(cost) for length, cost in values.items()}
        for title, values in runs.items()
    }
    return Report("history", ABOUT, tables, asdict(sizes), measured, plot)


async def _write(contender: Contender, server: Running, sizes: Sizes) -> list[Cost]:
    """Open a writer's and a reader's page, write, and return the cost of each message."""
    came = asyncio.Semaphore(0)

    def note(reader: str, _: str, __: float) -> None:
        if reader.endswith("-1"):
            came.release()

    costs: list[Cost] = []
    lost = 0
    async with Crowd(contender, server.url, 2, note, room="demo") as crowd:
        writer, reader = crowd.members.values()
        await asyncio.sleep(1.0)
        while not came.locked():
            await came.acquire()  # those that were there before
        for number_of_message in range(sizes.warm_up + sizes.messages_of(contender)):
            cpu, received = server.cpu_seconds(), (reader.received, writer.received)
            due = time.perf_counter() + sizes.pause
            await writer.say(padded(f"message {number_of_message}"))
            try:
                await asyncio.wait_for(came.acquire(), ARRIVAL_SECONDS)
            except TimeoutError:
                crowd.check()
                lost += 1
                if lost > MAX_LOST:
                    raise server.error(f"{lost} messages did not arrive in {ARRIVAL_SECONDS:.0f} s") from None
                continue  # a page that loses one now and then is measured by the others
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            used = server.cpu_seconds() - cpu
            sent = (reader.received - received[0], writer.received - received[1])
            costs.append(Cost(1_000 * used, sent[0] / 1_000, sent[1] / 1_000))
        crowd.check()
    return costs[sizes.warm_up :]


def _measure_runs(setup: Setup, sizes: Sizes) -> Runs:
    """Return what one run of each page costs with each length."""
    found: Runs = {title: {} for title in PAGES}
    for length in sizes.lengths:
        for title, contender in PAGES.items():
            setup.progress.doing(f"runs of {title}, {length} messages")
            with contender.running(setup.key, messages=length, environ=_SETTINGS) as server:
                found[title][length] = asyncio.run(_run_again(contender, server, sizes.runs))
            setup.progress.step()
    return found


async def _run_again(contender: Contender, server: Running, runs: int) -> Run:
    """Open a page, let it run again and again, and return the medians."""
    used, sent = [], []
    async with Crowd(contender, server.url, 1, lambda *_: None, room="demo") as crowd:
        page = _streamlit(*crowd.members.values())
        for _ in range(WARM_UP_RUNS + runs):
            cpu, received = server.cpu_seconds(), page.received
            await page.run_again(RUN_SECONDS)
            used.append(1_000 * (server.cpu_seconds() - cpu))
            sent.append((page.received - received) / 1_000)
        crowd.check()
    return Run(median(used[WARM_UP_RUNS:]), median(sent[WARM_UP_RUNS:]))


def _streamlit(session: Session) -> StreamlitPage:
    if not isinstance(session, StreamlitPage):
        raise BenchError("Only pages of Streamlit can be run again.")
    return session


def _table_of_runs(runs: Runs, sizes: Sizes) -> Table:
    rows = [
        [
            title,
            f"{length}",
            number(values[length].cpu_ms, ".1f", " ms"),
            times(ratio(values[length].cpu_ms, runs[ONE_LINE.title][length].cpu_ms)),
            number(values[length].sent_kb, ".1f", " kB"),
        ]
        for title, values in runs.items()
        for length in (sizes.lengths if title != ONE_LINE.title else sizes.lengths[:1])
    ]
    columns = ["page", "messages there", "CPU", "× one line", "sent"]
    return Table("One run of the whole page", columns, rows)


def _middle(values: list[Cost]) -> Cost:
    return Cost(
        median([each.cpu_ms for each in values]),
        median([each.reader_kb for each in values]),
        median([each.writer_kb for each in values]),
    )


def _row(contender: Contender, length: int, costs: dict[tuple[str, int], Cost], shortest: int) -> list[str]:
    cost = costs[contender.name, length]
    return [
        contender.title,
        f"{length}",
        number(cost.cpu_ms, ".1f", " ms"),
        times(ratio(cost.cpu_ms, costs[contender.name, shortest].cpu_ms)),
        times(ratio(cost.cpu_ms, costs[BARE.name, length].cpu_ms)),
        number(cost.reader_kb, ".1f", " kB"),
        number(cost.writer_kb, ".1f", " kB"),
    ]


def _plot(costs: dict[tuple[str, int], Cost], lengths: tuple[int, ...], path: Path) -> None:
    """Draw CPU and bytes over the length of the conversation."""
    title = "What one more message costs the server"
    with drawing(path, title, width=9.5, height=4, panels=2) as (cpu, sent):
        for contender in MEASURED:
            values = [costs[contender.name, length] for length in lengths]
            line(cpu, contender, lengths, [each.cpu_ms for each in values])
            line(sent, contender, lengths, [each.reader_kb for each in values])
        cpu.set_ylabel("CPU, ms (logarithmic)")
        sent.set_ylabel("sent to one reader, kB (logarithmic)")
        for axes in (cpu, sent):
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
            axes.set_xlabel("messages in the room")
        cpu.legend(fontsize=9)


SCENARIO = Scenario("history", "what one more message costs, with 10, 100 and 500 there", run)
