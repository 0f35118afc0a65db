"""The README tells the truth: its session runs, its pictures are there, its commands are what they say."""

from __future__ import annotations

import doctest
import re
from dataclasses import fields
from pathlib import Path

import pytest

from securechat.classroom.classroom import EVERYONE_LIMIT
from securechat.classroom.codes import CODE_ALPHABET, CODE_LENGTH
from securechat.classroom.registry import GUESS_LIMIT, IDLE_HOURS, MAX_CLASSES
from securechat.classroom.registry import MAX_ROOM_MESSAGES as CLASS_ROOM_MESSAGES
from securechat.classroom.state import MAX_PARTICIPANTS
from securechat.database.engine import POOL_OVERFLOW
from securechat.database.settings import (
    LISTEN_SETTING,
    MASTER_SETTING,
    POOL_SETTING,
    URL_SETTING,
    DatabaseSettings,
)
from securechat.rooms.messages import MAX_MESSAGE_CHARS
from securechat.rooms.room import SEND_COUNT, SEND_SECONDS
from securechat.rooms.store import MAX_ROOM_MESSAGES
from securechat.settings import MIN_REFRESH_MS, Settings
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_session_runs() -> None:
    """Every line of the Python session gives what stands under it."""
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert results.attempted >= 5
    assert results.failed == 0


def headings(text: str) -> set[str]:
    """Return the headings of a page as links name them."""
    lines = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in lines}


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name
)
def test_what_it_points_to_is_there(page: Path) -> None:
    """Pictures and files that it and the pages of docs/ name exist, and the headings in them."""
    text = page.read_text(encoding="utf-8")
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        there = page.parent / target if target else page
        assert there.exists(), target
        assert not heading or heading in headings(there.read_text(encoding="utf-8")), heading


@pytest.mark.parametrize(
    ("install", "program"),
    [
        ("install -r requirements.txt", "streamlit run app.py"),
        ("install -r requirements-terminal.txt", "python -m securechat talk"),
        ("install -q -r requirements-dev.txt", "pytest"),
    ],
)
def test_each_command_is_one_line_that_does_it_all(install: str, program: str) -> None:
    """One line sets up the virtual environment, installs, and starts the app, the terminal or the tests."""
    set_up = f"python3 -m venv .venv && .venv/bin/pip {install}"
    assert f"\n{set_up} && .venv/bin/{program}\n" in README


def test_a_database_is_one_line_more() -> None:
    """For a file one line does it all; for a server that is there, one line names it."""
    install = ".venv/bin/pip install -r requirements.txt -r requirements-database.txt"
    run = ".venv/bin/streamlit run app.py\n"
    assert f"\npython3 -m venv .venv && {install} && DATABASE_URL=sqlite:///securechat.db {run}" in README
    for kind in ("postgresql", "mysql"):
        url = f"{kind}://user:password@host/securechat"
        assert f"\nDATABASE_URL={url} MASTER_ENCRYPTION_KEY=… {run}" in README


def test_the_tree_has_every_part() -> None:
    """Each part of the package is named under "How it is built", and none that is gone."""
    tree = README.partition("## How it is built")[2].partition("```")[2].partition("```")[0]
    package = tree.partition("securechat/")[2].partition("\ntests/")[0]
    modules = {path.name for path in (ROOT / "securechat").glob("[!_]*.py")}
    assert set(re.findall(r"\b\w+\.py\b", package)) == modules
    folders = {path.parent.name for path in (ROOT / "securechat").glob("*/__init__.py")}
    assert set(re.findall(r"^  (\w+)/", package, re.MULTILINE)) == folders


def test_the_table_has_every_setting() -> None:
    """Each setting stands there, and none that is gone."""
    table = README.partition("\n## Settings\n")[2].partition("\n## ")[0]
    there = re.findall(r"^\| `SECURECHAT_(\w+)`", table, re.MULTILINE)
    assert there == [
        *(field.name.upper() for field in fields(Settings) if field.name != "database"),
        "KEEP_DAYS",
    ]
    for name in (URL_SETTING, MASTER_SETTING, POOL_SETTING, LISTEN_SETTING):
        assert f"\n| `{name}` | " in table
    assert (
        f"kept open; {DatabaseSettings.pool_size} unless told otherwise, and up to {POOL_OVERFLOW} more"
        in table
    )
    assert f", {MIN_REFRESH_MS} or more; {Settings.refresh_ms} unless told otherwise" in table


def test_the_limits_it_names_hold() -> None:
    """The figures are those of the code."""
    assert f"{MAX_MESSAGE_CHARS:,} characters a message" in README
    assert f"{SEND_COUNT} messages in {SEND_SECONDS:.0f} seconds" in README
    said = " ".join(README.split())
    assert f"the last {MAX_ROOM_MESSAGES} messages in Chat and {CLASS_ROOM_MESSAGES} in a room" in said
    assert f"{MAX_CLASSES} classes of {MAX_PARTICIPANTS} people" in said
    assert f"({EVERYONE_LIMIT[0]} in *Everyone*)" in said
    assert f"{len(CODE_ALPHABET) ** CODE_LENGTH // 10**6} million codes" in said
    assert f"by itself; {IDLE_HOURS:.0f} unless told otherwise" in said
    assert GUESS_LIMIT == (5, 60)
    assert "after five wrong ones" in said
