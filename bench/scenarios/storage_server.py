"""The second half of `storage`: a real server that keeps the front page's room in a database.

A class has the front page open, each with the live feed of its room, all in one room, and some of them write
at a steady pace. A message counts from just before it is sent until its token has come by the feed of each of
the others. Meanwhile another process asks for the health check (`bench/pulse.py`). The engines take turns,
again and again, each with a server that has just been started and a new database.

Then memory: one server without a database and one with SQLite, side by side, each with 20,000 messages.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field

from cryptography.fernet import Fernet
from sqlalchemy.exc import OperationalError

from bench.contenders import SECURECHAT
from bench.crowd import Crowd, Lag, OnMessage, until
from bench.gauge import Gauge
from bench.processes import BenchError, Running
from bench.pulse import Pulse, Readings, feeling
from bench.scenario import Setup
from bench.scenarios.soak import Memory
from bench.sessions import Session, StreamlitPage, padded
from bench.stats import percentile
from bench.stores import Engine
from securechat.live.listener import FRAME_LIMIT

ARRIVE_SECONDS = 10.0
"""How long after the end a message may still come. Later it is lost."""

STORE_SECONDS = 30.0
"""How long it may take until a message is stored."""

UNLIMITED = {"BENCH_SEND_COUNT": "5000"}
"""How many messages one side may send in 10 s: more than are sent here."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        rounds: How often each engine has its turn.
        people: How many have the page open.
        writers: How many of them write.
        every: Seconds between two messages of one writer.
        warm_up: Seconds of writing that do not count.
        seconds: Seconds that count.
        pages: How many pages are open where memory is measured; all of them write.
        messages: How many messages they send there.
        readings: How often memory is read.
    """

    rounds: int
    people: int
    writers: int
    every: float
    warm_up: float
    seconds: float
    pages: int
    messages: int
    readings: int


FULL = Sizes(
    rounds=4,
    people=120,
    writers=8,
    every=1,
    warm_up=3,
    seconds=12,
    pages=16,
    messages=20_000,
    readings=125,
)
QUICK = Sizes(
    rounds=1, people=4, writers=2, every=0.25, warm_up=0.25, seconds=1, pages=4, messages=24, readings=2
)


@dataclass(frozen=True)
class Talk:
    """How a class was served.

    Attributes:
        delays: The seconds that each message took to each of the others; infinite where it did not come.
        cores: CPU of the server, in cores.
        others: CPU of everything else on the machine but the bench, databases among it, in cores.
        mib: Most memory of the server.
        health: What the health check said meanwhile.
        lag: By how much the bench itself was late (p95), in seconds.
    """

    delays: tuple[float, ...]
    cores: float
    others: float
    mib: float
    health: Pulse
    lag: float


@dataclass
class _Mail:
    """When each message was sent and by whom, and when each token came to each reader."""

    sent: dict[int, tuple[str, float]] = field(default_factory=dict)
    came: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    def receive(self, reader: str, token: str, at: float) -> None:
        self.came[token][reader] = at

    async def send(self, name: str, session: Session) -> None:
        number = len(self.sent)
        self.sent[number] = name, time.perf_counter()
        await session.say(padded(str(number)))

    def delays(self, fernet: Fernet, readers: Sequence[str], start: float, end: float) -> list[float]:
        """Return how long the messages of a span of time took to all but their writers."""
        came = {int(fernet.decrypt(token)): at for token, at in self.came.items()}
        return [
            came.get(number, {}).get(reader, math.inf) - at
            for number, (writer, at) in self.sent.items()
            for reader in readers
            if reader != writer and start <= at < end
        ]


def talk(setup: Setup, engines: Sequence[Engine], sizes: Sizes) -> dict[str, list[Talk]]:
    """Return how a class was served by each engine, by its name, in each round."""
    talks: dict[str, list[Talk]] = defaultdict(list)
    for number_of_round in range(sizes.rounds):
        for engine in engines:
            setup.progress.doing(f"a class with {engine.title}, round {number_of_round + 1}")
            with (
                SECURECHAT.running(setup.key, environ=_environ(engine)) as server,
                feeling(server) as readings,
            ):
                talks[engine.name].append(asyncio.run(_talk(setup.fernet, server, readings, sizes)))
            setup.progress.step()
    return talks


def remember(setup: Setup, engines: Sequence[Engine], sizes: Sizes) -> dict[str, Memory]:
    """Return the memory of a server with each engine, by its name, while they have the same to do."""
    setup.progress.doing(f"memory over {sizes.messages:,} messages")
    with ExitStack() as stack:
        servers = {
            engine.name: stack.enter_context(SECURECHAT.running(setup.key, environ=_environ(engine)))
            for engine in engines
        }
        return asyncio.run(_remember(setup, servers, sizes))


def _environ(engine: Engine) -> dict[str, str]:
    try:
        return {**engine.settings(), **UNLIMITED}
    except OperationalError as error:
        raise BenchError(f"{engine.title} does not answer any more.") from error


async def _talk(fernet: Fernet, server: Running, readings: Readings, sizes: Sizes) -> Talk:
    mail, lag = _Mail(), Lag()
    async with (
        Crowd(SECURECHAT, server.url, sizes.people, mail.receive, room="demo") as crowd,
        Gauge(server) as gauge,
    ):
        writers = list(crowd.members.items())[: sizes.writers]
        last = time.perf_counter() + sizes.warm_up + sizes.seconds
        writing = [
            asyncio.create_task(_keep_writing(mail, *each, sizes.every * number / sizes.writers, last, sizes))
            for number, each in enumerate(writers)
        ]
        await asyncio.sleep(sizes.warm_up)
        async with lag:
            start, first = gauge.read(), time.monotonic()
            await asyncio.sleep(sizes.seconds)
            end, final = gauge.read(), time.monotonic()
        await asyncio.gather(*writing)
        others = len(crowd.members) - 1
        await until(
            lambda: (
                len(mail.came) == len(mail.sent) and all(len(each) >= others for each in mail.came.values())
            ),
            ARRIVE_SECONDS,
        )
        crowd.check()
        use = gauge.use(start, end)
    delays = mail.delays(fernet, list(crowd.members), start.at, end.at)
    health = readings.between(first, final)
    return Talk(tuple(delays), use.cores, use.others, use.peak_mib, health, percentile(lag.seconds, 95))


async def _keep_writing(
    mail: _Mail, name: str, session: Session, late: float, last: float, sizes: Sizes
) -> None:
    """Let somebody write, from a moment on, until the end."""
    due = last - sizes.warm_up - sizes.seconds + late
    while due < last:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await mail.send(name, session)
        due += sizes.every


async def _remember(setup: Setup, servers: Mapping[str, Running], sizes: Sizes) -> dict[str, Memory]:
    """Let the pages of all servers send as much as one connection may, and read the servers' memory."""
    came: dict[str, set[str]] = {name: set() for name in servers}
    mib: dict[str, list[float]] = {name: [] for name in servers}
    each = sizes.messages // sizes.readings // sizes.pages
    async with AsyncExitStack() as stack:
        crowds = {
            name: await stack.enter_async_context(
                Crowd(SECURECHAT, server.url, sizes.pages, _noting(came[name]), room="demo")
            )
            for name, server in servers.items()
        }
        for number in range(sizes.readings):
            await asyncio.gather(
                *(_send(page, each, number) for crowd in crowds.values() for page in crowd.members.values())
            )
            for name, server in servers.items():
                mib[name].append(server.resident_mib())
            setup.progress.step()
        sent = each * sizes.pages * sizes.readings
        await until(lambda: all(len(tokens) >= sent for tokens in came.values()), ARRIVE_SECONDS)
        for crowd in crowds.values():
            crowd.check()
    return {name: Memory(tuple(mib[name]), sent, len(came[name])) for name in servers}


async def _send(page: Session, messages: int, step: int) -> None:
    """Send as fast as one connection may write, each when the one before is stored."""
    if not isinstance(page, StreamlitPage):
        raise BenchError("Only pages of the app can wait until a message is stored.")
    for number in range(messages):
        await page.say_and_wait(padded(f"step {step}, message {number}"), STORE_SECONDS)
        await asyncio.sleep(FRAME_LIMIT[1] / FRAME_LIMIT[0])


def _noting(tokens: set[str]) -> OnMessage:
    def note(reader: str, token: str, _: float) -> None:
        if reader.endswith("-0"):
            tokens.add(token)

    return note
