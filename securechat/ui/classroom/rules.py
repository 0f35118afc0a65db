"""What is allowed in the whole class."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from securechat.classroom import Classroom, SealRule
from securechat.ui.classroom.outcome import Section, act, draw_outcome
from securechat.ui.switch import draw_choice, draw_switch
from securechat.wording import counted

_PAUSED = "class_paused"
_AWAY = "class_away"
_JOINING = "class_joining"
_FREE_NAMES = "class_free_names"
_RECIPIENTS = "class_recipients"
_SEALING = "class_sealing"

_RULES = {
    SealRule.ALLOWED.value: "Allowed",
    SealRule.REQUIRED.value: "Required",
    SealRule.FORBIDDEN.value: "Not allowed",
}


def draw_rules(classroom: Classroom) -> None:
    """Draw the switches of the whole class, and the button that seats who waits."""
    view = classroom.view()
    st.subheader("For all", anchor=False)
    draw_outcome(Section.ALL)
    if view.waiting:
        st.text(f"{counted(len(view.waiting), 'person waits', 'people wait')} for a partner.")
        st.button(
            "Let them join a pair now",
            key="class_settle",
            icon=":material/group_add:",
            on_click=act,
            args=(Section.ALL, "settle", partial(_settle, classroom)),
        )
    if gone := classroom.desk.away():
        with st.popover(f"Remove who is away ({len(gone)})", icon=":material/person_remove:", key=_AWAY):
            st.text("You can let them back in, and they can join again.")
            st.button(
                "Remove them all",
                key="class_remove_away",
                type="primary",
                on_click=act,
                args=(Section.ALL, "away", partial(_remove_away, classroom, gone)),
            )
    _draw_switch("Others may still join", _JOINING, view.joining, partial(_let_join, classroom))
    _draw_switch("Names of their own choice", _FREE_NAMES, view.free_names, partial(_let_name, classroom))
    recipients = partial(_show_recipients, classroom)
    _draw_switch("Everybody sees who gets private messages", _RECIPIENTS, view.shows_recipients, recipients)
    draw_choice(
        "Sealing a room", _RULES, key=_SEALING, now=view.seal_rule.value, choose=partial(_let_seal, classroom)
    )


def draw_pause(classroom: Classroom) -> None:
    """Draw the switch that is needed at once: it stands at the top, whatever fills the screen."""
    on = classroom.view().locked
    _draw_switch("Pause writing in all rooms", _PAUSED, on, partial(_pause, classroom))


def _draw_switch(label: str, key: str, on: bool, do: Callable[[bool], str]) -> None:
    def switch(on: bool) -> None:
        act(Section.ALL, f"{key} {on}", partial(do, on))

    draw_switch(label, key=key, on=on, switch=switch)


def _pause(classroom: Classroom, on: bool) -> str:
    classroom.desk.allow(locked=on)
    if on:
        return "Writing is paused in all rooms, and in Chat. You can still write."
    return "They can write again, except in rooms that you have paused one by one."


def _let_join(classroom: Classroom, on: bool) -> str:
    classroom.desk.allow(joining=on)
    return "Everyone who has the code can join." if on else "Nobody else can join. Who has a seat keeps it."


def _let_name(classroom: Classroom, on: bool) -> str:
    classroom.desk.allow(free_names=on)
    return (
        "They can choose any name, also for the projector. Names that do not belong there, you can change."
        if on
        else "New names come from the list. Names that somebody has stay."
    )


def _show_recipients(classroom: Classroom, on: bool) -> str:
    classroom.desk.allow(shows_recipients=on)
    if on:
        return "All see who writes privately to whom, as an eavesdropper would; never what."
    return "Only the two, and you, see to whom a private message goes."


def _let_seal(classroom: Classroom, rule: str) -> None:
    act(Section.ALL, f"{_SEALING} {rule}", partial(_rule, classroom, SealRule(rule)))


def _rule(classroom: Classroom, rule: SealRule) -> str:
    classroom.desk.allow(seal_rule=rule)
    match rule:
        case SealRule.ALLOWED:
            return "Pairs may seal their room: their phones make its key, not this server."
        case SealRule.REQUIRED:
            return (
                "Pairs must seal their room before they write there. Only two can seal a room: rooms of "
                "three write as before, and nobody joins a pair now."
            )
        case SealRule.FORBIDDEN:
            return "No other room can be sealed now. The rooms that are sealed already stay so."


def _remove_away(classroom: Classroom, gone: tuple[str, ...]) -> str:
    """Remove those whom the question was about, as far as they are still away."""
    removed = [person for person in gone if person in classroom.desk.away()]
    for person in removed:
        classroom.desk.remove(person)
    return f"{counted(len(removed), 'person was', 'people were')} removed."


def _settle(classroom: Classroom) -> str:
    before = len(classroom.view().waiting)
    classroom.settle(at_once=True)
    seated = before - len(classroom.view().waiting)
    if not seated and classroom.view().seal_rule is SealRule.REQUIRED:
        return "Nobody got a seat: pairs have to seal their rooms, and only two can seal a room."
    if not seated:
        return "Nobody got a seat: each room has three people or is sealed, or the person who waits is away."
    return f"{counted(seated, 'person has', 'people have')} a seat now."
