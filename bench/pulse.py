"""A server's pulse: how long its health check takes, its descriptors and its memory, read from outside.

`python -m bench.pulse URL PID` reads in a process of its own, so that it does not feel what the bench itself
is busy with, and prints each reading as a line of JSON until it is ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench.processes import ROOT, Running
from bench.stats import percentile

EVERY = 0.05
"""Seconds between two readings."""

PATIENCE = 20.0
"""Seconds after which a health check counts as not answered."""

HEALTH = "/_stcore/health"


@dataclass(frozen=True)
class Pulse:
    """What was read in a span of time.

    Attributes:
        p50: Median of the seconds that a health check took.
        p95: The same for 95 of 100.
        worst: The longest, among them those that were not answered.
        stillness: The longest time between two answers, in seconds.
        descriptors: Most descriptors that were open at once.
        mib: Most resident memory, in MiB.
    """

    p50: float
    p95: float
    worst: float
    stillness: float
    descriptors: int
    mib: float


class Readings:
    """All readings so far.

    Args:
        path: Where the program writes them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def between(self, start: float, end: float) -> Pulse:
        """Return what was read in a span of time; a health check belongs to when it began.

        Args:
            start: When it begins (`time.monotonic`).
            end: When it ends.
        """
        lines = [json.loads(line) for line in self._path.read_text().splitlines() if line.endswith("}")]
        there = [line for line in lines if start <= line["at"] <= end]
        checks = [line for line in there if "took" in line]
        took = [line["took"] for line in checks]
        answers = [start, *(line["at"] + line["took"] for line in checks if line["is_answered"]), end]
        uses = [line for line in there if "descriptors" in line]
        return Pulse(
            percentile(took, 50),
            percentile(took, 95),
            max(took, default=end - start),
            max(0.0, *(after - before for before, after in pairwise(answers))),
            max((line["descriptors"] for line in uses), default=0),
            max((line["mib"] for line in uses), default=0.0),
        )


@contextmanager
def feeling(server: Running) -> Iterator[Readings]:
    """Read a server's pulse for as long as the context lasts."""
    path = server.log.with_name("pulse.jsonl")
    command = (sys.executable, "-m", "bench.pulse", server.url, str(server.process.pid))
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with path.open("w") as output, subprocess.Popen(command, stdout=output, env=environ) as program:
        try:
            while program.poll() is None and not path.read_text():
                time.sleep(EVERY)
            yield Readings(path)
        finally:
            program.terminate()


def _check_health(url: str) -> tuple[bool, float]:
    """Return whether the health check is answered, and how long that takes."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    begun = time.monotonic()
    try:
        connection.request("GET", HEALTH)
        is_answered = connection.getresponse().status == 200
    except (OSError, HTTPException):
        is_answered = False
    finally:
        connection.close()
    return is_answered, time.monotonic() - begun


def _read_use(process: psutil.Process) -> None:
    while True:
        with suppress(psutil.AccessDenied):
            use = {"descriptors": process.num_fds(), "mib": process.memory_info().rss / 2**20}
            _say({"at": time.monotonic(), **use})
        time.sleep(EVERY)


def _say(reading: dict[str, float]) -> None:
    """Write a reading as one piece: two threads write."""
    sys.stdout.write(json.dumps(reading) + "\n")
    sys.stdout.flush()


def _main(url: str, pid: str) -> None:
    threading.Thread(target=_read_use, args=(psutil.Process(int(pid)),), daemon=True).start()
    while True:
        at = time.monotonic()
        is_answered, took = _check_health(url)
        _say({"at": at, "took": took, "is_answered": is_answered})
        time.sleep(EVERY)


if __name__ == "__main__":
    _main(*sys.argv[1:])
