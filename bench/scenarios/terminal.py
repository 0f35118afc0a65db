"""terminal: two terminals that write to each other in a sealed room, beside a naive pair.

All are real programs at pseudo-terminals, with one key file. SecureChat is `python -m securechat host` and
two `python -m securechat join`; the naive pair is `bench/peers/naive_terminal.py`, of which one listens and
the other joins. Starts come first, in turn, each of a client whose other side waits for it already; the first
of each does not count. Then all are open at once, and the texts go in turn, too: first the one, then the
other, to and fro.

A text is typed, and when the writer's terminal shows it and is at rest, Enter is pressed. From there until
the other terminal has read the whole text: this is one number. Memory is read at the end.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import ROOT, BenchError
from bench.report import Report, Table, number, times
from bench.scenario import Scenario, Setup
from bench.stats import median, percentile, ratio
from bench.terminals import Terminal
from securechat.sealed.shares import CONNECTION_SENDS
from tests.support import free_port

TARGET_MS, TARGET_READY, TARGET_MIB = 10, 0.5, 50
ABOUT = (
    "Two real terminals write to each other: `join` and `join` by way of `host`, and beside them, in turn in "
    "the same run, a naive pair of threads and sockets that encrypts with Fernet. From Enter to the text in "
    "the other terminal, from the start of a client until it is connected and can be typed in (median), and "
    f"resident memory at the end. `×` is the ratio to the naive pair. Targets: p50 ≤ {TARGET_MS} ms, ready "
    f"≤ {TARGET_READY} s, ≤ {TARGET_MIB} MiB each for `host` and `join`."
)
NOTE = (
    "The naive pair has no server between its terminals: beside `host` stands the one of the two that "
    "listens. It keeps nothing, connects once, numbers nothing, and mixes what comes in into a half-typed "
    "line."
)

REST = 0.3 * CONNECTION_SENDS[1] / CONNECTION_SENDS[0]
"""Seconds from a typed text to its Enter. A connection writes once in four of these: slower than it may."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        starts: Clients that are started, of each.
        texts: Texts that are written, in each.
    """

    starts: int
    texts: int


FULL = Sizes(starts=20, texts=100)
QUICK = Sizes(starts=2, texts=6)


@dataclass(frozen=True)
class Kind:
    """A chat of two terminals.

    Attributes:
        name: Its name in the raw results.
        title: Its name in errors.
        host: Makes the command of the side that is waited for, from a port and a key file.
        waits: What that shows when others can come.
        join: Makes the command of a client.
        ready: What a client shows when it is connected and can be typed in.
        has_relay: Whether that side only passes on, so that it takes two clients.
    """

    name: str
    title: str
    host: Callable[[int, Path], tuple[str, ...]]
    waits: str
    join: Callable[[int, Path], tuple[str, ...]]
    ready: tuple[str, ...]
    has_relay: bool


def _securechat(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "securechat", *arguments)


def _naive(role: str, port: int, key: Path) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "bench" / "peers" / "naive_terminal.py"), role, str(port), str(key))


OURS = Kind(
    name="securechat",
    title="SecureChat at the terminal",
    host=lambda port, _: _securechat("host", "--port", str(port)),
    waits="Ctrl+C ends it.",
    join=lambda port, key: _securechat("join", f"http://127.0.0.1:{port}", "--key-file", str(key)),
    ready=("connected.", "\x1b[?2004h"),  # bracketed paste is on as long as keys are taken
    has_relay=True,
)
NAIVE = Kind(
    name="naive_terminal",
    title="naive pair",
    host=lambda port, key: _naive("listen", port, key),
    waits="Waiting.",
    join=lambda port, key: _naive("join", port, key),
    ready=("Connected.", "> "),
    has_relay=False,
)
KINDS = (NAIVE, OURS)


@dataclass(frozen=True)
class Chat:
    """Two terminals that are connected, and the side that was waited for: one of them, or a relay."""

    host: Terminal
    ends: tuple[Terminal, Terminal]


@dataclass
class Found:
    """What was measured of one chat: seconds, and MiB at the end (of the larger client, where it has two)."""

    ready: list[float]
    delivered: list[float]
    host_mib: float = 0.0
    join_mib: float = 0.0


def run(setup: Setup) -> Report:
    """Measure both.

    Raises:
        BenchError: This is not Linux, or a program does not work.
    """
    if sys.platform != "linux":
        raise BenchError("The terminals are measured on Linux only.")
    sizes = QUICK if setup.quick else FULL
    setup.progress.expect(sizes.starts + sizes.texts + 2)
    found = {kind.name: Found([], []) for kind in KINDS}
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        key = folder / "key.key"
        key.touch(0o600)
        key.write_text(setup.key, encoding="utf-8")
        setup.progress.doing("starts")
        for turn in range(sizes.starts + 1):
            for kind in _in_turn(turn):
                seconds = _start(kind, folder, key)
                if turn:  # the first has to compile, and to read everything from the disk
                    found[kind.name].ready.append(seconds)
            setup.progress.step()
        setup.progress.doing("texts")
        with ExitStack() as stack:
            chats = {kind.name: stack.enter_context(_chat(kind, folder, key)) for kind in KINDS}
            for turn in range(sizes.texts + 1):
                for kind in _in_turn(turn // 2):  # each of both ways comes first as often as last
                    seconds = _deliver(chats[kind.name], turn)
                    if turn:
                        found[kind.name].delivered.append(seconds)
                setup.progress.step()
            for kind in KINDS:
                chat, its = chats[kind.name], found[kind.name]
                its.host_mib = chat.host.resident_mib()
                its.join_mib = max(end.resident_mib() for end in chat.ends if end is not chat.host)
    measured = {name: asdict(its) for name, its in found.items()}
    return Report("terminal", ABOUT, [_table(found)], asdict(sizes), measured, note=NOTE)


def _in_turn(turn: int) -> tuple[Kind, ...]:
    return KINDS if turn % 2 else KINDS[::-1]


@contextmanager
def _hosting(kind: Kind, folder: Path, key: Path) -> Iterator[tuple[Terminal, int]]:
    port = free_port()
    with Terminal(f"{kind.title}, host", kind.host(port, key), folder) as host:
        host.wait_for(kind.waits)
        yield host, port


def _start(kind: Kind, folder: Path, key: Path) -> float:
    """Return how many seconds a client takes until it is ready."""
    with (
        _hosting(kind, folder, key) as (_, port),
        Terminal(f"{kind.title}, client", kind.join(port, key), folder) as client,
    ):
        return client.wait_for(*kind.ready) - client.started


@contextmanager
def _chat(kind: Kind, folder: Path, key: Path) -> Iterator[Chat]:
    with ExitStack() as stack:
        host, port = stack.enter_context(_hosting(kind, folder, key))

        def client() -> Terminal:
            made = Terminal(f"{kind.title}, client", kind.join(port, key), folder)
            stack.enter_context(made).wait_for(*kind.ready)
            return made

        yield Chat(host, (client() if kind.has_relay else host, client()))


def _deliver(chat: Chat, turn: int) -> float:
    """Return how many seconds a text takes from Enter to the other terminal."""
    writer, reader = chat.ends if turn % 2 else chat.ends[::-1]
    text = f"text {turn:04d}"
    writer.type(text)
    writer.wait_for(text)
    time.sleep(REST)
    start = time.perf_counter()
    writer.type("\r")
    return reader.wait_for(text) - start


def _table(found: dict[str, Found]) -> Table:
    ours, naive = found[OURS.name], found[NAIVE.name]

    def row(what: str, of: Callable[[Found], float], form: str, unit: str, target: str) -> list[str]:
        values = of(ours), of(naive)
        return [what, *(number(value, form, unit) for value in values), times(ratio(*values)), target]

    def delivered_ms(percent: float) -> Callable[[Found], float]:
        return lambda its: 1_000 * percentile(its.delivered, percent)

    def ready(its: Found) -> float:
        return median(its.ready)

    mib = f"≤ {TARGET_MIB} MiB"
    rows = [
        row("Enter to the other terminal, p50", delivered_ms(50), ".1f", " ms", f"≤ {TARGET_MS} ms"),
        row("Enter to the other terminal, p95", delivered_ms(95), ".1f", " ms", "—"),
        row("a client is ready after", ready, ".2f", " s", f"≤ {TARGET_READY} s"),
        row("memory of `join`", lambda its: its.join_mib, ".0f", " MiB", mib),
        row("memory of `host`", lambda its: its.host_mib, ".0f", " MiB", mib),
    ]
    return Table("", ["", "SecureChat", "naive pair", "×", "target"], rows)


SCENARIO = Scenario("terminal", "from Enter to the text in another terminal, beside a naive pair", run)
