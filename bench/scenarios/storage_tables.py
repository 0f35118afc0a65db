"""The tables of the scenario `storage`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.report import Table, number, times
from bench.scenarios.soak import Memory
from bench.scenarios.storage_server import Talk
from bench.stats import median, percentile, ratio
from bench.stores import Engine, Storage
from bench.windows import Window

MAX_DELIVERY_MS = 60.0
"""What is aimed at for 95 of 100 deliveries of a server with a database."""

MAX_HEALTH_MS = 50.0
"""The same for its health check."""

MAX_MORE_MIB = 40.0
"""By how much a server's memory may grow with SQLite."""

Windows = Mapping[tuple[str, str], Sequence[Window]]
"""The windows of each store, by its name and by what was done in them."""


def tables_of_stores(
    storages: Sequence[Storage], windows: Windows, writings: Sequence[str], messages: int
) -> list[Table]:
    """Return what stores do in a second, and how long an append takes.

    Args:
        storages: The stores.
        windows: What was measured.
        writings: What the ways to write are called, the one with one thread first. That of the bare driver
            has `bare, ` before it.
        messages: How many messages a room keeps.
    """
    rates, waits = [], []
    for storage in storages:
        alone, target = _rate(windows, storage.name, writings[0]), storage.target
        rates.append(
            [
                storage.title,
                number(alone, ",.0f"),
                f"≥ {target:,.0f}: {_is_met(alone >= target)}" if target else "—",
                number(_rate(windows, storage.name, f"bare, {writings[0]}"), ",.0f"),
                times(_share(windows, storage.name, writings[0])),
                number(_rate(windows, storage.name, "news"), ",.0f"),
                number(_rate(windows, storage.name, "all"), ",.0f"),
            ]
        )
        for writing in writings:
            cells = [f"{storage.title}, {writing}"]
            for what in (writing, f"bare, {writing}"):
                took = [second for each in windows.get((storage.name, what), ()) for second in each.took]
                cells.append(number(_rate(windows, storage.name, what), ",.0f"))
                cells += [milliseconds(percentile(took, percent)) for percent in (50, 95)]
            waits.append([*cells, times(_share(windows, storage.name, writing))])
    read = ["read what is new", f"read all {messages:,}"]
    return [
        Table("", ["one thread, a second", "append", "target", "bare", "×", *read], rates),
        Table(
            "How long an append takes",
            ["append", "a second", "p50", "p95", "bare, a second", "p50", "p95", "×"],
            waits,
        ),
    ]


def tables_of_servers(
    engines: Sequence[Engine],
    talks: Mapping[str, Sequence[Talk]],
    memories: Mapping[str, Memory],
    people: int,
) -> list[Table]:
    """Return how a class was served, and what memory that takes.

    Args:
        engines: Where the room was kept.
        talks: How a class was served, by the names of the engines.
        memories: Memory over many messages, the same; the first is without a database.
        people: How many had the page open.
    """
    served = []
    for engine in engines:
        rounds = talks[engine.name]
        delays = [delay for each in rounds for delay in each.delays]
        p95 = percentile(delays, 95)
        health = median([each.health.p95 for each in rounds])
        is_met = 1_000 * p95 <= MAX_DELIVERY_MS and 1_000 * health <= MAX_HEALTH_MS
        served.append(
            [
                engine.title,
                milliseconds(percentile(delays, 50)),
                milliseconds(p95),
                milliseconds(health),
                _is_met(is_met) if engine.target else "—",
                number(median([each.cores for each in rounds]), ".2f"),
                number(median([each.others for each in rounds]), ".2f"),
                number(median([each.mib for each in rounds]), ".0f", " MiB"),
                milliseconds(median([each.lag for each in rounds])),
            ]
        )
    first, *_ = memories.values()
    kept = []
    for engine in engines:
        if (memory := memories.get(engine.name)) is None:
            continue
        more = memory.mib[-1] - first.mib[-1]
        kept.append(
            [
                engine.title,
                number(memory.mib[0], ".0f", " MiB"),
                number(memory.mib[-1], ".0f", " MiB"),
                *(number(growth, "+.1f", " MiB") for growth in memory.growth),
                "yes" if memory.plateau else "no",
                "—"
                if memory is first
                else f"{more:+.0f} MiB, ≤ {MAX_MORE_MIB:.0f}: {_is_met(more <= MAX_MORE_MIB)}",
                f"{memory.arrived:,} of {memory.sent:,}",
            ]
        )
    goal = f"≤ {MAX_DELIVERY_MS:.0f} and {MAX_HEALTH_MS:.0f} ms"
    costs = ["server, cores", "others' cores", "memory", "bench late"]
    halves = ["first half", "second half", "plateau", "beside memory"]
    return [
        Table(
            f"A server with {people} pages, all in one room",
            ["room in", "delivery p50", "p95", "health p95", goal, *costs],
            served,
        ),
        Table(
            f"Its memory over {first.sent:,} messages",
            ["room in", "at first", "at the end", *halves, "arrived"],
            kept,
        ),
    ]


def raw_of_stores(windows: Windows) -> dict[str, Any]:
    """Return what is kept of windows: not every single time."""
    found = {}
    for (name, what), each in windows.items():
        took = [second for one in each for second in one.took]
        percentiles = {f"p{percent}": percentile(took, percent) for percent in (50, 95, 99)}
        found[f"{name}: {what}"] = {
            "rates": [one.rate for one in each],
            **percentiles,
            "longest": max(took, default=0.0),
        }
    return found


def raw_of_servers(talks: Mapping[str, Sequence[Talk]], memories: Mapping[str, Memory]) -> dict[str, Any]:
    """Return what is kept of servers: not every single delivery."""
    talked = {
        name: [
            {
                **asdict(each),
                "delays": {f"p{percent}": percentile(each.delays, percent) for percent in (50, 95, 99)},
                "deliveries": len(each.delays),
            }
            for each in rounds
        ]
        for name, rounds in talks.items()
    }
    return {"servers": talked, "memory": {name: asdict(memory) for name, memory in memories.items()}}


def milliseconds(seconds: float) -> str:
    """Write a short time for a table."""
    return number(1_000 * seconds, ".2f" if seconds < 0.01 else ".0f", " ms")


def _rate(windows: Windows, name: str, what: str) -> float:
    return median([each.rate for each in windows.get((name, what), ())])


def _share(windows: Windows, name: str, what: str) -> float:
    """Return the share of the bare driver's speed; not a number where there is none."""
    pairs = zip(windows[name, what], windows.get((name, f"bare, {what}"), ()), strict=False)
    return median([ratio(ours.rate, bare.rate) for ours, bare in pairs])


def _is_met(is_met: bool) -> str:
    return "met" if is_met else "missed"
