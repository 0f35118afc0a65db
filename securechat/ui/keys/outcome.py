"""The outcome of the last action on the page Key life."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from securechat.crypto.keyring import KeyRing, KeySource
from securechat.rooms.policy import Action
from securechat.ui.outcome import Outcome
from securechat.ui.place import Place

_outcome = Outcome("key")
draw_outcome, forget_outcome = _outcome.draw, _outcome.forget


class Section(StrEnum):
    """Where on the page something was done."""

    ROTATE = "rotate"
    REENCRYPT = "reencrypt"
    DROP = "drop"
    IMPORT = "import"
    DOWNLOAD = "download"


def act(section: Section, room: Place, action: Callable[[], str]) -> None:
    """Do what a button asks for, where that may still be done: see `Outcome.act`.

    Args:
        section: Where the button is.
        room: The room whose keys it is about: a page that lost its seat there still has the button.
        action: Does it, and says what came of it, as Markdown.
    """
    _outcome.act(section, section, action, may=lambda: room.allows(Action.CHANGE_KEYS))


def where_kept(keyring: KeyRing) -> str:
    """Say in a sentence, as Markdown, where keys that were just changed are kept."""
    origin = keyring.origin
    if origin.source is KeySource.ROOM:
        return "It is kept as long as the class lasts."
    if origin.path is None or origin.source is KeySource.PROCESS:
        return "It is for this run only: nothing was written."
    return f"Written to `{origin.path.name}`."
