"""storage: what it costs to keep messages in a database, beside memory and beside the bare driver.

First the stores alone. Threads append tokens of real lengths into rooms that are full, so every message that
comes lets one fall out, as in a conversation that has gone on for a while: all into one room, or each into a
room of its own. Beside each store its bare driver (`sqlite3`, psycopg, PyMySQL) keeps the same messages in a
table of its own, with one INSERT and a commit for each. A store does more: it gives numbers without gaps,
knows a message that is sent twice, and lets old ones fall out. Reading is asking for what is new (one
message), and for all of a full room.

Windows are short and interleaved (each engine, store and driver in turn, again and again), and a ratio is the
median of the ratios of the rounds, so that a busy moment of the machine hits all sides.

Then a real server with each of them: see `storage_server.py`.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import count, cycle
from tempfile import TemporaryFile

from cryptography.fernet import Fernet

from bench.report import Report
from bench.scenario import Scenario, Setup
from bench.scenarios import storage_server as server
from bench.scenarios.storage_tables import (
    Windows,
    milliseconds,
    raw_of_servers,
    raw_of_stores,
    tables_of_servers,
    tables_of_stores,
)
from bench.stats import median
from bench.stores import Storage, engines
from bench.windows import Window, window
from securechat.rooms.store import MAX_ROOM_MESSAGES

ABOUT = (
    "Messages kept and read, in memory and in databases on the same machine, whose servers are set as "
    "installed. `bare` is the driver alone (`sqlite3`, psycopg, PyMySQL): one INSERT and a commit, in "
    "windows between the others; `×` is the share of its speed (median of the rounds). The rooms are full: "
    "with every message one falls out. Then a real server with each: pages that have the live feed of one "
    "room, some of which write."
)
WRITES = ((1, False), (8, False), (8, True), (32, False), (32, True))
"""How many threads write, and whether each into a room of its own."""

TOKENS = 512
SHORTEST, LONGEST = 16, 79  # characters of a text; its token has 120 to 184

Key = tuple[str, str]


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        rounds: How many rounds.
        seconds: Length of a window.
        messages: Messages that a room keeps.
        writes: See `WRITES`.
    """

    rounds: int
    seconds: float
    messages: int = MAX_ROOM_MESSAGES
    writes: tuple[tuple[int, bool], ...] = WRITES


FULL = Sizes(rounds=4, seconds=0.8)
QUICK = Sizes(rounds=1, seconds=0.1, messages=20, writes=((1, False), (4, True)))


def run(setup: Setup) -> Report:
    """Measure all engines that are installed."""
    sizes, server_sizes = (QUICK, server.QUICK) if setup.quick else (FULL, server.FULL)
    with engines() as (found, missing):
        setup.progress.expect(sizes.rounds + server_sizes.rounds * len(found) + server_sizes.readings)
        with ExitStack() as stack:
            storages = [engine.open(stack, sizes.messages) for engine in found]
            windows = _measure(setup, storages, sizes)
        talks = server.talk(setup, found, server_sizes)
        memories = server.remember(setup, found[:2], server_sizes)
    writings = [_name(threads, is_own=is_own) for threads, is_own in sizes.writes]
    disk = _flush_seconds()
    note = f"The disk: to flush 8 KiB takes {milliseconds(disk)} (median)."
    return Report(
        "storage",
        ABOUT,
        [
            *tables_of_stores(storages, windows, writings, sizes.messages),
            *tables_of_servers(found, talks, memories, server_sizes.people),
        ],
        {"stores": asdict(sizes), "server": asdict(server_sizes)},
        {
            "flush_seconds": disk,
            "stores": raw_of_stores(windows),
            **raw_of_servers(talks, memories),
        },
        note="\n\n".join([note, *missing]),
    )


def _measure(setup: Setup, storages: list[Storage], sizes: Sizes) -> Windows:
    """Return the windows of each store, by its name and by what was done."""
    tokens = _tokens(setup.fernet)
    for storage in storages:
        setup.progress.doing(f"{storage.title} is filled")
        _fill(storage, tokens, sizes)
    works = _works(storages, tokens, sizes)
    windows: dict[Key, list[Window]] = defaultdict(list)
    for number_of_round in range(sizes.rounds):
        setup.progress.doing(f"round {number_of_round + 1}")
        for key, threads, work in works if number_of_round % 2 else reversed(works):
            windows[key].append(window(threads, sizes.seconds, work))
        setup.progress.step()
    return {key: windows[key] for key, _, _ in works}


def _works(
    storages: list[Storage], tokens: list[str], sizes: Sizes
) -> list[tuple[Key, int, Callable[[int], object]]]:
    """Return all that is done in a round: what it is called, in how many threads, and what does it once."""
    works: list[tuple[Key, int, Callable[[int], object]]] = []

    def write(append: Callable[[int, str, str], None], *, is_own: bool) -> Callable[[int], object]:
        numbers = count()
        return lambda thread: append(thread, _room(thread, is_own=is_own), tokens[next(numbers) % TOKENS])

    for threads, is_own in sizes.writes:
        for storage in storages:
            name = _name(threads, is_own=is_own)
            works.append(((storage.name, name), threads, write(storage.append, is_own=is_own)))
            if storage.bare:
                bare = write(storage.bare.append, is_own=is_own)
                works.append(((storage.name, f"bare, {name}"), threads, bare))
    for storage in storages:
        works.append(((storage.name, "news"), 1, _read(storage, 1)))
        works.append(((storage.name, "all"), 1, _read(storage, sizes.messages)))
    return works


def _fill(storage: Storage, tokens: list[str], sizes: Sizes) -> None:
    """Fill all rooms."""
    rooms = {_room(thread, is_own=own) for threads, own in sizes.writes for thread in range(threads)}
    for room in sorted(rooms):
        for token, _ in zip(cycle(tokens), range(sizes.messages), strict=False):
            storage.append(0, room, token)


def _read(storage: Storage, messages: int) -> Callable[[int], object]:
    """Return what reads so many of the newest messages: in a room in which nobody writes just then."""
    room, known = _room(0, is_own=False), 0

    def read(_: int) -> None:
        nonlocal known
        view = storage.store.since(room, known)
        if len(view.messages) != messages:  # the first time, and when others have written since
            known = view.last_id - messages

    return read


def _name(threads: int, *, is_own: bool) -> str:
    if threads == 1:
        return "1 thread"
    return f"{threads} threads, {'a room each' if is_own else 'one room'}"


def _room(thread: int, *, is_own: bool) -> str:
    return f"room-{thread}" if is_own else "room"


def _tokens(fernet: Fernet) -> list[str]:
    """Return tokens of texts of all lengths that are usual."""
    lengths = [SHORTEST + number % (LONGEST + 1 - SHORTEST) for number in range(TOKENS)]
    return [fernet.encrypt(b"x" * length).decode() for length in lengths]


def _flush_seconds() -> float:
    """Return how long it takes to have a page of a journal on the disk."""
    took = []
    with TemporaryFile() as file:
        for _ in range(200):
            file.write(b"x" * 8_192)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - start)
    return median(took)


SCENARIO = Scenario("storage", "messages in databases, beside memory and bare drivers", run)
