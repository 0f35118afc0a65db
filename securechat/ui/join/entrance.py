"""The way into a class: its code, and a name."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from securechat.classroom import Classroom
from securechat.classroom.codes import CLASS_PARAMETER, read_code, spaced
from securechat.errors import ClassEnded, JoiningClosed, NotSeated
from securechat.ui import ending, seats, whereabouts
from securechat.ui.join.names import NAMES, chosen_name, draw_names
from securechat.ui.join.outcome import outcome
from securechat.ui.state import application

_PROPOSED = "names_proposed"
_CHOSEN = "alias"


def asked_class() -> Classroom | None:
    """Return the class whose code is in the address or was typed; None where there is none (any more)."""
    code = st.query_params.get(CLASS_PARAMETER)
    if code and code != whereabouts.here().code:
        _try(code, is_linked=True)
    return application().classrooms.by_id(whereabouts.here().class_id)


def draw_code_form() -> None:
    """Ask for the code of a class; where this browser has a seat in one, that class is asked for."""
    if not whereabouts.here().class_id and (classroom := seats.last_class()):
        whereabouts.choose_class(classroom.id)
        st.rerun()
    st.header("Join a class", anchor=False)
    if gone := _what_became_of_class():
        st.warning(gone, icon=":material/event_busy:")
    st.markdown("Scan the QR code on the board, or type the six characters beside it.")
    with st.form("code"):
        st.text_input(
            "Code of the class",
            key="code_typed",
            placeholder="for example 3CD 7FH",
            autocomplete="off",
        )
        st.form_submit_button("Next", type="primary", icon=":material/arrow_forward:", on_click=_try_typed)
        outcome.draw()
    st.caption("You need no account and no real name. The teacher opens a class on the page Classroom.")


def _what_became_of_class() -> str | None:
    """Say why the class in which somebody sat is not there any more; None if nothing is known of one."""
    where = whereabouts.here()
    if where.class_id:
        return seats.what_became_of(where.class_id) or str(ClassEnded())
    if where.is_linked:
        class_id = seats.class_by_code(read_code(where.code))
        if class_id:
            outcome.forget()  # nobody has typed that code
    else:
        class_id = seats.recent_class()
    return seats.what_became_of(class_id) if class_id else None


def draw_entrance(classroom: Classroom) -> None:
    """Give back the seat that this browser has in a class, or have somebody choose a name and join."""
    st.header(f"Class {spaced(classroom.code)}", anchor=False)
    try:
        person = seats.holder(classroom)
        if person and not person.left:
            seats.resume(classroom)
            st.rerun()
    except (ClassEnded, NotSeated) as error:
        st.warning(str(error), icon=":material/group_off:")
        st.button("Join another class", on_click=_ask_for_another)
        ending.end_page()
    if person:
        st.text("You have left. Your seat is kept as long as the class lasts.")
        with st.container(horizontal=True):
            st.button("Back to my seat", type="primary", on_click=_come_back, args=(classroom,))
            st.button("Join another class", on_click=_ask_for_another)
        return
    if classroom.view().joining:
        _draw_names(classroom)
        return
    outcome.forget()
    st.info(str(JoiningClosed()), icon=":material/lock:")
    with st.container(horizontal=True):
        st.button("Try again", icon=":material/refresh:")
        st.button("Join another class", on_click=_ask_for_another)


def _draw_names(classroom: Classroom) -> None:
    taken = {person.alias for person in classroom.view().participants.values()}
    proposed = [name for name in st.session_state.get(_PROPOSED, ()) if name not in taken]
    proposed += classroom.suggest(NAMES - len(proposed))
    st.session_state[_PROPOSED] = proposed
    if st.session_state.get(_CHOSEN) not in proposed:
        st.session_state[_CHOSEN] = proposed[0]
    st.markdown("Choose a name, and join. The next pupil who joins is your partner.")
    draw_names(classroom, "Your name", proposed, _CHOSEN, required=True)
    with st.container(horizontal=True):
        st.button("Join", type="primary", icon=":material/login:", on_click=_join, args=(classroom,))
        st.button("Other names", icon=":material/refresh:", on_click=_propose_others)
    outcome.draw()
    st.caption(
        "Everything you write here is encrypted. But this server holds the keys, so the people who run it "
        "can read it. Write no real names, no passwords and nothing private."
    )


def _propose_others() -> None:
    outcome.forget()
    for name in (_PROPOSED, _CHOSEN):
        st.session_state.pop(name, None)


def _come_back(classroom: Classroom) -> None:
    outcome.attempt(partial(seats.resume, classroom))


def _ask_for_another() -> None:
    whereabouts.move(replace(whereabouts.here(), class_id="", participant="", code="", is_linked=False))
    st.query_params.pop(CLASS_PARAMETER, None)


def _try_typed() -> None:
    _try(str(st.session_state["code_typed"]), is_linked=False)


def _try(code: str, *, is_linked: bool) -> None:
    """Look a code up, and put one that is right into the address. Whoever sits somewhere else stays there."""
    where = whereabouts.here()
    whereabouts.move(replace(where, code=code if is_linked else where.code, is_linked=is_linked))
    if whereabouts.member() is None:
        whereabouts.choose_class("")
    # Something that only this session has, and for as long as it lasts.
    guesser = st.session_state.setdefault("code_guesser", object())

    def find() -> None:
        classroom = application().classrooms.find(code, guesser)
        whereabouts.choose_class(classroom.id)
        whereabouts.move(replace(whereabouts.here(), code=classroom.code))
        st.query_params[CLASS_PARAMETER] = classroom.code

    outcome.attempt(find)


def _join(classroom: Classroom) -> None:
    """Take a seat under the name that was chosen or typed."""
    alias = chosen_name(_CHOSEN)

    def join() -> None:
        joined = classroom.join(alias)
        whereabouts.sit(classroom, joined.participant)
        seats.keep(classroom, joined.token)

    outcome.attempt(join)
