"""The bench of the terminals: the naive pair really encrypts, and what is measured comes to an end."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.support import CANARY, CANARY_KEY, ROOT, free_port

PEER = ROOT / "bench" / "peers" / "naive_terminal.py"
PATIENCE = 60

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the bench of the terminals needs Linux")


def key_file(folder: Path) -> Path:
    """Return a new file with the key of the tests."""
    path = folder / "key.key"
    path.write_text(CANARY_KEY, encoding="utf-8")
    return path


def test_the_naive_pair_sends_tokens_and_shows_texts(tmp_path: Path) -> None:
    """One line each way: what goes over the wire is a token of the shared key, what is shown is the text."""
    port, fernet = free_port(), Fernet(CANARY_KEY)
    command = [sys.executable, str(PEER), "listen", str(port), str(key_file(tmp_path))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as naive:
        assert naive.stdin is not None
        assert naive.stdout is not None
        assert naive.stdout.readline() == "Waiting.\n"
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
            naive.stdin.write(f"{CANARY}\n")
            naive.stdin.close()
            token = wire.makefile("rb").readline().strip()
            wire.sendall(fernet.encrypt("Grüße".encode()) + b"\n")
        shown = naive.stdout.read()
        assert naive.wait(PATIENCE) == 0
    assert CANARY.encode() not in token
    assert fernet.decrypt(token).decode() == CANARY
    assert "friend: Grüße" in shown  # its two threads may show "> " before the end of the line


def test_terminals_are_measured_and_the_key_is_not_kept(tmp_path: Path) -> None:
    """A small run has as many finite numbers of each as it says, and keeps no key."""
    pytest.importorskip("psutil", reason="only the bench needs it")
    pytest.importorskip("tqdm", reason="only the bench needs it")
    from bench.scenario import Progress, Setup
    from bench.scenarios import terminal

    progress = Progress("terminal")
    try:
        report = terminal.SCENARIO.run(Setup(True, progress, CANARY_KEY))
    finally:
        progress.close()
    assert set(report.measured) == {"securechat", "naive_terminal"}
    for its in report.measured.values():
        assert len(its["ready"]) == terminal.QUICK.starts
        assert len(its["delivered"]) == terminal.QUICK.texts
        values = (*its["ready"], *its["delivered"], its["host_mib"], its["join_mib"])
        assert all(0 < value < float("inf") for value in values)
    [table] = report.tables
    assert [row[-1] for row in table.rows] == ["≤ 10 ms", "—", "≤ 0.5 s", "≤ 50 MiB", "≤ 50 MiB"]
    report.write(tmp_path)
    written = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.iterdir())]
    assert len(written) == 2
    assert not any(CANARY_KEY in text for text in written)


def test_a_program_that_ends_is_an_error_with_what_it_showed(tmp_path: Path) -> None:
    """Nothing waits for what cannot come any more."""
    pytest.importorskip("psutil", reason="only the bench needs it")
    from bench.processes import BenchError
    from bench.terminals import Terminal

    command = (sys.executable, "-c", "print('so far')")
    said = r"brief: ended, and 'more' was not shown.*\n.*so far"
    with Terminal("brief", command, tmp_path) as brief, pytest.raises(BenchError, match=said):
        brief.wait_for("more")


def test_a_text_came_when_its_last_letter_did(tmp_path: Path) -> None:
    """Not when its first did, and not when it was asked for."""
    pytest.importorskip("psutil", reason="only the bench needs it")
    from bench.terminals import Terminal

    script = (
        "import os, time; os.system('stty -echo'); print('ask', end=' ', flush=True); input(); "
        "print('be', end='', flush=True); time.sleep(0.5); print('gin', flush=True); input(); print('late')"
    )
    with Terminal("slow", (sys.executable, "-c", script), tmp_path) as slow:
        asked = slow.wait_for("ask")
        slow.type("\r")
        came = slow.wait_for("begin")
        slow.type("\r")
        late = slow.wait_for("late")
    assert slow.started < asked
    assert came - asked >= 0.5  # which its program sleeps between the two halves
    assert late > came
