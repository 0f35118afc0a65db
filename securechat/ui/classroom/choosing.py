"""Which class the page is about: the door before it, a new class, or one that is open."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from securechat.classroom import Classroom
from securechat.classroom.codes import spaced
from securechat.settings import PASSCODE_SETTING
from securechat.ui import passcode, whereabouts
from securechat.ui.classroom.outcome import FORGOTTEN, Section, act, draw_outcome, tell
from securechat.ui.state import application
from securechat.ui.times import local
from securechat.wording import counted


def draw_door() -> None:
    """Draw what stands here for whoever has not given the presenter's passcode."""
    st.header("Classroom", anchor=False)
    st.markdown(
        "Here a teacher opens a class: pupils join with their phones, write in pairs, and see ciphertext."
    )
    passcode.ask("**The presenter's passcode opens this.**")
    if application().passcode_is_set:
        st.caption(f"Teachers: the passcode is the setting {PASSCODE_SETTING} of this app.")
    else:
        st.caption(
            "Teachers: the passcode was printed in the terminal, or the log, in which the app was started. "
            f"To choose one, set {PASSCODE_SETTING}."
        )
    st.page_link("pages/join.py", label="Pupils: join a class", icon=":material/group_add:")


def current_class() -> Classroom | None:
    """Return the class that this session shows, or None where it has not chosen one, or that has ended."""
    return application().classrooms.by_id(whereabouts.here().desk)


def draw_choice() -> None:
    """Draw what stands here without a class: a new one, or one that is open."""
    st.header("Classroom", anchor=False)
    if whereabouts.here().desk:  # it has ended while this page showed it
        whereabouts.move(replace(whereabouts.here(), desk="", picked=None))
        tell(Section.CLASSES, f"This class has ended. {FORGOTTEN}")
    draw_outcome(Section.CLASSES)
    st.markdown("A class gets a code and a QR code. Pupils who join get a partner to write to.")
    if application().lasts:
        st.caption("Only Chat is kept in the database. A class is gone when the server restarts.")
    there = application().classrooms.all()
    _draw_new(primary=not there)
    if there:  # after a reload of the page the teacher looks for the class that is open
        st.subheader("Open classes", anchor=False)
        _draw_list(there)


def draw_other_classes(classroom: Classroom) -> None:
    """Draw the way from one class to another.

    Args:
        classroom: The class that is shown.
    """
    with st.popover("Other classes", icon=":material/swap_horiz:", key="other_classes", on_change="rerun"):
        others = [other for other in application().classrooms.all() if other.id != classroom.id]
        if not others:
            st.text("No other class is open.")
        _draw_list(others)
        _draw_new(primary=False)
    draw_outcome(Section.CLASSES)


def _draw_new(*, primary: bool) -> None:
    st.button(
        "New class",
        key="new_class",
        type="primary" if primary else "secondary",
        icon=":material/add:",
        on_click=act,
        args=(Section.CLASSES, "new", _open_new),
    )


def _draw_list(classes: list[Classroom] | tuple[Classroom, ...]) -> None:
    for other in classes:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            people = counted(len(other.view().participants), "person", "people")
            st.text(
                f"{spaced(other.code)} · since {local(other.opened_at):%H:%M} · {people}", width="stretch"
            )
            st.button(
                f"Show {spaced(other.code)}",
                key=f"show_class_{other.id}",
                on_click=act,
                args=(Section.CLASSES, f"show {other.id}", lambda shown=other.id: _show(shown)),
            )


def _open_new() -> str:
    return _show(application().classrooms.new().id)


def _show(class_id: str) -> str:
    whereabouts.move(replace(whereabouts.here(), desk=class_id, picked=None))
    st.session_state["other_classes"] = False
    return ""
