"""siege: what one computer in the network can do to a server, and whether the others notice.

Each attack meets a server that has just been started, with as many descriptors as Linux gives a program at
first, in a network that swallows what goes out to the internet. Meanwhile another process asks for the health
check again and again, and counts descriptors and memory (`bench/pulse.py`). Beside SecureChat stands a
Streamlit page with one line and Streamlit's own settings, for what Streamlit does by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial

from bench import siege
from bench.contenders import ONE_LINE, SECURECHAT, Contender, frugal, securechat_in, streamlit_page
from bench.processes import BenchError
from bench.pulse import Pulse, feeling
from bench.report import Report, Table, milliseconds, number
from bench.scenario import Scenario, Setup

ABOUT = (
    "Attacks from one computer, each on a server that has just been started; the health check is asked for "
    "every 50 ms meanwhile. Stillness: the longest time without an answer to it. `at first` and `after` are "
    "before the attack, and some seconds after its end."
)


@dataclass(frozen=True)
class Sizes:
    """How much is done.

    Attributes:
        visitors: How many come and go.
        at_once: How many of them are there at once.
        foreign: How often the sockets are asked for from a foreign origin.
        uploads: How many files of 1 MB.
        states: How many giant states.
        names: Widgets in each of them.
        seconds: How long each attack may take.
        rest: Seconds until the last look.
        descriptors: What the server may have when it starts.
    """

    visitors: int
    at_once: int
    foreign: int
    uploads: int
    states: int
    names: int
    seconds: float
    rest: float
    descriptors: int = 1_024


FULL = Sizes(
    visitors=1_000, at_once=120, foreign=200, uploads=300, states=3, names=1_200_000, seconds=120, rest=20
)
QUICK = Sizes(visitors=12, at_once=6, foreign=6, uploads=6, states=1, names=50_000, seconds=20, rest=1)


@dataclass(frozen=True)
class Outcome:
    """What an attack did.

    Attributes:
        answers: What came of each attempt, and how often.
        seconds: How long it took.
        before: The pulse in the second before.
        during: The pulse meanwhile.
        after: The pulse in the second at the end.
    """

    answers: Mapping[str, int]
    seconds: float
    before: Pulse
    during: Pulse
    after: Pulse


def run(setup: Setup) -> Report:
    """Besiege SecureChat, and a Streamlit page with one line."""
    sizes = QUICK if setup.quick else FULL
    contenders = (
        replace(SECURECHAT, launch=frugal(securechat_in(setup.app), sizes.descriptors)),
        replace(ONE_LINE, launch=frugal(streamlit_page("one_line"), sizes.descriptors)),
    )
    attacks = {each.name: _attacks(sizes, each) for each in contenders}
    setup.progress.expect(sum(map(len, attacks.values())))
    outcomes: dict[str, dict[str, Outcome]] = {each.name: {} for each in contenders}
    for contender in contenders:
        for name, (attack, count) in attacks[contender.name].items():
            setup.progress.doing(f"{contender.title}: {name}")
            outcomes[contender.name][name] = _besiege(setup, contender, attack, count, sizes)
            setup.progress.step()
    measured = {
        name: {attack: asdict(outcome) for attack, outcome in each.items()} for name, each in outcomes.items()
    }
    return Report("siege", ABOUT, _tables(contenders, outcomes), asdict(sizes), measured)


def _attacks(sizes: Sizes, contender: Contender) -> dict[str, tuple[siege.Attack, int]]:
    """Return the attacks by their names, and how often each is done."""
    visits = partial(siege.visits, with_feed=contender.name == SECURECHAT.name, at_once=sizes.at_once)
    return {
        "visitors come and go": (visits, sizes.visitors),
        "foreign origins": (siege.foreign_origins, sizes.foreign),
        "uploads of 1 MB": (siege.uploads, sizes.uploads),
        "giant states": (partial(siege.giant_states, names=sizes.names), sizes.states),
    }


def _besiege(setup: Setup, contender: Contender, attack: siege.Attack, count: int, sizes: Sizes) -> Outcome:
    """Start a server, let an attack have its way with it, and return what came of it."""
    with (
        siege.no_way_out() as environ,
        contender.running(setup.key, environ=environ) as server,
        feeling(server) as readings,
    ):
        start = time.monotonic()
        try:
            asyncio.run(siege.first_visit(server.url))
            time.sleep(1)
            start = time.monotonic()
            answers: Mapping[str, int] = asyncio.run(attack(server.url, count, sizes.seconds))
        except siege.NO_ANSWER as error:
            answers = Counter({f"stopped by {type(error).__name__}": 1})
        end = time.monotonic()
        time.sleep(sizes.rest)
        try:
            server.check()
        except BenchError:
            answers = {**answers, "the server ended": 1}
        return Outcome(
            answers,
            end - start,
            readings.between(start - 1, start),
            readings.between(start, end),
            readings.between(end + sizes.rest - 1, end + sizes.rest),
        )


def _tables(contenders: tuple[Contender, ...], outcomes: Mapping[str, Mapping[str, Outcome]]) -> list[Table]:
    """Return a table of what the others notice, and one of what the server spends."""
    noticed, spent = [], []
    for contender in contenders:
        for attack, each in outcomes[contender.name].items():
            name = f"{contender.title}: {attack}"
            said = ", ".join(f"{count} × {answer}" for answer, count in sorted(each.answers.items()))
            noticed.append(
                [
                    name,
                    said,
                    number(each.seconds, ".1f", " s"),
                    milliseconds(each.during.p50),
                    milliseconds(each.during.p95),
                    milliseconds(each.during.worst),
                    milliseconds(each.during.stillness),
                ]
            )
            phases = (each.before, each.during, each.after)
            spent.append(
                [
                    name,
                    *(f"{phase.descriptors}" for phase in phases),
                    *(number(phase.mib, ".0f", " MiB") for phase in phases),
                ]
            )
    return [
        Table(
            "What the others notice",
            ["attack", "answers", "took", "health p50", "p95", "longest", "stillness"],
            noticed,
        ),
        Table(
            "What it costs the server",
            ["attack", "descriptors at first", "most", "after", "memory at first", "most", "after"],
            spent,
        ),
    ]


SCENARIO = Scenario("siege", "what strangers can do to a server, and what the others notice", run)
