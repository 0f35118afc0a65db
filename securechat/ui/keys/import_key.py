"""A key from elsewhere, pasted or as a file: checked, and put first on the ring."""

from __future__ import annotations

from functools import partial

import streamlit as st

from securechat.crypto.keyfile import MAX_FILE_SIZE, decode_key_file
from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidKey
from securechat.ui.component import component
from securechat.ui.keys.outcome import Section, act, draw_outcome, where_kept
from securechat.ui.place import Place
from securechat.wording import counted

_PASTED = "import_pasted"
_FILE = "import_file"

_key_file = component(
    "key_file",
    html="keys/key_file.html",
    css=("download.css", "keys/key_file.css"),
    js="keys/key_file.js",
)


def draw_import(room: Place) -> None:
    """Draw the two ways to import keys."""
    st.warning(
        "Only import a key that you trust. Everyone who has a copy can read what is written from now on.",
        icon=":material/warning:",
    )
    draw_outcome(Section.IMPORT)
    paste, file = st.columns(2, gap="medium")
    with paste, st.form("import_paste"):
        st.text_input(
            "A key, or several with spaces between them",
            type="password",
            placeholder="44 characters each",
            key=_PASTED,
            autocomplete="one-time-code",  # no browser offers to remember what is used once
        )
        st.form_submit_button(
            "Import this key",
            icon=":material/content_paste:",
            on_click=act,
            args=(Section.IMPORT, room, partial(_import_pasted, room)),
        )
    with file:
        _key_file(
            key=_FILE,
            data={"most": MAX_FILE_SIZE},
            on_file_change=partial(act, Section.IMPORT, room, partial(_import_file, room)),
        )
    st.caption(
        "The first key becomes the primary key. All other keys, also those that are here now, become retired "
        "keys. **This shows:** who brings the key decides who can read."
    )


def _import_pasted(room: Place) -> str:
    text = str(st.session_state[_PASTED])
    if not text.strip():
        raise InvalidKey("Paste a key first.")
    if len(text) > MAX_FILE_SIZE:
        raise InvalidKey("That is too long for keys.")
    said = _take_in(room, KeyRing.from_text(text))
    st.session_state[_PASTED] = ""  # what was refused stays, to be mended
    return said


def _import_file(room: Place) -> str:
    """Import what the browser has read. Streamlit forgets it with the run: it is an event, not a state."""
    handed_over = st.session_state[_FILE].get("file")
    if not isinstance(handed_over, str):
        raise InvalidKey("The file could not be read. Choose it again.")
    data = handed_over.encode("latin-1", errors="replace")  # a byte a character
    return _take_in(room, KeyRing.from_text(decode_key_file(data)))


def _take_in(room: Place, imported: KeyRing) -> str:
    """Put keys on the ring: the first as its primary key."""
    fresh = 0

    def change(keys: KeyRing) -> KeyRing:
        nonlocal fresh
        fresh = len(set(imported.keys) - set(keys.keys))
        if not fresh:
            raise InvalidKey(_already(keys, imported))
        return keys.rotated(imported.primary).joined(imported)

    ring = room.visit.change_keys(change)
    here = len(imported.keys) - fresh
    known = f" ({here} more on the ring already)" if here else ""
    return (
        f"{counted(fresh, 'key')} imported{known}. New messages use key `{ring.fingerprint}`; beside it on "
        f"the ring: {counted(len(ring.keys) - 1, 'retired key')}. {where_kept(ring)}"
    )


def _already(keys: KeyRing, imported: KeyRing) -> str:
    if len(imported.keys) > 1:
        return "All of these keys are on the ring already. Nothing was changed."
    number = keys.keys.index(imported.primary)
    place = f"as retired key {number}" if number else "as the primary key"
    return f"This key is on the ring already, {place}. Nothing was changed."
