"""What a server uses over time: its CPU and its memory, read once a second; and what others use meanwhile."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Self

import psutil

from bench.processes import Running

EVERY = 1.0
"""Seconds between two readings."""


@dataclass(frozen=True)
class Reading:
    """What a server had used at one moment.

    Attributes:
        at: When (`time.perf_counter`).
        cpu: CPU time so far, in seconds.
        mib: Resident memory, in MiB.
        others: CPU time of the machine so far that was neither the server's nor this program's, in seconds.
    """

    at: float
    cpu: float
    mib: float
    others: float


@dataclass(frozen=True)
class Use:
    """What a server used in a span of time.

    Attributes:
        cores: CPU, in cores, over the whole span.
        peak_cores: The same in the second that took most.
        peak_mib: The most memory, in MiB.
        others: CPU that everything else on the machine took meanwhile, in cores.
    """

    cores: float
    peak_cores: float
    peak_mib: float
    others: float


class Gauge:
    """Reads a server's CPU and memory for as long as the context lasts.

    Args:
        server: The server.

    Attributes:
        readings: What was read, in order.
    """

    def __init__(self, server: Running) -> None:
        self._server = server
        self.readings: list[Reading] = []

    async def __aenter__(self) -> Self:
        self.read()
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()

    def read(self) -> Reading:
        """Read now, besides."""
        cpu = self._server.cpu_seconds()
        others = _busy_seconds() - cpu - time.process_time()
        reading = Reading(time.perf_counter(), cpu, self._server.resident_mib(), others)
        self.readings.append(reading)
        return reading

    def use(self, start: Reading, end: Reading) -> Use:
        """Return what was used between two readings."""
        span = self.readings[self.readings.index(start) : self.readings.index(end) + 1]
        # A reading that was asked for besides may follow another too closely to say much.
        steps = [cores(one, other) for one, other in pairwise(span) if other.at - one.at > EVERY / 2]
        overall = cores(start, end)
        others = max(0.0, (end.others - start.others) / (end.at - start.at))
        return Use(overall, max(steps, default=overall), max(each.mib for each in span), others)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self.read()


def cores(start: Reading, end: Reading) -> float:
    """Return the CPU between two readings, in cores."""
    return (end.cpu - start.cpu) / (end.at - start.at)


def _busy_seconds() -> float:
    """Return the CPU time that all processors of the machine have spent on anything, in seconds."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))
