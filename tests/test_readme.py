"""The README tells the truth: its session runs, its pictures are there, its commands are what they say."""

from __future__ import annotations

import doctest
import re

import pytest

from securechat.classroom.classroom import EVERYONE_COUNT, MAX_PARTICIPANTS
from securechat.classroom.codes import CODE_ALPHABET, CODE_LENGTH
from securechat.classroom.registry import GUESS_COUNT, IDLE_HOURS, MAX_CLASSES
from securechat.classroom.registry import MAX_ROOM_MESSAGES as CLASS_ROOM_MESSAGES
from securechat.conversation import SEND_COUNT, SEND_SECONDS
from securechat.messages import MAX_MESSAGE_CHARS
from securechat.store import MAX_ROOM_MESSAGES
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_session_runs() -> None:
    """Every line of the Python session gives what stands under it."""
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert results.attempted >= 5
    assert results.failed == 0


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_what_it_points_to_is_there(target: str) -> None:
    """Pictures and files that it names exist."""
    assert (ROOT / target).exists()


@pytest.mark.parametrize(
    ("requirements", "program"),
    [("requirements.txt", "streamlit run app.py"), ("requirements-dev.txt", "pytest")],
)
def test_each_command_is_one_line_that_does_it_all(requirements: str, program: str) -> None:
    """One line sets up the virtual environment, installs, and starts the app or the tests."""
    set_up = f"python3 -m venv .venv && .venv/bin/pip install -q -r {requirements}"
    assert f"\n{set_up} && .venv/bin/{program}\n" in README


def test_the_limits_it_names_hold() -> None:
    """The figures are those of the code."""
    assert f"{MAX_MESSAGE_CHARS:,} characters a message" in README
    assert f"{SEND_COUNT} messages in {SEND_SECONDS:.0f} seconds" in README
    said = " ".join(README.split())
    assert f"the last {MAX_ROOM_MESSAGES} messages in Chat and {CLASS_ROOM_MESSAGES} in a room" in said
    assert f"{MAX_CLASSES} classes of {MAX_PARTICIPANTS} people" in said
    assert f"({EVERYONE_COUNT} in *Everyone*)" in said
    assert f"{len(CODE_ALPHABET) ** CODE_LENGTH // 10**6} million codes" in said
    assert f"by itself; {IDLE_HOURS:.0f} unless told otherwise" in said
    assert GUESS_COUNT == 5
    assert "after five wrong ones" in said


def test_community_cloud_installs_what_the_app_imports_only() -> None:
    """requirements.txt has the packages that the app imports, each pinned to one version."""
    text = (ROOT / "requirements.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z-]+==[\d.]+", line) for line in lines)
    names = {line.split("==")[0] for line in lines}
    assert names == {"cryptography", "pillow", "segno", "streamlit", "streamlit-autorefresh"}
