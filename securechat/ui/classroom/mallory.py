"""Mallory between two who seal their room, for the desk alone: who puts her there, and who noticed."""

from __future__ import annotations

from functools import partial

import streamlit as st

from securechat.classroom import Classroom, ClassView, Comparison, Room
from securechat.ui.classroom.outcome import Section, act
from securechat.ui.outcome import as_typed

_QUESTION = "class_mallory_question"

PUT, TAKE = "Put Mallory between these two", "Take Mallory out"

_WHAT = (
    "She has one key with each phone, so she can read what they write. The class does not see her: the emoji "
    "on the two phones are different."
)

_SAID = {
    Comparison.NOTICED: "**noticed**",
    Comparison.NOT_NOTICED: "not noticed",
    Comparison.NOT_COMPARED: "not compared yet",
    Comparison.SEALED_ALL_THE_SAME: "noticed, then **sealed all the same**",
}


def draw_mallory(classroom: Classroom, room: Room) -> None:
    """Draw what puts Mallory into a room, or takes her out: with a question where that ends a sealing."""
    view = classroom.view()
    if not room.mallory and view.seal_refusal(room.name):
        return
    label, icon = (TAKE, ":material/person_off:") if room.mallory else (PUT, ":material/swap_horiz:")
    do = partial(
        act,
        Section.PICKED,
        f"mallory {room.name} {room.mallory}",
        partial(_put, classroom, room, there=not room.mallory),
    )
    if not room.sealing.since:
        st.button(label, key="class_mallory", icon=icon, on_click=do)
    else:
        with st.popover(label, icon=icon, key=_QUESTION, on_change="rerun"):
            st.markdown(
                "These two have sealed their room. This ends it: they have to compare the emoji once more, "
                "for a new key."
            )
            st.button(
                f"Yes: {label[:1].lower()}{label[1:]}", key="class_mallory_yes", type="primary", on_click=do
            )
    if room.comparison:
        st.markdown(f"Mallory is between these two: {_SAID[room.comparison]}.")
    st.caption(_WHAT)


def draw_comparisons(classroom: Classroom) -> None:
    """Draw a table of the pairs between whom Mallory sits, where there are any."""
    view, comparisons = classroom.view(), classroom.desk.comparisons()
    if not comparisons:
        return
    st.subheader("Mallory", anchor=False)
    st.table(
        {
            "Room": [str(view.rooms[name].number) for name in comparisons],
            "Pair": [_pair(view, name) for name in comparisons],
            "Emoji": [_SAID[comparison] for comparison in comparisons.values()],
        },
        border="horizontal",
        hide_index=True,
        alt="The pairs with Mallory in between, and whether they noticed",
    )


def _pair(view: ClassView, room: str) -> str:
    return as_typed(" and ".join(person.alias for person in view.sealers(room)))


def _put(classroom: Classroom, room: Room, *, there: bool) -> str:
    st.session_state[_QUESTION] = False
    classroom.desk.put_mallory(room.name, there=there)
    if there:
        return f"Mallory is in {room.title}. Do not show this page to the class now."
    return f"Mallory is not in {room.title} any more. They have to compare the emoji once more."
