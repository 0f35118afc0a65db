"""Where the live feed cannot be reached: runs bring messages, a timer looks for news, Streamlit brings texts.

The browser tells when that is so (`fallback.js`), a few seconds after it has tried in vain. Until then, and
as long as the feed is up, a page has no timer, and its runs bring nothing that the feed brings.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit_autorefresh import st_autorefresh

from securechat import frames
from securechat.errors import SecureChatError
from securechat.rooms.conversation import Conversation
from securechat.rooms.policy import ANYBODY, Actor
from securechat.rooms.store import RoomHead
from securechat.ui.component import component
from securechat.ui.place import Place
from securechat.ui.state import application

_POLLS = "polls"

_look = component("look", js="chat/look.js")


def polls(key: str = "") -> bool:
    """Say whether this session looks for news by itself, as its browser last told.

    Args:
        key: That of the component that tells, where one is to be drawn: when somebody clears the caches of
            the app, Streamlit forgets the session, and what the component holds comes again.
    """
    if key and _POLLS not in st.session_state:
        note(key)
    return bool(st.session_state.get(_POLLS))


def note(key: str) -> None:
    """Note what the component of that key has told of it, if it has."""
    told = st.session_state.get(key, {}).get("polls")
    if told is not None:
        st.session_state[_POLLS] = told is True


def room_data(place: Place, *, after: int = 0) -> dict[str, Any]:
    """Return what the browser is told of a room: where it is, its people, and, without the feed, the rest.

    Args:
        place: The room.
        after: The id of the last message that the browser has.
    """
    people = place.visit.people()
    told = {
        **place.address(),
        "people": people and frames.as_data(people),
        "closed": place.visit.closed,
    }
    if not polls():
        return told
    view = place.conversation.since(after)
    messages = [frames.as_data(place.visit.message_frame(message)) for message in view.messages]
    room = frames.as_data(place.visit.room_frame(view.head))
    return {**told, **room, "messages": messages, "last_id": view.last_id}


def news_data(place: Place) -> dict[str, Any]:
    """Return the same of a room of which only what is new is counted."""
    last = place.conversation.head().last_id
    return {**room_data(place), "title": place.short_title, "last": last}


@st.fragment
def look(place: Place, drawn: RoomHead, others: tuple[Place, ...]) -> None:
    """Look for news, now and then, in a fragment: it runs a few lines and not the page.

    A look brings the messages that the last run did not: the next one makes good for one that is lost.

    Args:
        place: The room.
        drawn: The room as the last run showed it.
        others: Rooms beside it.
    """
    interval = application().settings.refresh_ms
    if place.look() != place.revision:  # which may just have changed by this look
        st.rerun()
    with st.container(key="look"):
        looks = st_autorefresh(interval, key="refresh")
        head = place.conversation.head()
        is_same = (head.epoch, head.rewritten) == (drawn.epoch, drawn.rewritten)
        rooms = [room_data(place, after=drawn.last_id if is_same else 0)]
        rooms += [news_data(there) for there in others]
        _look(key="looked", data={"looks": looks, "interval": interval, "rooms": rooms})


def answer(key: str) -> dict[str, Any] | None:
    """Return what is answered to the last text that the component of that key has handed over."""
    found: dict[str, Any] | None = st.session_state.get(f"answer_{key}")
    return found


def send(place: Place, sender: str, key: str) -> None:
    """Send what the browser has handed over, and keep the answer for it."""
    sent = st.session_state.get(key, {}).get("send")
    st.session_state[f"answer_{key}"] = deliver(place.conversation, sender, sent, actor=place.visit.actor)


def deliver(
    conversation: Conversation, sender: str, sent: object, *, actor: Actor = ANYBODY
) -> dict[str, Any] | None:
    """Send a text that a browser has handed over.

    Args:
        conversation: Where it goes.
        sender: Who writes.
        sent: `{"id": …, "text": …}`: the message's name in that browser, and its text; and in `to`, to
            whom alone it is, empty where it is for everybody.
        actor: As whom this session acts now.

    Returns:
        The answer, as the feed gives it. None where nothing was sent that could be answered.
    """
    match sent:
        case {"id": str(name), "text": str(text), **more} if isinstance(to := more.get("to", ""), str):
            try:
                message = conversation.send(sender, text, client_id=name, to=to or None, actor=actor)
                return frames.as_data(frames.Stored(name, message.id))
            except SecureChatError as error:
                return frames.as_data(frames.Error.of(error, name))
        case _:
            return None
