"""The tables and the plot of the scenario classroom."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median

from bench.contenders import CLASSROOM, SECURECHAT_PAIRS, Contender
from bench.plots import drawing, line
from bench.report import Table, milliseconds, number, times
from bench.scenarios.classroom_outcome import Outcome, Part, Sizes
from bench.stats import percentile, ratio

LATE_SECONDS = 0.05


def tables_of(sizes: Sizes, outcomes: dict[str, Outcome]) -> list[Table]:
    """Return all tables.

    Args:
        sizes: How much was measured.
        outcomes: What came of it, by the names of the contenders.
    """
    return [
        _joining_table(sizes, outcomes),
        _talking_table(sizes, outcomes),
        _memory_table(sizes, outcomes),
        _steps_table(outcomes[CLASSROOM.name]),
    ]


def _joining_table(sizes: Sizes, outcomes: dict[str, Outcome]) -> Table:
    front = _p95_of(outcomes, SECURECHAT_PAIRS, "there")
    rows = []
    for contender in sizes.contenders:
        outcome = outcomes[contender.name]
        late = percentile(outcome.there, 95)
        rows.append(
            [
                contender.title,
                milliseconds(percentile(outcome.there, 50)),
                milliseconds(late),
                milliseconds(max(outcome.there)),
                times(ratio(late, front)),
                *(number(part(outcome.loaded) / 1e6, ".2f", " MB") for part in (median, max)),
                *_cpu_cells(outcomes, contender, "joining"),
                f"{outcome.dropped}",
                f"{outcome.counts.get('pages_loaded_again', 0)}",
            ]
        )
    columns = [
        f"{sizes.phones} phones come within {sizes.within:g} s",
        "to a seat, p50",
        "p95",
        "max",
        "× front page",
        "files, p50",
        "max",
        "cores",
        "peak",
        "× front page",
        "bench late",
        "others' cores",
        "pages dropped",
        "loaded again",
    ]
    return Table("From opening the address until one can write, and what that takes", columns, rows)


def _talking_table(sizes: Sizes, outcomes: dict[str, Outcome]) -> Table:
    front = _p95_of(outcomes, SECURECHAT_PAIRS, "delays")
    rows = []
    for contender in sizes.contenders:
        outcome = outcomes[contender.name]
        late = percentile(outcome.delays, 95)
        rows.append(
            [
                contender.title,
                milliseconds(percentile(outcome.delays, 50)),
                milliseconds(late),
                times(ratio(late, front)),
                *_cpu_cells(outcomes, contender, "talking"),
                f"{outcome.lost} of {len(outcome.delays)}",
            ]
        )
    columns = [
        f"each of {sizes.phones} writes once every {sizes.every:g} s",
        "delivery p50",
        "p95",
        "× front page",
        "cores",
        "peak",
        "× front page",
        "bench late",
        "others' cores",
        "lost",
    ]
    return Table("From sending to the partner's feed, and what that takes", columns, rows)


def _cpu_cells(outcomes: dict[str, Outcome], contender: Contender, name: str) -> list[str]:
    """Return the cells of CPU, its ratio to the front page's, the bench's own lag, and what others took."""
    part: Part = getattr(outcomes[contender.name], name)
    front = outcomes.get(SECURECHAT_PAIRS.name)
    base = getattr(front, name).cores if front else math.nan
    return [
        number(part.cores, ".2f"),
        number(part.peak_cores, ".2f"),
        times(ratio(part.cores, base)),
        milliseconds(part.lag) + (" (too late)" if part.lag > LATE_SECONDS else ""),
        number(part.others, ".2f"),
    ]


def _memory_table(sizes: Sizes, outcomes: dict[str, Outcome]) -> Table:
    front = outcomes.get(SECURECHAT_PAIRS.name)
    rows = []
    for contender in sizes.contenders:
        outcome = outcomes[contender.name]
        before, sat, end = outcome.mib
        rows.append(
            [
                contender.title,
                number(before, ".0f", " MiB"),
                number(sat, ".0f", " MiB"),
                number(end, ".0f", " MiB"),
                number(max(outcome.joining.peak_mib, outcome.talking.peak_mib), ".0f", " MiB"),
                number((end - before) / sizes.phones, ".2f", " MiB"),
                times(ratio(end - before, front.mib[2] - front.mib[0] if front else math.nan)),
            ]
        )
    columns = ["server", "before", "all sit", "at the end", "peak", "a phone", "× front page"]
    return Table("Resident memory of the server", columns, rows)


def _steps_table(outcome: Outcome) -> Table:
    rows = [
        [
            name,
            milliseconds(percentile(seconds, 50)),
            milliseconds(percentile(seconds, 95)),
            milliseconds(max(seconds)),
        ]
        for name, seconds in outcome.steps.items()
    ]
    return Table("The way into the class, step by step", ["step", "p50", "p95", "max"], rows)


def _p95_of(outcomes: dict[str, Outcome], contender: Contender, name: str) -> float:
    outcome = outcomes.get(contender.name)
    return percentile(getattr(outcome, name), 95) if outcome else math.nan


def draw(sizes: Sizes, outcomes: dict[str, Outcome], path: Path) -> None:
    """Draw how long each phone took to be there, and the server's CPU over time."""
    title = (
        f"{sizes.phones} phones come within {sizes.within:g} s, then each writes once every {sizes.every:g} s"
    )
    with drawing(path, title, width=9.5, height=4.2, panels=2) as (joining, cpu):
        for contender in sizes.contenders:
            outcome = outcomes[contender.name]
            late = [1_000 * seconds for seconds in outcome.there]
            line(joining, contender, outcome.came, late, every=8)
            line(cpu, contender, *zip(*outcome.used, strict=True), every=8)
        talked_at = outcomes[CLASSROOM.name].talked_at
        cpu.axvline(sizes.within, color="#888888", linestyle="--", linewidth=1)
        cpu.axvline(talked_at, color="#888888", linestyle=":", linewidth=1)
        joining.set_yscale("log")
        joining.yaxis.set_major_formatter("{x:,.0f}")
        joining.set_xlabel("seconds after the first at which a phone came")
        joining.set_ylabel("until it could write, ms (logarithmic)")
        cpu.set_xlabel("seconds (dashed: all came; dotted: talk)")
        cpu.set_ylabel("CPU of the server, cores")
        cpu.set_ylim(bottom=0)
        joining.set_ylim(top=40_000)  # room for the legend
        joining.legend(fontsize=9, loc="upper left")
