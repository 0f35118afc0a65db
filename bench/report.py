"""What a scenario found: a Markdown table, the raw numbers as JSON, and a plot."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = (
    "streamlit",
    "cryptography",
    "streamlit-autorefresh",
    "starlette",
    "uvicorn",
    "uvloop",
    "websockets",
    "flask-socketio",
    "nicegui",
    "prompt-toolkit",
    "sqlalchemy",
    "psycopg",
    "pymysql",
    "playwright",
)


@dataclass(frozen=True)
class Table:
    """A table with a heading.

    Attributes:
        heading: What stands above it; empty if nothing does.
        columns: The heads of the columns. The first column names the rows.
        rows: The cells, as text.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Return the table as Markdown."""
        lines = [f"**{self.heading}**", ""] if self.heading else []
        lines.append(_line(self.columns))
        lines.append(_line(["---", *("---:" for _ in self.columns[1:])]))
        lines += [_line(row) for row in self.rows]
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """What a scenario found.

    Attributes:
        name: The scenario.
        about: What was measured and how, in a few sentences.
        tables: The numbers for people.
        settings: The sizes that were used.
        measured: The raw numbers, as JSON can hold them; infinite ones become null.
        plot: Draws the picture into an SVG file; None if there is none.
        note: How to read the tables; stands below them.
    """

    name: str
    about: str
    tables: Sequence[Table]
    settings: Mapping[str, Any]
    measured: Any
    plot: Callable[[Path], None] | None = None
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=lambda: machine_facts())

    def markdown(self) -> str:
        """Return the tables, with what was measured above and on what machine below."""
        facts = self.facts
        machine = (
            f"{facts['cores']} cores, Python {facts['python']}, Streamlit {facts['packages']['streamlit']}"
        )
        parts = [f"## {self.name}", self.about, *(table.markdown() for table in self.tables)]
        if self.note:
            parts.append(self.note)
        return "\n\n".join([*parts, f"_{machine}, {facts['date']}_"]) + "\n"

    def write(self, folder: Path) -> None:
        """Write the table, the raw numbers and the plot into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.md").write_text(self.markdown(), encoding="utf-8")
        raw = {**self.facts, "settings": self.settings, "measured": _finite(self.measured)}
        text = json.dumps(raw, indent=1, allow_nan=False) + "\n"
        (folder / f"{self.name}.json").write_text(text, encoding="utf-8")
        if self.plot:
            self.plot(folder / f"{self.name}.svg")


def machine_facts() -> dict[str, Any]:
    """Return what a reader has to know of the machine, and nothing that names it."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": os.cpu_count() or 0,
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def number(value: float, form: str = ".0f", unit: str = "") -> str:
    """Write a number for a table: `—` where there is none, `never` where it is infinite."""
    if math.isnan(value):
        return "—"
    return "never" if math.isinf(value) else f"{value:{form}}{unit}"


def times(value: float) -> str:
    """Write a ratio for a table."""
    return number(value, ".2f" if value < 10 else ".0f", "×")


def milliseconds(seconds: float) -> str:
    """Write a time for a table."""
    return number(1_000 * seconds, ".0f", " ms")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _finite(value: object) -> object:
    """Replace what JSON cannot hold by null, and round to what was really measured."""
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
