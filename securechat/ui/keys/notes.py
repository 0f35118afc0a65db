"""What came of a button of Key life."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from securechat.keyring import KeyRing, KeySource
from securechat.ui.notes import Notes
from securechat.ui.place import Place

_notes = Notes("key")
draw_note, forget_note = _notes.draw, _notes.forget


class Section(StrEnum):
    """Where on the page something was done."""

    ROTATE = "rotate"
    REENCRYPT = "reencrypt"
    DROP = "drop"
    IMPORT = "import"
    DOWNLOAD = "download"


def act(section: Section, room: Place, action: Callable[[], str]) -> None:
    """Do what a button asks for, where that may still be done: see `Notes.act`.

    Args:
        section: Where the button is.
        room: The room whose keys it is about: a page that lost its seat there still has the button.
        action: Does it, and says what came of it, as Markdown.
    """
    _notes.act(section, section, action, may=lambda: room.may_change_keys)


def where_kept(keyring: KeyRing) -> str:
    """Say in a sentence, as Markdown, where keys that were just changed are kept."""
    origin = keyring.origin
    if origin.source is KeySource.ROOM:
        return "It is kept as long as the class lasts."
    if origin.path is None or origin.source is KeySource.PROCESS:
        return "It is for this run only: nothing was written."
    return f"Written to `{origin.path.name}`."
