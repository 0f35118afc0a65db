"""Processes that begin something in the same moment."""

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.pool import Pool
from typing import Protocol

PATIENCE = 60  # seconds until a process that never comes counts as lost


class Barrier(Protocol):
    """What threads' and processes' barriers have in common."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until all are there."""


_start: Barrier = threading.Barrier(1)


def _enter(start: Barrier) -> None:
    """Keep the barrier in a process of the pool."""
    global _start
    _start = start


def wait_for_all() -> None:
    """Wait, in a process of the pool, until all the others are there."""
    _start.wait(PATIENCE)


@contextmanager
def processes(count: int) -> Iterator[Pool]:
    """Start processes, each with nothing inherited, as real ones are."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(count, _enter, (context.Barrier(count),)) as pool:
        yield pool
        pool.close()
        pool.join()
