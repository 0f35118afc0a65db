"""The transcript of a class as a file: ciphertext at once, decrypted after a warning."""

from __future__ import annotations

import secrets
import time
from functools import partial

import streamlit as st

from securechat.classroom import Classroom
from securechat.classroom.export import rows, to_csv, to_json
from securechat.ui.classroom.outcome import Section, act, draw_outcome
from securechat.ui.download import fetch_button
from securechat.ui.times import local

ORDER = "class_export"
"""In the session state: which file was asked for and has not been saved yet. Never its text."""

ORDER_SECONDS = 10.0
"""Seconds for which a text stays in the page that the browser does not save."""

MAX_FILE_BYTES = 15_000_000
"""Bytes of a file: Streamlit sends no larger message than `server.maxMessageSize`, in the end 20 MB."""

_CONFIRMED = "class_decrypted"

_NO_TEXT = " It has no texts of sealed rooms."


def draw_export(classroom: Classroom) -> None:
    """Draw what saves the transcript."""
    question = st.popover(
        "Save the transcript", icon=":material/download:", key="class_save", on_change="rerun"
    )
    if not question.open:
        st.session_state.pop(_CONFIRMED, None)  # whoever opens it again is asked again
    with question:
        st.markdown("The file has all messages of all rooms, encrypted as on the wall: **ciphertext**.")
        is_sealed = any(room.sealed_since for room in classroom.view().rooms.values())
        if is_sealed:
            st.markdown("Of **sealed** rooms it has the tokens that the phones sent, and no texts.")
        draw_buttons(classroom, "save")
        if not st.session_state.get(_CONFIRMED):
            st.button(
                "With the decrypted texts …",
                key="class_decrypt",
                icon=":material/lock_open:",
                on_click=lambda: st.session_state.update({_CONFIRMED: True}),
            )
        else:
            st.warning(
                "This file shows what everybody wrote, with the names that they have in the class. Private "
                "messages are in it, too. Tell your pupils before you save it. Anybody who gets the file can "
                "read it." + is_sealed * _NO_TEXT,
                icon=":material/warning:",
            )
            draw_buttons(classroom, "open", decrypted=True)
        draw_outcome(Section.EXPORT)


def draw_buttons(classroom: Classroom, place: str, *, decrypted: bool = False) -> None:
    """Draw the two buttons, one for each kind of file.

    Args:
        classroom: The class.
        place: Where on the page they are: a part of their keys.
        decrypted: Whether the file has the texts in it.
    """
    with st.container(horizontal=True, width="content"):
        for kind in ("csv", "json"):
            key = f"class_file_{place}_{kind}"
            order = _order(key)
            prefix = "I understand: save decrypted" if decrypted else "Save ciphertext"
            fetch_button(
                key,
                f"{prefix} {kind.upper()}",
                _file_name(classroom, kind, decrypted=decrypted),
                _text(classroom, kind, decrypted=decrypted) if order else None,
                order=order,
                on_asked=partial(act, Section.EXPORT, f"ask {key}", partial(_ask, key)),
                on_saved=partial(act, Section.EXPORT, f"saved {key}", partial(_saved, decrypted=decrypted)),
            )


def _ask(key: str) -> str:
    """Note that a file is asked for: the next runs of the page bring it, until it is saved."""
    st.session_state[ORDER] = key, secrets.token_hex(4), time.monotonic()
    return ""


def _saved(*, decrypted: bool) -> str:
    st.session_state.pop(ORDER, None)
    if decrypted:
        st.session_state.pop(_CONFIRMED, None)
        return (
            "The file is in the downloads of this browser. Anybody who opens it can read the texts. They are "
            "no longer in this page."
        )
    return "The file is in the downloads of this browser."


def _order(key: str) -> str:
    """Return the name of the order for this file, or an empty text where there is none."""
    there = st.session_state.get(ORDER)
    if not there or there[0] != key:
        return ""
    if time.monotonic() - there[2] > ORDER_SECONDS:
        st.session_state.pop(ORDER, None)
        return ""
    return str(there[1])


def _text(classroom: Classroom, kind: str, *, decrypted: bool) -> str | None:
    table = rows(classroom, decrypted=decrypted)
    text = (to_csv if kind == "csv" else to_json)(table, decrypted=decrypted)
    if len(text.encode()) > MAX_FILE_BYTES:
        st.error("The file is too large to be sent to this browser. Clear some rooms first.")
        return None
    return text


def _file_name(classroom: Classroom, kind: str, *, decrypted: bool) -> str:
    what = "decrypted" if decrypted else "ciphertext"
    return f"securechat-{classroom.code}-{local(classroom.opened_at):%Y-%m-%d}-{what}.{kind}"
