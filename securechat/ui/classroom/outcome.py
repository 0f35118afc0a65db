"""The outcome of the last action on the page Classroom."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from securechat.rooms.policy import Action
from securechat.ui import passcode
from securechat.ui.outcome import Outcome, as_typed


class Section(StrEnum):
    """Where on the page something was done."""

    CLASSES = "classes"
    ADDRESS = "address"
    WALL = "wall"
    PICKED = "picked"
    ALL = "all"
    EXPORT = "export"


FORGOTTEN = "Its messages, its names and its keys are forgotten."
"""What the end of a class means."""


_outcome = Outcome("class", written=as_typed)
draw_outcome, forget_outcome = _outcome.draw, _outcome.forget


def tell(section: Section, text: str) -> None:
    """Keep what has happened without a button: see `Outcome.tell`."""
    _outcome.tell(text, section)


def act(section: Section, button: str, action: Callable[[], str]) -> None:
    """Do what a button asks for, if this session may run classes: see `Outcome.act`."""
    _outcome.act(section, button, action, may=lambda: passcode.allows(Action.MANAGE))
