"""What is picked, and what may be done with it: a room, or a person."""

from __future__ import annotations

from functools import partial

import streamlit as st

from securechat.classroom import Classroom, Participant, Room
from securechat.classroom.whereabouts import Picked
from securechat.ui import whereabouts
from securechat.ui.classroom.mallory import draw_mallory
from securechat.ui.classroom.outcome import Section, act, draw_outcome, forget_outcome
from securechat.ui.component import component
from securechat.ui.outcome import as_typed
from securechat.ui.whereabouts import pick

_people = component(
    "class_people",
    html='<ul class="sc-members" aria-label="Who is in this room"></ul>',
    css=("classroom/people.css",),
    js="classroom/people.js",
)

_CLEAR = "class_clear"
_REMOVE = "class_remove"
_FIND = "class_find"
_BACK = "class_back"


def draw_panel(classroom: Classroom) -> None:
    """Draw the way to a person, and the panel of what is picked."""
    view = classroom.view()
    chosen = whereabouts.here().picked
    room = view.rooms.get(chosen.room) if chosen else None
    person = view.participants.get(chosen.person) if chosen else None
    if room or person:
        with st.container(key="class_panel", border=True, gap="small"):
            if room:
                _draw_room(classroom, room)
            elif person:
                _draw_person(classroom, person)
            st.button("Done", key="class_unpick", icon=":material/check:", on_click=_close)
    else:
        draw_outcome(Section.PICKED)
        if view.participants:
            st.caption("Pick a tile, or find a person, to pause, clear, rename or remove.")
    if view.participants:
        st.selectbox(
            "Find a person",
            list(view.participants),
            index=None,
            format_func=lambda name: view.participants[name].alias,
            key=_FIND,
            placeholder="Type a name",
            on_change=_find,
        )
    _draw_removed(classroom)


def _draw_room(classroom: Classroom, room: Room) -> None:
    view = classroom.view()
    st.subheader(room.title, anchor=False)
    draw_outcome(Section.PICKED)
    if room.is_everyone:
        st.markdown("Everybody in the class reads and writes here. [Write to the class](#write-to-the-class)")
    else:
        members = view.members(room.name)
        presence = classroom.presence
        if not members:
            st.text("Nobody is in this room now.")
        _people(
            key="class_people",
            data={
                "people": [
                    {"id": person.id, "name": person.alias, "here": presence.is_here(person.id)}
                    for person in members
                ]
            },
            on_pick_change=_pick_member,
        )
    if view.locked:
        st.caption("Writing is paused in all rooms.")
    _draw_lock(classroom, room)
    if not room.is_everyone:
        draw_mallory(classroom, room)
    count = room.conversation.head().count
    with st.popover(
        "Clear this room", icon=":material/delete:", key=_CLEAR, on_change="rerun", disabled=not count
    ):
        st.markdown("Forget all messages of this room, for everybody? Nothing brings them back.")
        st.button(
            f"Clear {room.title}",
            key="class_clear_yes",
            type="primary",
            on_click=act,
            args=(Section.PICKED, f"clear {room.name}", partial(_clear, classroom, room)),
        )


def _draw_lock(classroom: Classroom, room: Room) -> None:
    if room.locked:
        label, icon, done = "Let them write again", ":material/lock_open:", f"unlock {room.name}"
    else:
        label, icon, done = "Pause writing here", ":material/lock:", f"lock {room.name}"
    st.button(
        label,
        key="class_lock",
        icon=icon,
        on_click=act,
        args=(Section.PICKED, done, partial(_lock, classroom, room, locked=not room.locked)),
    )


def _draw_person(classroom: Classroom, person: Participant) -> None:
    view = classroom.view()
    st.subheader("Person", anchor=False)
    with st.container(key="class_person_name"):
        st.text(person.alias)
    draw_outcome(Section.PICKED)
    st.text(_whereabouts(classroom, person))
    if room := view.rooms.get(person.room or ""):
        st.button(
            f"Show {room.title}",
            key="class_show_room",
            icon=":material/meeting_room:",
            on_click=_pick,
            args=(Picked(room=room.name),),
        )
    field = f"class_name_{person.id}"
    with st.form("class_rename", border=False):
        st.text_input("New name", key=field, autocomplete="off")
        st.form_submit_button(
            "Rename",
            icon=":material/edit:",
            on_click=act,
            args=(Section.PICKED, f"rename {person.id}", partial(_rename, classroom, person, field)),
        )
    with st.popover("Remove", icon=":material/person_remove:", key=_REMOVE, on_change="rerun"):
        st.markdown(
            "Take this person out of the class? Their messages stay, without their name. You can let them "
            "back in. With the code, somebody can join again under another name while joining is allowed."
        )
        st.button(
            "Remove from the class",
            key="class_remove_yes",
            type="primary",
            on_click=act,
            args=(Section.PICKED, f"remove {person.id}", partial(_remove, classroom, person)),
        )


def _draw_removed(classroom: Classroom) -> None:
    """Draw the way back into the class for those who were removed."""
    removed = classroom.desk.removed()
    if not removed:
        return
    with st.popover(
        f"Let back in ({len(removed)})", icon=":material/person_add:", key=_BACK, on_change="rerun"
    ):
        st.markdown("They come back when they load the page again, in the same browser.")
        for person in removed:
            st.button(
                as_typed(person.alias),
                key=f"class_back_{person.id}",
                on_click=act,
                args=(Section.PICKED, f"back {person.id}", partial(_let_back, classroom, person)),
            )


def _whereabouts(classroom: Classroom, person: Participant) -> str:
    room = classroom.view().rooms.get(person.room or "")
    where = f"in {room.title}" if room else "waits for somebody to write to"
    if person.left:
        return f"Has left; {where}." if room else "Has left."
    return f"{'Here' if classroom.presence.is_here(person.id) else 'Away'}; {where}."


def _lock(classroom: Classroom, room: Room, *, locked: bool) -> str:
    classroom.desk.lock(room.name, locked=locked)
    return f"Writing is paused in {room.title}." if locked else f"They can write in {room.title} again."


def _clear(classroom: Classroom, room: Room) -> str:
    st.session_state[_CLEAR] = False
    classroom.desk.clear(room.name)
    return f"{room.title} is empty."


def _rename(classroom: Classroom, person: Participant, field: str) -> str:
    classroom.desk.rename(person.id, st.session_state[field])
    st.session_state[field] = ""
    return "The name is changed."


def _remove(classroom: Classroom, person: Participant) -> str:
    st.session_state[_REMOVE] = False
    classroom.desk.remove(person.id)
    pick(Picked(room=person.room) if person.room else None)
    return "Removed: this person is no longer in the class."


def _let_back(classroom: Classroom, person: Participant) -> str:
    st.session_state[_BACK] = False
    alias = classroom.desk.let_back(person.id).alias
    pick(None)
    called = "" if alias == person.alias else f" Now called {alias}: somebody else has the name."
    return f"{person.alias} can come back: they load the page again.{called}"


def _find() -> None:
    person = st.session_state[_FIND]
    st.session_state[_FIND] = None
    if person:
        _pick(Picked(person=person))


def _pick_member() -> None:
    forget_outcome()
    whereabouts.pick_sent(st.session_state.get("class_people", {}).get("pick"))


def _pick(what: Picked) -> None:
    forget_outcome()
    pick(what)


def _close() -> None:
    forget_outcome()
    pick(None)
