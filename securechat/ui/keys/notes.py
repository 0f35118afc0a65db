"""What came of a button: said where it was pressed, until something else is done or the page is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from securechat.errors import SecureChatError
from securechat.keyring import KeyRing, KeySource
from securechat.ui.place import Place

DOUBLE_SECONDS = 1.0
"""For how long the same button does nothing more: a double click, or a click delivered twice, counts once."""

_SESSION_KEY = "key_note"
_DONE = "key_done"


class Section(StrEnum):
    """Where on the page something was done."""

    ROTATE = "rotate"
    REENCRYPT = "reencrypt"
    DROP = "drop"
    IMPORT = "import"
    DOWNLOAD = "download"


@dataclass(frozen=True)
class _Note:
    section: Section
    text: str
    refused: bool


def act(section: Section, room: Place, action: Callable[[], str]) -> None:
    """Do what a button asks for. For callbacks: a page that was locked, or lost its seat, still has them.

    Args:
        section: Where the button is.
        room: The room whose keys it is about.
        action: Does it, and says what came of it, as Markdown. A refusal is said, too.
    """
    done = st.session_state.get(_DONE)
    if done and done[0] is section and time.monotonic() - done[1] < DOUBLE_SECONDS:
        return
    forget_note()
    if not room.may_change_keys:
        return
    try:
        note = _Note(section, action(), refused=False)
        st.session_state[_DONE] = section, time.monotonic()
    except SecureChatError as error:
        note = _Note(section, str(error), refused=True)
    st.session_state[_SESSION_KEY] = note


def draw_note(section: Section) -> bool:
    """Say what came of the last thing done, if it was done here; return whether it was."""
    note = st.session_state.get(_SESSION_KEY)
    if not isinstance(note, _Note) or note.section is not section:
        return False
    if note.refused:
        st.error(note.text, icon=":material/block:")
    else:
        st.success(note.text, icon=":material/check_circle:")
    return True


def forget_note() -> None:
    """Forget what came of the last thing done."""
    st.session_state.pop(_SESSION_KEY, None)


def where_kept(keyring: KeyRing) -> str:
    """Say in a sentence, as Markdown, where keys that were just changed are kept."""
    origin = keyring.origin
    if origin.source is KeySource.ROOM:
        return "It is kept as long as the class lasts."
    if origin.path is None or origin.source is KeySource.PROCESS:
        return "It is for this run only: nothing was written."
    return f"Written to `{origin.path.name}`."
