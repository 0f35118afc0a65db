"""The way into a class: its code, and a name."""

from __future__ import annotations

from functools import partial

import streamlit as st

from securechat.classroom import Classroom
from securechat.classroom.aliases import MAX_ALIAS_CHARS
from securechat.classroom.codes import CODE_LENGTH, spaced
from securechat.errors import ClassEnded, NotSeated
from securechat.ui import membership, seats, state
from securechat.ui.join.notes import attempt, draw_problem, forget_problem

CODE = "class"
"""The parameter of the address with the code of a class."""

CLASS = "class_id"
"""In the session state: the id of the class whose code was right."""

NAMES = 6
"""Names that are proposed at once."""

_ADDRESS = "code_in_address"
_PROPOSED = "names_proposed"
_CHOSEN = "alias_chosen"


def asked_class() -> Classroom | None:
    """Return the class whose code is in the address or was typed; None where there is none (any more)."""
    code = st.query_params.get(CODE)
    if code and code != st.session_state.get(_ADDRESS):
        st.session_state[_ADDRESS] = code
        _try(code)
    class_id = st.session_state.get(CLASS)
    return state.classrooms().by_id(class_id) if class_id else None


def draw_code_form() -> None:
    """Ask for the code of a class; where this browser has a seat in one, that class is asked for."""
    if CLASS not in st.session_state:
        classroom = seats.last_class()
        if classroom:
            st.session_state[CLASS] = classroom.id
            st.rerun()
    st.header("Join a class", anchor=False)
    if CLASS in st.session_state:
        st.warning(str(ClassEnded()), icon=":material/event_busy:")
    st.markdown("Scan the QR code on the board, or type the six characters beside it.")
    with st.form("code"):
        st.text_input(
            "Code of the class",
            key="code_typed",
            max_chars=4 * CODE_LENGTH,
            placeholder="for example 3CD 7FH",
            autocomplete="off",
        )
        st.form_submit_button("Next", type="primary", icon=":material/arrow_forward:", on_click=_try_typed)
        draw_problem()
    st.caption("No account, no name of your own. The teacher opens a class on the page Classroom.")


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
        st.stop()
    if person:
        st.text("You have left. Your seat is kept as long as the class lasts.")
        with st.container(horizontal=True):
            st.button("Back to my seat", type="primary", on_click=_come_back, args=(classroom,))
            st.button("Join another class", on_click=_ask_for_another)
        return
    _draw_names(classroom)


def _draw_names(classroom: Classroom) -> None:
    if not classroom.view().joining:
        st.info(
            "Nobody else can join this class now. Ask your teacher to let you in.", icon=":material/lock:"
        )
    taken = {person.alias for person in classroom.view().participants.values()}
    proposed = [name for name in st.session_state.get(_PROPOSED, ()) if name not in taken]
    more = [name for name in classroom.suggest(NAMES) if name not in proposed]
    proposed = st.session_state[_PROPOSED] = [*proposed, *more][:NAMES]
    if st.session_state.get(_CHOSEN) not in proposed:
        st.session_state[_CHOSEN] = proposed[0]
    st.markdown("Choose a name, and join. You are put into a pair with the next who comes.")
    st.pills("Your name", proposed, key=_CHOSEN, required=True)
    if classroom.view().free_names:
        st.text_input(
            "Or a name of your own: better not your real one",
            key="alias_typed",
            max_chars=2 * MAX_ALIAS_CHARS,
            autocomplete="off",
        )
    with st.container(horizontal=True):
        st.button("Join", type="primary", icon=":material/login:", on_click=_join, args=(classroom,))
        st.button("Other names", icon=":material/refresh:", on_click=_propose_others)
    draw_problem()
    st.caption(
        "Everything you write here is encrypted; but this server holds the keys, so whoever runs it could "
        "read it. Write no real names, no passwords and nothing private."
    )


def _propose_others() -> None:
    forget_problem()
    for name in (_PROPOSED, _CHOSEN):
        st.session_state.pop(name, None)


def _come_back(classroom: Classroom) -> None:
    attempt(partial(seats.resume, classroom))


def _ask_for_another() -> None:
    for name in (CLASS, _ADDRESS):
        st.session_state.pop(name, None)
    st.query_params.pop(CODE, None)


def _try_typed() -> None:
    _try(str(st.session_state["code_typed"]))


def _try(code: str) -> None:
    """Look a code up, and put one that is right into the address."""
    st.session_state.pop(CLASS, None)
    # Something that only this session has, and for as long as it lasts.
    guesser = st.session_state.setdefault("code_guesser", object())

    def find() -> None:
        classroom = state.classrooms().find(code, guesser)
        st.session_state[CLASS] = classroom.id
        st.query_params[CODE] = st.session_state[_ADDRESS] = classroom.code

    attempt(find)


def _join(classroom: Classroom) -> None:
    """Take a seat under the name that was chosen or typed."""
    typed = str(st.session_state.get("alias_typed") or "")
    alias = typed if typed.strip() else str(st.session_state.get(_CHOSEN) or "")

    def join() -> None:
        joined = classroom.join(alias)
        membership.take(classroom, joined.participant)
        seats.keep(classroom, joined.token)

    attempt(join)
