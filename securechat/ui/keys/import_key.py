"""A key from elsewhere, pasted or as a file: checked, and put first on the ring."""

from __future__ import annotations

from functools import partial

import streamlit as st

from securechat.conversation import Conversation
from securechat.errors import InvalidKey
from securechat.keyfile import MAX_FILE_SIZE, change_keyring, decode_key_file
from securechat.keyring import KeyRing
from securechat.ui.keys.census import counted
from securechat.ui.keys.notes import Section, act, draw_note, where_kept
from securechat.ui.place import Place

_PASTED = "import_pasted"
_FILE = "import_file"


def draw_import(room: Place) -> None:
    """Draw the two ways to import keys."""
    st.warning(
        "Only import a key that you trust: whoever made it, or has a copy, can read everything that is "
        "written from now on.",
        icon=":material/warning:",
    )
    draw_note(Section.IMPORT)
    paste, upload = st.columns(2, gap="medium")
    with paste, st.form("import_paste"):
        st.text_input(
            "Key, or several separated by commas",
            type="password",
            key=_PASTED,
            autocomplete="one-time-code",  # no browser offers to remember what is used once
        )
        st.form_submit_button(
            "Import this key",
            icon=":material/content_paste:",
            on_click=act,
            args=(Section.IMPORT, room, partial(_import_pasted, room.conversation)),
        )
    with upload, st.form("import_upload", clear_on_submit=True):
        st.file_uploader("Key file, such as secret.key", key=_FILE, max_upload_size=1)
        st.form_submit_button(
            "Import this file",
            icon=":material/upload_file:",
            on_click=act,
            args=(Section.IMPORT, room, partial(_import_file, room.conversation)),
        )
    st.caption(
        "The first key becomes the primary one, further ones are retired keys. Keys that are here stay, as "
        "retired ones. **This shows:** who brings the key decides who can read."
    )


def _import_pasted(conversation: Conversation) -> str:
    text = str(st.session_state[_PASTED])
    if not text.strip():
        raise InvalidKey("Paste a key first.")
    if len(text) > MAX_FILE_SIZE:
        raise InvalidKey("That is too long for keys.")
    said = _take_in(conversation, KeyRing.from_text(text))
    st.session_state[_PASTED] = ""  # what was refused stays, to be mended
    return said


def _import_file(conversation: Conversation) -> str:
    file = st.session_state[_FILE]
    if not hasattr(file, "getvalue"):  # none was chosen, or it is gone with an earlier life of the server
        raise InvalidKey("Choose a file first.")
    return _take_in(conversation, KeyRing.from_text(decode_key_file(file.getvalue())))


def _take_in(conversation: Conversation, imported: KeyRing) -> str:
    """Put keys on the ring: the first as its primary key."""
    fresh = 0

    def change(keys: KeyRing) -> KeyRing:
        nonlocal fresh
        fresh = len(set(imported.keys) - set(keys.keys))
        if not fresh:
            raise InvalidKey(_already(keys, imported))
        return keys.rotated(imported.primary).joined(imported)

    ring = conversation.change_keys(lambda ring: change_keyring(ring, change))
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
