"""soak: whether memory comes to rest, over 5,000 page runs and 20,000 messages on one server.

Ten pages are open in one room. In each of 250 steps they let the server run the page 20 times and send 80
messages between them; then the server's resident memory is read. The limit of 20 messages in 10 s is lifted
for it. Beside it a Streamlit page with one line is run as often: what grows there, too, is Streamlit's own.

There is a plateau where the memory grows over the second half at most a fifth as much as over the first, or
by at most 2 %. Growth is taken between medians of a tenth of the steps: at the start, in the middle, at the
end.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from bench.contenders import ONE_LINE, SECURECHAT, Contender
from bench.crowd import Crowd, until
from bench.plots import drawing, line
from bench.processes import BenchError, Running
from bench.report import Report, Table, number
from bench.scenario import Scenario, Setup
from bench.sessions import Session, StreamlitPage, padded
from bench.stats import median, ratio
from securechat.live.listener import FRAME_LIMIT

ABOUT = (
    "Resident memory of one server over 5,000 page runs and 20,000 messages, and of a Streamlit page with "
    "one line that is run as often. A plateau: over the second half it grows at most a fifth as much as over "
    "the first, or by at most 2 %."
)
MEASURED = (ONE_LINE, SECURECHAT)
PLATEAU_OF_FIRST, PLATEAU_OF_ALL = 0.2, 0.02
RUN_SECONDS = 30.0


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        pages: How many are open.
        steps: How often memory is read.
        runs: Page runs in a step.
        messages: Messages in a step.
    """

    pages: int
    steps: int
    runs: int = 20
    messages: int = 80


FULL = Sizes(pages=10, steps=250)
QUICK = Sizes(pages=4, steps=10)


@dataclass(frozen=True)
class Memory:
    """The memory of one server over time, in MiB, and how many messages arrived of those sent."""

    mib: tuple[float, ...]
    sent: int
    arrived: int

    @property
    def growth(self) -> tuple[float, float]:
        """By how many MiB it grew over the first half, and over the second."""
        tenth = max(1, len(self.mib) // 10)
        middle = (len(self.mib) - tenth) // 2
        start, half, end = (median(self.mib[at : at + tenth]) for at in (0, middle, len(self.mib) - tenth))
        return half - start, end - half

    @property
    def plateau(self) -> bool:
        """Whether it came to rest."""
        first, second = self.growth
        return second <= max(PLATEAU_OF_FIRST * first, PLATEAU_OF_ALL * median(self.mib))


def run(setup: Setup) -> Report:
    """Measure SecureChat, and Streamlit without it."""
    sizes = QUICK if setup.quick else FULL
    setup.progress.expect(sizes.steps * len(MEASURED))
    found: dict[str, Memory] = {}
    for contender in MEASURED:
        setup.progress.doing(contender.title)
        unlimited = {"BENCH_SEND_COUNT": "5000"}  # in 10 s: more than it can do
        with contender.running(setup.key, environ=unlimited) as server:
            found[contender.name] = asyncio.run(_soak(setup, contender, server, sizes))
    rows = []
    for contender in MEASURED:
        memory = found[contender.name]
        first, second = memory.growth
        rows.append(
            [
                contender.title,
                number(memory.mib[0], ".0f", " MiB"),
                number(memory.mib[-1], ".0f", " MiB"),
                number(first, "+.1f", " MiB"),
                number(second, "+.1f", " MiB"),
                number(ratio(second, first), ".2f"),
                "yes" if memory.plateau else "no",
                f"{memory.arrived:,} of {memory.sent:,}" if memory.sent else "—",
            ]
        )
    columns = [
        "server",
        "after step 1",
        "at the end",
        "first half",
        "second half",
        "ratio",
        "plateau",
        "arrived",
    ]
    measured = {name: asdict(memory) for name, memory in found.items()}
    return Report(
        "soak", ABOUT, [Table("", columns, rows)], asdict(sizes), measured, partial(_plot, found, sizes)
    )


async def _soak(setup: Setup, contender: Contender, server: Running, sizes: Sizes) -> Memory:
    """Keep a server busy and read its memory."""
    writes = contender is SECURECHAT
    arrived: set[str] = set()

    def note(reader: str, token: str, _: float) -> None:
        if reader.endswith("-0"):
            arrived.add(token)

    mib = []
    async with Crowd(contender, server.url, sizes.pages, note, room="demo") as crowd:
        pages = [_streamlit(session) for session in crowd.members.values()]
        for step in range(sizes.steps):
            await asyncio.gather(*(_work(page, sizes, step, writes=writes) for page in pages))
            mib.append(server.resident_mib())
            setup.progress.step()
        sent = sizes.steps * sizes.messages // sizes.pages * sizes.pages if writes else 0
        await until(lambda: len(arrived) >= sent, RUN_SECONDS)
        crowd.check()
    return Memory(tuple(mib), sent, len(arrived))


async def _work(page: StreamlitPage, sizes: Sizes, step: int, *, writes: bool) -> None:
    """Do one page's share of a step."""
    for _ in range(sizes.runs // sizes.pages):
        await page.run_again(RUN_SECONDS)
    for number_of_message in range(sizes.messages // sizes.pages):
        if writes:
            await page.say_and_wait(padded(f"step {step}, message {number_of_message}"), RUN_SECONDS)
            await asyncio.sleep(FRAME_LIMIT[1] / FRAME_LIMIT[0])  # as fast as one connection may write
        else:
            await page.run_again(RUN_SECONDS)


def _streamlit(session: Session) -> StreamlitPage:
    if not isinstance(session, StreamlitPage):
        raise BenchError("Only pages of Streamlit can be run again.")
    return session


def _plot(found: dict[str, Memory], sizes: Sizes, path: Path) -> None:
    """Draw memory over the messages."""
    title = "Resident memory of one server: 20 page runs and 80 messages a step"
    with drawing(path, title) as (axes,):
        steps = range(1, sizes.steps + 1)
        for contender in MEASURED:
            every = max(1, sizes.steps // 12)
            line(axes, contender, steps, found[contender.name].mib, every=every)
        axes.axvline(sizes.steps / 2, color="#888888", linestyle="--", linewidth=1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("steps")
        axes.set_ylabel("MiB")
        axes.legend()


SCENARIO = Scenario("soak", "memory over 5,000 page runs and 20,000 messages", run)
