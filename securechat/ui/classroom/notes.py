"""What came of a button of the teacher's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from securechat.ui import passcode
from securechat.ui.notes import Notes


class Section(StrEnum):
    """Where on the page something was done."""

    CLASSES = "classes"
    ADDRESS = "address"
    WALL = "wall"
    PICKED = "picked"
    ALL = "all"
    EXPORT = "export"


def as_typed(text: str) -> str:
    """Return a text as Markdown that shows it as it is: it may quote what somebody typed."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


_notes = Notes("class", written=as_typed)
draw_note, forget_note = _notes.draw, _notes.forget


def act(section: Section, button: str, action: Callable[[], str]) -> None:
    """Do what a button asks for, if the passcode was given: see `Notes.act`."""
    _notes.act(section, button, action, may=passcode.is_presenter)
