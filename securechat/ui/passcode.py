"""Asks for the presenter's passcode, once a session."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from securechat.rooms.policy import Action
from securechat.rooms.presenters import Right
from securechat.ui import whereabouts
from securechat.ui.outcome import Outcome, forget_all
from securechat.ui.state import application

_outcome = Outcome("passcode", icon=":material/lock:")


def right() -> Right:
    """Return this session's right to do what the presenter may. It holds where the passcode was given."""
    return application().presenters.right(whereabouts.here().presenter)


def is_presenter() -> bool:
    """Say whether the passcode was given in this session, and it was not locked since."""
    return right().holds


def allows(action: Action) -> bool:
    """Say whether this session may do something to Chat, or to classes, now."""
    return application().policy.allows(right().actor, action)


def enter() -> None:
    """Make this session the presenter's, if it is not: what it had before would end with no lock."""
    if is_presenter():
        return
    whereabouts.move(replace(whereabouts.here(), presenter=application().presenters.enter()))


def lock() -> None:
    """Close this session again, and whatever was opened with its right."""
    where = whereabouts.here()
    whereabouts.move(replace(where, presenter=""))
    application().presenters.leave(where.presenter)
    st.session_state.pop("key_revealed", None)
    forget_all()


def draw_openness(what: str) -> None:
    """Say that everybody may do something here, where no passcode was chosen that would keep them from it.

    Args:
        what: What everybody may do, such as `read messages`.
    """
    if not application().passcode_is_set:
        st.caption(
            f"No passcode was chosen, so everybody can {what} here. The passcode in the terminal is only for "
            "Classroom, and for the switch “Only I write here” in Chat."
        )


def draw_lock() -> None:
    """Draw the button that closes the session again, where there is a passcode."""
    if is_presenter():
        st.button("Lock again", icon=":material/lock:", on_click=lock)


def ask(
    why: str = "**The presenter's passcode opens this.** Without it you see what an eavesdropper sees.",
) -> None:
    """Draw the form that asks for the passcode.

    Args:
        why: What it is needed for, as Markdown.
    """
    with st.form("passcode"):
        st.markdown(why)
        st.text_input("Passcode", type="password", key="passcode_guess", autocomplete="current-password")
        st.form_submit_button("Open", icon=":material/lock_open:", on_click=_check)
        _outcome.draw()


def _check() -> None:
    passcode = application().passcode
    # Something that only this session has, and for as long as it lasts.
    guesser = st.session_state.setdefault("passcode_guesser", object())
    guess = st.session_state["passcode_guess"]
    st.session_state["passcode_guess"] = ""

    def check() -> None:
        if passcode.check(guess, guesser):
            enter()
        else:
            _outcome.refuse("That is not the passcode. Try again.")

    _outcome.attempt(check)
