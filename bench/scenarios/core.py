"""core: what SecureChat's own layers cost over bare `cryptography.fernet.Fernet`.

Bare means what any program with texts has to do: encode, `Fernet.encrypt`, decode, and back. `KeyRing` does
that and more: it checks that a token has its one canonical spelling and is not from the future. A store has
no counterpart in `Fernet`, so `append` says how many messages the store takes beside how many `Fernet` can
make, in a room that is full: every message that comes lets one fall out. Encrypting and appending together
stand beside encrypting alone, for information: this does more than the bare side, so it has no target.

Rounds are short and interleaved, and the ratio is the median of the ratios of the rounds, so that a busy
moment of the machine hits both sides. CPU time of the thread is what counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import repeat

from cryptography.fernet import Fernet

from bench.report import Report, Table, number
from bench.scenario import Scenario, Setup
from bench.stats import median
from securechat.crypto.keyring import KeyRing
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.store import MAX_ROOM_MESSAGES

ABOUT = (
    "Operations a second in one thread, and the share of bare `Fernet`'s speed (median of interleaved "
    "rounds; CPU time)."
)
NOTE = (
    "`append` is `InMemoryMessageStore.append` alone, into a full room, beside bare `Fernet.encrypt` alone: "
    "how many messages the store takes beside how many `Fernet` can make. `encrypt + append` is both "
    "together beside bare encrypt alone, so it does more than that; it has no target."
)
TARGET = 0.85


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        rounds: How many rounds.
        calls: Calls of each operation in a round.
        characters: Lengths of the messages.
    """

    rounds: int
    calls: int
    characters: tuple[int, ...] = (40, 2_000)


FULL = Sizes(rounds=101, calls=500)
QUICK = Sizes(rounds=5, calls=100)


@dataclass(frozen=True)
class Pair:
    """Something that SecureChat does, and what it stands beside; and whether the target holds for it."""

    name: str
    ours: Callable[[], object]
    bare: Callable[[], object]
    has_target: bool = True


def run(setup: Setup) -> Report:
    """Measure all operations with messages of all lengths."""
    sizes = QUICK if setup.quick else FULL
    setup.progress.expect(sizes.rounds * len(sizes.characters))
    rows: list[list[str]] = []
    measured: list[dict[str, object]] = []
    for characters in sizes.characters:
        pairs = _pairs(setup.key, "x" * characters)
        samples: dict[str, list[tuple[float, float]]] = {pair.name: [] for pair in pairs}
        for number_of_round in range(sizes.rounds):
            for pair in pairs:
                samples[pair.name].append(_round(pair, sizes.calls, ours_first=bool(number_of_round % 2)))
            setup.progress.step()
        for pair in pairs:
            name, times = pair.name, samples[pair.name]
            ours, bare = median([each[0] for each in times]), median([each[1] for each in times])
            share = median([bare / ours for ours, bare in times])
            rows.append(
                [
                    f"{name}, {characters:,} characters",
                    number(1 / ours, ",.0f"),
                    number(1 / bare, ",.0f"),
                    number(share, ".2f"),
                    f"≥ {TARGET}" if pair.has_target else "—",
                ]
            )
            measured.append({"operation": name, "characters": characters, "share": share, "seconds": times})
    table = Table("", ["operation", "SecureChat, a second", "bare Fernet, a second", "share", "target"], rows)
    return Report("core", ABOUT, [table], asdict(sizes), measured, note=NOTE)


def _pairs(key: str, text: str) -> tuple[Pair, ...]:
    ring, fernet, store = KeyRing.from_text(key), Fernet(key), InMemoryMessageStore()
    token = ring.encrypt(text)
    for _ in repeat(None, MAX_ROOM_MESSAGES):
        store.append("demo", "A", token)

    def bare_encrypt() -> str:
        return fernet.encrypt(text.encode()).decode()

    return (
        Pair("encrypt / bare encrypt", lambda: ring.encrypt(text), bare_encrypt),
        Pair("decrypt / bare decrypt", lambda: ring.decrypt(token), lambda: fernet.decrypt(token).decode()),
        Pair("append / bare encrypt", lambda: store.append("demo", "A", token), bare_encrypt),
        Pair(
            "encrypt + append / bare encrypt",
            lambda: store.append("demo", "A", ring.encrypt(text)),
            bare_encrypt,
            has_target=False,
        ),
    )


def _round(pair: Pair, calls: int, *, ours_first: bool) -> tuple[float, float]:
    """Return the seconds of one call, ours and bare."""
    if ours_first:
        return _seconds(pair.ours, calls), _seconds(pair.bare, calls)
    bare = _seconds(pair.bare, calls)
    return _seconds(pair.ours, calls), bare


def _seconds(operation: Callable[[], object], calls: int) -> float:
    start = time.thread_time()
    for _ in repeat(None, calls):
        operation()
    return (time.thread_time() - start) / calls


SCENARIO = Scenario("core", "encrypt, decrypt and append a second, beside bare Fernet", run)
