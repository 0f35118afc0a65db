"""Windows of time in which some threads do one thing again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.processes import BenchError


@dataclass(frozen=True)
class Window:
    """What was done in a window.

    Attributes:
        rate: How often a second, all threads together.
        took: The seconds that each time took.
    """

    rate: float
    took: tuple[float, ...]


def window(threads: int, seconds: float, work: Callable[[int], object]) -> Window:
    """Let threads do something until the time is over.

    Args:
        threads: How many.
        seconds: For how long. What has begun by then is done to its end, and counts. Each does it once at
            least.
        work: Does it once; gets the number of the thread.

    Raises:
        BenchError: It failed.
    """
    took: list[list[float]] = [[] for _ in range(threads)]
    errors: list[Exception] = []
    ready = threading.Barrier(threads + 1)
    begun = 0.0

    def run(number: int) -> None:
        ready.wait()
        end = begun + seconds
        try:
            start = time.perf_counter()
            while not took[number] or start < end:
                work(number)
                took[number].append(time.perf_counter() - start)
                start = time.perf_counter()
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    begun = time.perf_counter()
    ready.wait()
    for worker in workers:
        worker.join()
    lasted = time.perf_counter() - begun
    if errors:
        raise BenchError(f"In a window of {threads} threads: {errors[0]!r}") from errors[0]
    every = tuple(second for each in took for second in each)
    return Window(len(every) / lasted, every)
