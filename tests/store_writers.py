"""Processes that write into one room at once, and what each of them was told that it has stored.

As a program: `python -m tests.store_writers URL PROCESS COUNT`. It says when it is ready, begins when it
reads a line, and prints a line for each message that was acknowledged.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count, islice

from sqlalchemy import URL, make_url

from securechat.database.engine import Database
from securechat.database.store import SqlMessageStore
from securechat.errors import StoreUnavailable
from tests.support import ROOT

PROCESSES = 4
THREADS = 8
ROOM = "room"
KEPT = 100_000
PATIENCE = 60  # seconds until something that does not come counts as lost


class Writers:
    """Processes that write.

    Attributes:
        acknowledged: The id and the token of each message that a process has acknowledged, in no order.
    """

    def __init__(self, url: URL, messages: int) -> None:
        self.acknowledged: list[tuple[int, str]] = []
        self._came = threading.Condition()
        self._processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.store_writers"),
                    *(url.render_as_string(hide_password=False), f"process {number}", str(messages)),
                ],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(PROCESSES)
        ]
        self._readers = [threading.Thread(target=self._read, args=[each]) for each in self._processes]

    def start(self) -> None:
        """Let all of them begin, when all are ready."""
        for process in self._processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process, reader in zip(self._processes, self._readers, strict=True):
            assert process.stdin
            process.stdin.write("begin\n")
            process.stdin.flush()
            reader.start()

    def wait_for(self, acknowledged: int) -> None:
        """Wait until that many messages are acknowledged."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.acknowledged) >= acknowledged, PATIENCE)

    def wait(self) -> None:
        """Wait until all have written what they were to write."""
        for reader, process in zip(self._readers, self._processes, strict=True):
            reader.join(PATIENCE)
            assert process.wait(PATIENCE) == 0

    def kill(self) -> None:
        """Kill all of them in the middle of whatever they do, and read what they have said."""
        for process in self._processes:
            process.kill()
        for process, reader in zip(self._processes, self._readers, strict=True):
            process.wait(PATIENCE)
            if reader.ident is not None:
                reader.join(PATIENCE)
            for pipe in (process.stdin, process.stdout):
                assert pipe
                pipe.close()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            if line.endswith("\n"):
                number, _, token = line.strip().partition(" ")
                with self._came:
                    self.acknowledged.append((int(number), token))
                    self._came.notify_all()


@contextmanager
def writers(url: URL, messages: int) -> Iterator[Writers]:
    """Start processes that write when they are told to; none of them is left afterwards.

    Args:
        url: The database.
        messages: How many each thread of theirs writes; -1 if they write until they are killed.
    """
    started = Writers(url, messages)
    try:
        started.start()
        yield started
    finally:
        started.kill()


def _write(store: SqlMessageStore, sender: str, messages: int) -> None:
    for number in islice(count(), None if messages < 0 else messages):
        name = f"{sender}, {number}"
        for _ in range(2 if number % 10 == 0 else 1):  # every tenth is sent twice
            message_id = _send(store, sender, name)
            os.write(1, f"{message_id} {name}\n".encode())  # whole, or not at all


def _send(store: SqlMessageStore, sender: str, name: str) -> int:
    for _ in range(20):
        try:
            return store.append(ROOM, sender, name, client_id=name).id
        except StoreUnavailable:  # as a page does: again, under the same name
            continue
    raise StoreUnavailable


def _main(url: str, process: str, messages: str) -> None:
    store = SqlMessageStore(Database(make_url(url)), max_messages=KEPT)
    store.head(ROOM)
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [
            pool.submit(_write, store, f"{process}, {thread}", int(messages)) for thread in range(THREADS)
        ]:
            done.result()
    store.close()


if __name__ == "__main__":
    _main(*sys.argv[1:])
