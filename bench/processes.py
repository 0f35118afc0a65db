"""Servers under measurement: started, watched for their CPU and memory, and stopped.

A server that dies or never answers gives an error with the end of its log; nothing here waits without
an end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
"""The folder of `app.py`."""

START_SECONDS = 60.0
"""How long a server may take until it answers."""

LOG_LINES = 25
"""Lines of a server's log that an error shows."""

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


class BenchError(RuntimeError):
    """What is measured does not work. The message says why, with the end of a log if there is one."""


@dataclass(frozen=True)
class Launch:
    """How a server is started.

    Attributes:
        command: The program and its arguments.
        folder: Where it runs; its home, too.
    """

    command: tuple[str, ...]
    folder: Path


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Attributes:
        name: What it is called in messages.
        url: Its address, without a slash at the end.
        log: What it wrote.
        process: Its first process.
    """

    name: str
    url: str
    log: Path
    process: psutil.Popen

    def tree(self) -> list[psutil.Process]:
        """Return the server's processes.

        Raises:
            BenchError: The server has ended.
        """
        self.check()
        return [self.process, *self.process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Return the CPU time that all its processes have used so far, in seconds."""
        return sum(_cpu_seconds(process) for process in self.tree())

    def resident_mib(self) -> float:
        """Return the resident memory of all its processes, in MiB."""
        return float(sum(process.memory_info().rss for process in self.tree()) / 2**20)

    def check(self) -> None:
        """Raise BenchError where the server has ended."""
        if (code := self.process.poll()) is not None:
            raise self.error(f"ended with code {code}")

    def error(self, problem: str) -> BenchError:
        """Return an error about this server, with the end of its log."""
        return BenchError(f"{self.name}: {problem}. The end of its log:\n{tail(self.log)}")


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-LOG_LINES:]) or "    (empty)"


@contextmanager
def serving(name: str, launch: Launch, settings: Mapping[str, str], port: int) -> Iterator[Running]:
    """Start a server, wait until it answers, and stop it and its children afterwards.

    Args:
        name: What it is called in messages.
        launch: How to start it.
        settings: What its environment has besides the path.
        port: Where it will serve, on 127.0.0.1.

    Raises:
        BenchError: It ended, or did not answer within `START_SECONDS`.
    """
    launch.folder.mkdir(parents=True, exist_ok=True)
    log = launch.folder / "server.log"
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    environ = kept | {"HOME": str(launch.folder), "PYTHONPATH": str(ROOT)} | dict(settings)
    with log.open("wb") as output:
        process = psutil.Popen(
            launch.command, cwd=launch.folder, env=environ, stdout=output, stderr=subprocess.STDOUT
        )
    server = Running(name, f"http://127.0.0.1:{port}", log, process)
    try:
        _wait_for_answer(server)
        yield server
    finally:
        _stop(process)


def _wait_for_answer(server: Running) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        server.check()
        try:
            with urllib.request.urlopen(server.url, timeout=5):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise server.error(f"did not answer within {START_SECONDS:.0f} s")


def _cpu_seconds(process: psutil.Process) -> float:
    if sys.platform == "linux":
        # The clock that clock_getcpuclockid(3) names: exact, where cpu_times() counts in steps of 10 ms.
        return time.clock_gettime((~process.pid << 3) | 2)
    times = process.cpu_times()
    return float(times.user + times.system)


def _stop(process: psutil.Popen) -> None:
    try:
        tree = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        tree = [process]
    for each in tree:
        _signal(each, kill=False)
    _, alive = psutil.wait_procs(tree, timeout=8)
    for each in alive:
        _signal(each, kill=True)
    psutil.wait_procs(alive, timeout=8)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill() if kill else process.terminate()
