"""delivery: from Enter in one window to the token on the screen of another, in a real Chromium.

User A types in one window, and presses Enter at intervals of 0.5 to 0.75 s by chance, whether or not the
message before has arrived: so every phase of a polling page is met. A stopwatch in each window
(`bench/stopwatch.js`) notes the time of the key press, and the time when a token that was not there
before has been drawn: a MutationObserver sees it, the next animation frame shows it, and the first task
after that frame reads the clock. Which token belongs to which message is found by decrypting it.

The chats take turns: a round measures each of them once, with no message and with 400 there, each time with a
new server and new windows, and only one server runs at a time. The order changes from round to round.
A message that has not arrived 15 s after the last one was sent counts as infinitely late.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench import browser as real_browser
from bench.contenders import (
    BARE,
    NICEGUI,
    PEERS,
    SEALED,
    SEALED_PLAIN,
    SECURECHAT,
    TRIGGER,
    Contender,
)
from bench.numbered import by_number, numbered
from bench.plots import COLOURS, MARKERS, drawing
from bench.report import Report, Table, milliseconds, times
from bench.scenario import Scenario, Setup
from bench.stats import median, percentile, ratio

ABOUT = (
    "From Enter in browser window 1 to the token drawn in window 2 (real Chromium), and in the "
    "writer's own window. `×` is the ratio of the median to that of the bare WebSocket "
    "page, of NiceGUI, and of the least that a Streamlit page with a text area can do (its trigger runs a "
    "callback in a fragment, which pushes the token over a bare WebSocket), in the same run. Of a sealed "
    "room it is the text that counts, which the browser has decrypted: it draws that before the token."
)
WAIT_SECONDS = 15.0


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        rounds: How often each chat has its turn with each length.
        warm_up: Messages at the start of a turn that do not count.
        messages: Messages of a turn that count.
        lengths: How many messages are there from the start.
        pause: The shortest and the longest time between two messages, in seconds.
    """

    rounds: int
    warm_up: int
    messages: int
    lengths: tuple[int, int] = (0, 400)
    pause: tuple[float, float] = (0.5, 0.75)


FULL = Sizes(rounds=2, warm_up=2, messages=15)
QUICK = Sizes(rounds=1, warm_up=1, messages=4)


@dataclass(frozen=True)
class Sample:
    """How long one message took, in seconds: to the other window, and to the writer's own."""

    other: float
    own: float


Samples = dict[tuple[str, int], list[Sample]]


def run(setup: Setup) -> Report:
    """Measure SecureChat and all peers."""
    sizes = QUICK if setup.quick else FULL
    contenders = (*PEERS, SECURECHAT, SEALED, SEALED_PLAIN)
    turns = [(each, length) for each in contenders for length in _lengths(each, sizes.lengths)]
    samples: Samples = {(each.name, length): [] for each, length in turns}
    setup.progress.expect(sizes.rounds * len(turns))
    chance = random.Random(1)  # noqa: S311 - pauses, not secrets
    with sync_playwright() as playwright:
        chromium = real_browser.launch(playwright)
        version = chromium.version
        for _ in range(sizes.rounds):
            for contender, length in chance.sample(turns, len(turns)):
                setup.progress.doing(f"{contender.title}, {length} messages")
                samples[contender.name, length] += _turn(setup, chromium, contender, length, sizes, chance)
                setup.progress.step()
        chromium.close()
    measured: dict[str, dict[str, object]] = {contender.name: {} for contender in contenders}
    for name, length in samples:
        measured[name][str(length)] = [asdict(each) for each in samples[name, length]]
    settings = {**asdict(sizes), "chromium": version}
    plot = partial(_plot, contenders, sizes.lengths, samples)
    return Report("delivery", ABOUT, [_table(contenders, sizes.lengths, samples)], settings, measured, plot)


