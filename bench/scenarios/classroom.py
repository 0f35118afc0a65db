"""classroom: a whole class comes within 30 s, is seated in pairs, and talks.

The teacher opens a class on the page Classroom with the presenter's passcode, by the protocol that a browser
speaks, and leaves the page open, with the wall. Then the phones come, one after the other at even intervals.
Each has never seen the app: it fetches every file that a browser with an empty cache fetches (the list was
compared with what Chromium asks for), opens the link of the QR code, `/?class=CODE`, presses "Join" at once
with the name that is proposed, and does from then on what the JavaScript of the page does
(`bench/sessions/pupil_page.py`): the feeds of its rooms by the tickets that the page hands out, the sign that
they are up, another run where the page is out of date. Somebody who comes when nobody waits is seated when
the next one comes. Whose page does not show a seat that is there, and takes itself for up to date, loads it
again after 10 s, as people do; that is counted.

When all sit, everybody writes once every 5 s, at a moment of their own, and tells a second before that they
are writing. A message counts from just before the composer sends it until its token has come by the partner's
feed. The bench has no key of a class, so it tells messages apart by their order: see `bench/visitors.py`.

Beside it, in the same run, as many phones come in the same way to the front page of the same app, in a copy
of it that has a room for each pair (as in the scenario `class`), and to the bare WebSocket page. What the
class costs beyond the front page is joining, seats, names, presence and the wall.

Nothing is drawn, and the network is this machine: what a phone itself takes comes on top. The phones and the
server share the machine's cores; how late this program itself was is measured in both parts, and said.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from itertools import pairwise

from bench.contenders import CLASSROOM, Contender
from bench.crowd import Lag, until
from bench.gauge import Gauge, Reading, Use, cores
from bench.processes import Running
from bench.report import Report
from bench.scenario import Scenario, Setup
from bench.scenarios.classroom_outcome import FULL, QUICK, Outcome, Part, Sizes
from bench.scenarios.classroom_tables import draw, tables_of
from bench.stats import percentile
from bench.visitors import PASSCODE, Pupils, Visitors, visitors_of

ABOUT = (
    "Phones come at even intervals, each with an empty cache, join a class and are seated in pairs; then all "
    "of them write. Beside it, in the same run, as many phones come to the front page's room in pairs, and "
    "to a bare WebSocket page. CPU is the server's, in cores; `peak` is the second that took most. `bench "
    "late` is by how much the measuring program itself was late (p95); above 50 ms it is marked, for then "
    "the times are not the server's alone. `others' cores` is what everything else on the machine took."
)
JOIN_SECONDS = 180.0
"""How long it may take until all sit."""

ARRIVE_SECONDS = 10.0
"""How long after the end a message may still come. Later it is lost."""

TYPING_SECONDS = 1.0
"""For how long somebody types before they send."""


def run(setup: Setup) -> Report:
    """Measure a class, and beside it the same crowd elsewhere."""
    sizes = QUICK if setup.quick else FULL
    setup.progress.expect(len(sizes.contenders))
    outcomes: dict[str, Outcome] = {}
    for contender in sizes.contenders:
        setup.progress.doing(contender.title)
        environ = {"SECURECHAT_PRESENTER_PASSCODE": PASSCODE} if contender is CLASSROOM else {}
        with contender.running(setup.key, environ=environ) as server:
            outcome = asyncio.run(_measure(setup, contender, server, sizes))
            if outcome.strayed:
                raise server.error(f"{outcome.strayed} messages came where they should not")
        outcomes[contender.name] = outcome
        setup.progress.step()
    measured = {name: asdict(outcome) for name, outcome in outcomes.items()}
    tables = tables_of(sizes, outcomes)
    plot = partial(draw, sizes, outcomes)
    return Report("classroom", ABOUT, tables, sizes.settings, measured, plot)


async def _measure(setup: Setup, contender: Contender, server: Running, sizes: Sizes) -> Outcome:
    visitors = visitors_of(contender, server.url, sizes.phones, setup.fernet)
    try:
        await visitors.prepare()
        async with Gauge(server) as gauge:
            return await _watch(visitors, server, gauge, sizes)
    finally:
        await visitors.close()


async def _watch(visitors: Visitors, server: Running, gauge: Gauge, sizes: Sizes) -> Outcome:
    lags = Lag(), Lag()
    before = gauge.read()
    async with lags[0]:
        settling = await _come(visitors, server, sizes)
        sat = gauge.read()
    await asyncio.gather(asyncio.sleep(sizes.settle), *settling)
    end = time.perf_counter() + sizes.warm_up + sizes.seconds
    writers = [
        asyncio.create_task(
            _keep_writing(visitors, each, end - sizes.warm_up - sizes.seconds + late, end, sizes)
        )
        for each, late in _moments(sizes)
    ]
    await asyncio.sleep(sizes.warm_up)
    talked = gauge.read()
    async with lags[1]:
        await asyncio.sleep(sizes.seconds)
        done = gauge.read()
    await asyncio.gather(*writers)
    await until(lambda: not any(map(math.isinf, visitors.delays(talked.at))), ARRIVE_SECONDS)
    server.check()
    first = visitors.visits[0].came
    return Outcome(
        came=tuple(visit.came - first for visit in visitors.visits),
        fetched=tuple(visit.fetched - visit.came for visit in visitors.visits),
        loaded=tuple(visit.loaded for visit in visitors.visits),
        there=tuple(visit.there - visit.came for visit in visitors.visits),
        joining=_part(gauge.use(before, sat), lags[0]),
        talking=_part(gauge.use(talked, done), lags[1]),
        delays=tuple(visitors.delays(talked.at)),
        mib=(before.mib, sat.mib, gauge.read().mib),
        used=tuple(_used(gauge.readings, first)),
        talked_at=talked.at - first,
        dropped=len(visitors.broken),
        strayed=visitors.strayed,
        steps=_steps(visitors) if isinstance(visitors, Pupils) else {},
        counts=_counts(visitors) if isinstance(visitors, Pupils) else {},
    )


async def _come(visitors: Visitors, server: Running, sizes: Sizes) -> list[asyncio.Task[None]]:
    """Let all come, wait until all sit, and return what their pages still do by themselves."""
    settling: list[asyncio.Task[None]] = []

    async def come(each: int) -> None:
        await visitors.come(each)
        settling.append(asyncio.create_task(visitors.settle(each)))

    start = time.perf_counter()
    try:
        async with asyncio.timeout(JOIN_SECONDS), asyncio.TaskGroup() as group:
            for each in range(sizes.phones):
                await asyncio.sleep(
                    max(0.0, start + sizes.within * each / sizes.phones - time.perf_counter())
                )
                group.create_task(come(each))
    except TimeoutError:
        raise server.error(f"not all sat after {JOIN_SECONDS:.0f} s") from None
    except BaseExceptionGroup as group_of_errors:
        error = group_of_errors.exceptions[0]
        raise server.error(f"a phone did not get in: {error or type(error).__name__}") from error
    return settling


async def _keep_writing(visitors: Visitors, each: int, first: float, end: float, sizes: Sizes) -> None:
    """Let a visitor write, from a moment on, until the end."""
    due, count = first, 0
    while due < end:
        typing = min(TYPING_SECONDS, sizes.every / 2)
        await asyncio.sleep(max(0.0, due - typing - time.perf_counter()))
        await visitors.begin(each)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await visitors.write(each, count)
        due, count = due + sizes.every, count + 1


def _moments(sizes: Sizes) -> list[tuple[int, float]]:
    """Return when each begins to write: evenly spread, in an order by chance, so partners take no turns."""
    moments = [sizes.every * each / sizes.phones for each in range(sizes.phones)]
    random.Random(sizes.phones).shuffle(moments)  # noqa: S311 - moments, not secrets
    return list(enumerate(moments))


def _part(use: Use, lag: Lag) -> Part:
    return Part(use.cores, use.peak_cores, use.peak_mib, percentile(lag.seconds, 95), use.others)


def _used(readings: list[Reading], first: float) -> Iterator[tuple[float, float]]:
    """Return the CPU of each second, by its middle."""
    for one, other in pairwise(readings):
        if other.at - one.at > 0.5:
            yield (one.at + other.at) / 2 - first, cores(one, other)


def _steps(visitors: Pupils) -> dict[str, tuple[float, ...]]:
    """Return what took how long on the way in."""
    pairs: dict[str, list[dict[str, float]]] = {}
    for pupil in visitors.pupils:
        pairs.setdefault(pupil.room, []).append(pupil.times)
    both = [sorted(pair, key=lambda at: at["pressed"]) for pair in pairs.values() if len(pair) > 1]
    all_of = [pupil.times for pupil in visitors.pupils]
    return {
        "from the first byte to the button Join": tuple(
            at["entrance"] - visit.came for at, visit in zip(all_of, visitors.visits, strict=True)
        ),
        "of that, the page's files": tuple(visit.fetched - visit.came for visit in visitors.visits),
        "Join pressed, to the page of the class": tuple(at["joined"] - at["pressed"] for at in all_of),
        "second of a pair: Join pressed, to a partner who is there": tuple(
            second["partner"] - second["pressed"] for _, second, *_ in both
        ),
        "first of a pair: the other's Join pressed, to the room of both": tuple(
            first["seated"] - second["pressed"] for first, second, *_ in both
        ),
    }


def _counts(visitors: Pupils) -> dict[str, int]:
    rooms = [pupil.room for pupil in visitors.pupils]
    visitors.check()
    return {
        "pairs": len(set(rooms)),
        "pages_loaded_again": sum(pupil.reloads for pupil in visitors.pupils),
        "joined_at_a_later_try": sum(pupil.tries > 1 for pupil in visitors.pupils),
        "messages_sent_again": sum(pupil.unanswered for pupil in visitors.pupils),
    }


SCENARIO = Scenario("classroom", "a class comes all at once, is seated in pairs, and talks", run)
