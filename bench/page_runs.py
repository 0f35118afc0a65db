"""What a page run costs the server: `.venv/bin/python -m bench.page_runs`.

It needs requirements-dev.txt and Linux.
Runs Chat with 0, 100 and 500 messages and, beside it in the same run, a Streamlit page with one line
of text. A run is what follows a click or a message, a tick is what the timer of an open page asks for.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.raw_session import RawSession, raw_session
from tests.support import ROOT, Server, running_server

RUNS = 300
WARM_UP = 30

BLANK = """
import streamlit as st

@st.fragment
def tick():
    st.text("tick")

st.text("hello")
tick()
"""

FILL = """
from securechat.ui import state as _state

_conversation = _state.conversation()
if not _conversation.view().messages:
    for _number in range({count}):
        _conversation._store.append("demo", "AB"[_number % 2], _conversation.keyring.encrypt("x" * 40))
"""


@dataclass(frozen=True)
class Cost:
    """What one page costs: CPU in milliseconds and kilobytes sent, for a run and for a tick."""

    run_ms: float
    run_kb: float
    tick_ms: float
    tick_kb: float


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used, in seconds (man 5 proc, fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server: Server) -> Cost:
    """Measure one server's front page."""

    def cost_of(session: RawSession, *, tick: bool) -> tuple[float, float]:
        for _ in range(WARM_UP):
            session.tick() if tick else session.run()
        cpu, received = cpu_seconds(server.process.pid), session.received
        for _ in range(RUNS):
            session.tick() if tick else session.run()
        spent = cpu_seconds(server.process.pid) - cpu
        return 1_000 * spent / RUNS, (session.received - received) / RUNS / 1_000

    with raw_session(server.url) as session:
        return Cost(*cost_of(session, tick=False), *cost_of(session, tick=True))


def copy_of_the_app(folder: Path, messages: int) -> Path:
    """Copy the app, with that many messages in its room from the start."""
    for name in ("pages", "securechat", ".streamlit"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("secrets.toml", "__pycache__")
        )
    app = folder / "app.py"
    app.write_text(FILL.format(count=messages) + (ROOT / "app.py").read_text())
    return app


def main() -> None:
    """Measure all pages and print the table."""
    rows: list[tuple[str, Cost]] = []
    with TemporaryDirectory() as name:
        blank = Path(name) / "blank" / "app.py"
        blank.parent.mkdir()
        blank.write_text(BLANK)
        shutil.copytree(ROOT / ".streamlit", blank.parent / ".streamlit")
        apps = {"a Streamlit page with one line": blank}
        for count in (0, 100, 500):
            apps[f"Chat with {count} messages"] = copy_of_the_app(Path(name) / str(count), count)
        for title, app in apps.items():
            with running_server(app.parent / "home", app=app) as server:
                rows.append((title, measure(server)))
    base = rows[0][1]
    print("| page | CPU of a run | ratio | sent | CPU of a tick | ratio | sent |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for title, cost in rows:
        print(
            f"| {title} | {cost.run_ms:.1f} ms | {cost.run_ms / base.run_ms:.1f} | {cost.run_kb:.1f} kB "
            f"| {cost.tick_ms:.1f} ms | {cost.tick_ms / base.tick_ms:.1f} | {cost.tick_kb:.1f} kB |"
        )


if __name__ == "__main__":
    main()