def _turn(
    setup: Setup, chromium: Browser, contender: Contender, length: int, sizes: Sizes, chance: random.Random
) -> list[Sample]:
    """Start a chat, write into it, and return how long the messages took."""
    count = sizes.warm_up + sizes.messages
    with (
        contender.running(setup.key, messages=length) as server,
        real_browser.windows(chromium, contender, server, messages=length, key=setup.key) as pair,
    ):
        due = time.monotonic()
        for number in range(count):
            due = max(due + chance.uniform(*sizes.pause), time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
            pair.say(numbered(number))
        pair.wait_for(count, WAIT_SECONDS)
        server.check()
        seen = pair.read()
    if len(seen.presses) != count:
        raise server.error(f"Enter was pressed {count} times, and the page noted {len(seen.presses)}")
    others, owns = (by_number(setup.fernet, each) for each in (seen.by_reader, seen.by_writer))
    return [
        Sample(others.get(number, math.inf) - at, owns.get(number, math.inf) - at)
        for number, at in enumerate(seen.presses)
    ][sizes.warm_up :]


def _lengths(contender: Contender, lengths: Sequence[int]) -> Sequence[int]:
    """Return with how many messages there a chat is measured: with none, where it cannot begin with some."""
    return lengths if contender.keeps else lengths[:1]


def _table(contenders: Sequence[Contender], lengths: Sequence[int], samples: Samples) -> Table:
    medians = {key: median([each.other for each in values]) for key, values in samples.items()}
    rows = []
    for contender in contenders:
        for length in _lengths(contender, lengths):
            values = samples[contender.name, length]
            middle = medians[contender.name, length]
            rows.append(
                [
                    contender.title,
                    f"{length}",
                    milliseconds(middle),
                    milliseconds(percentile([each.other for each in values], 95)),
                    times(ratio(middle, medians[BARE.name, length])),
                    times(ratio(middle, medians[NICEGUI.name, length])),
                    times(ratio(middle, medians[TRIGGER.name, length])),
                    times(ratio(middle, medians[contender.name, lengths[0]])),
                    milliseconds(median([each.own for each in values])),
                    f"{sum(math.isinf(each.other) for each in values)} of {len(values)}",
                ]
            )
    columns = [
        "chat",
        "messages there",
        "p50",
        "p95",
        "× bare",
        "× NiceGUI",
        "× Streamlit trigger",
        "× empty",
        "own window p50",
        "lost",
    ]
    return Table("", columns, rows)


def _plot(contenders: Sequence[Contender], lengths: Sequence[int], samples: Samples, path: Path) -> None:
    """Draw every message as a mark, with a bar at the median."""
    title = "Enter in window 1 → token drawn in window 2 (each mark a message, bar: median)"
    with drawing(path, title, width=9, height=1 + 0.75 * len(contenders)) as (axes,):
        chance = random.Random(2)  # noqa: S311 - only spreads the marks
        for row, contender in enumerate(contenders):
            for index, length in enumerate(_lengths(contender, lengths)):
                level = -row - 0.22 + 0.44 * (index == 0)
                values = [1_000 * each.other for each in samples[contender.name, length]]
                arrived = [value for value in values if math.isfinite(value)]
                axes.plot(
                    arrived,
                    [level + chance.uniform(-0.1, 0.1) for _ in arrived],
                    MARKERS[contender.name],
                    color=COLOURS[contender.name],
                    alpha=0.5,
                    markersize=4,
                    fillstyle="full" if index else "none",
                )
                if arrived:
                    middle = median(arrived)
                    axes.plot([middle, middle], [level - 0.19, level + 0.19], color="black", linewidth=2)
                    # Beside the plot: there no number can lie on another, nor on a mark.
                    axes.text(
                        1.01,
                        level,
                        f"{middle:.0f} ms",
                        transform=axes.get_yaxis_transform(),
                        va="center",
                        fontsize=9,
                    )
        labels = [(-row + 0.22, f"{each.title}, {lengths[0]} there") for row, each in enumerate(contenders)]
        labels += [(-row - 0.22, f"{lengths[-1]} there") for row, each in enumerate(contenders) if each.keeps]
        axes.set_yticks([level for level, _ in labels], [label for _, label in labels])
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel("milliseconds (logarithmic)")
        axes.grid(visible=False, axis="y")


SCENARIO = Scenario("delivery", "Enter in one browser to the token on the screen of another", run)
