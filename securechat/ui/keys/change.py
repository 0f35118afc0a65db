"""The three steps of a change of keys: a new primary key, old messages under it, retired keys dropped."""

from __future__ import annotations

from functools import partial

import streamlit as st

from securechat.crypto.keyring import FernetKey
from securechat.rooms.census import Census, take_census
from securechat.ui.keys.outcome import Section, act, draw_outcome, where_kept
from securechat.ui.place import Place
from securechat.wording import counted, named

_QUESTION = "drop_question"


def draw_rotation(room: Place) -> None:
    """Draw the step that makes a new primary key."""
    with st.container(border=True, height="stretch"):
        st.subheader("1. Make a new primary key", anchor=False)
        st.markdown(
            "New messages use the new key. The old one is **retired**: it only opens what it encrypted."
        )
        st.button(
            "Make a new primary key",
            icon=":material/autorenew:",
            on_click=act,
            args=(Section.ROTATE, room, partial(_rotate, room)),
        )
        draw_outcome(Section.ROTATE)
        _shows("a key can change while people write, and no message is lost.")


def draw_reencryption(room: Place, census: Census) -> None:
    """Draw the step that encrypts old messages again.

    Args:
        room: The room.
        census: Which key opens which message.
    """
    with st.container(border=True, height="stretch"):
        st.subheader("2. Re-encrypt old messages", anchor=False)
        st.markdown("Old messages are encrypted again, with the primary key. Their times stay.")
        st.button(
            "Re-encrypt old messages",
            icon=":material/sync_lock:",
            disabled=not census.old,
            on_click=act,
            args=(Section.REENCRYPT, room, partial(_reencrypt, room)),
        )
        if not draw_outcome(Section.REENCRYPT) and not census.old:
            st.text("Nothing to do: no message here is under a retired key.")
        _shows("the tokens change, the texts stay the same. Look at the old messages in their room.")


def draw_dropping(room: Place, census: Census) -> None:
    """Draw the step that drops the retired keys, with the question before it."""
    with st.container(border=True, height="stretch"):
        st.subheader("3. Drop retired keys", anchor=False)
        st.markdown("A deleted key cannot leak. Delete keys that open no message.")
        with st.popover(
            "Drop retired keys",
            icon=":material/key_off:",
            disabled=not census.retired,
            key=_QUESTION,
            on_change="rerun",
        ):
            _draw_question(room, census)
        if not draw_outcome(Section.DROP) and not census.retired:
            st.text("Nothing to do: there is no retired key.")
        _shows("without its key, nobody can open a message: not even its writer.")


def _draw_question(room: Place, census: Census) -> None:
    keys = counted(len(census.retired), "retired key")
    if census.old:
        st.warning(
            f"{named(census.old)} will not open any more. To keep them readable, re-encrypt first.",
            icon=":material/warning:",
        )
    else:
        st.markdown(f"No message of this room needs the {keys}.")
    st.markdown("A dropped key is gone for good, unless somebody has a copy.")
    st.button(
        f"Drop {keys} for good",
        type="primary",
        key="drop",
        on_click=_drop_and_close,
        args=(room, census.retired),
    )


def _shows(sentence: str) -> None:
    st.caption(f"**This shows:** {sentence}")


def _rotate(room: Place) -> str:
    ring = room.visit.change_keys(lambda keys: keys.rotated())
    needed = take_census(room.conversation).opened[1]
    still = f"and still opens {named(needed)}" if needed else "and no message here needs it"
    return (
        f"New messages use key `{ring.fingerprint}`. Key `{ring.keys[1].fingerprint}` is retired {still}. "
        f"{where_kept(ring)}"
    )


def _reencrypt(room: Place) -> str:
    done = room.visit.reencrypt()
    said = [f"{counted(done.changed, 'message')} got a new token, with the old time in it."]
    if done.kept:
        said.append(f"{counted(done.kept, 'message')} had the primary key already.")
    if done.unreadable:
        said.append(f"No key here opens {counted(done.unreadable, 'message')}: nothing was changed there.")
    return " ".join(said)


def _drop_and_close(room: Place, retired: tuple[FernetKey, ...]) -> None:
    st.session_state[_QUESTION] = False
    act(Section.DROP, room, partial(_drop, room, retired))


def _drop(room: Place, retired: tuple[FernetKey, ...]) -> str:
    """Drop the keys that the question named, and no other that came meanwhile."""
    before = take_census(room.conversation).unreadable
    ring = room.visit.change_keys(lambda keys: keys.without(retired))
    lost = [
        message_id for message_id in take_census(room.conversation).unreadable if message_id not in before
    ]
    closed = f"{named(lost)} will not open any more." if lost else "All messages that opened still open."
    return f"{counted(len(retired), 'key')} dropped. {closed} {where_kept(ring)}"
