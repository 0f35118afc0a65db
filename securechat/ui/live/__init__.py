"""Keeps an open page up to date: by the live feed, and where that cannot be reached, by looking for news."""

from __future__ import annotations

import streamlit as st
from streamlit_autorefresh import st_autorefresh

from securechat.frames import room_frame
from securechat.store import RoomView
from securechat.ui import state
from securechat.ui.component import component
from securechat.ui.place import Place

HEARTBEAT_MS = 30_000
"""Milliseconds between two looks of a page that the live feed reaches."""

WAITING_MS = 5_000
"""Milliseconds between two looks of somebody who waits for a partner: each look seats whom it can."""

_page = component(
    "page",
    html='<p class="sc-sign" role="status"></p>',
    css=("live/live.css",),
    js=("live/leaving.js", "live/room.js", "live/page.js"),
)
_pulse = component("pulse", js=("live/leaving.js", "live/pulse.js"))


def is_live() -> bool:
    """Say whether this page gets its messages by the live feed, as its browser last told."""
    return bool(st.session_state.get("live"))


def keep_current(place: Place, drawn: RoomView, *others: Place) -> None:
    """Show the room's messages and whatever comes, and draw a small sign of how it comes.

    The browser keeps one copy of the room for all components of the page (`room.js`). It takes what this
    run of the page knows, connects to the live feed, and tells the server when that is up. From then on
    runs carry no messages, and the timer looks once in `HEARTBEAT_MS`. Without the feed the timer looks
    every second, and runs the page when there is news. It sits in a fragment, so that a look runs a few
    lines and not the page.

    Streamlit drops what a run has drawn if a look arrives just as the run ends, and refuses the looks of a
    page that has outlived a restart of the server. So the server numbers the runs of the page, each look
    carries the number of the last one, and the browser, which knows the number of the one that was drawn,
    asks for another run if the two stay apart or the looks stop (`page.js`). It asks for nothing while
    somebody is on the way to another page (`leaving.js`).

    Args:
        place: The room.
        drawn: The room as this run of the page shows it.
        others: Rooms beside it that the page shows something of, such as a count.
    """
    run = st.session_state["run"] = st.session_state.get("run", 0) + 1
    carried = not is_live()
    beside = _revisions(others)
    with st.container(key="live", gap=None, width="content"):
        _page(
            key="room",
            data={
                **place.address(),
                "drawn": run,
                **room_frame(drawn),
                "messages": [place.frame(message) for message in drawn.messages] if carried else [],
                "people": place.people(),
                "state": place.state,
                "crowd": place.crowd,
            },
            on_behind_change=lambda: None,
        )
        _look(place, drawn if carried else None, others, beside)


@st.fragment
def _look(
    place: Place, drawn: RoomView | None, others: tuple[Place, ...], drawn_beside: tuple[int, ...]
) -> None:
    """Look for news: for anything that the page was not sent by its last run."""
    told = st.session_state.get("pulse", {}).get("live")
    live = st.session_state["live"] = is_live() if told is None else told is True
    heartbeat = WAITING_MS if place.is_waiting else HEARTBEAT_MS
    interval = heartbeat if live else state.refresh_ms()
    looks = st_autorefresh(interval, key="refresh")
    _pulse(
        key="pulse",
        data={
            "run": st.session_state["run"],
            "looks": looks,
            "live": live,
            "interval": interval,
            "rooms": [there.address() for there in (place, *others)],
        },
        on_live_change=lambda: None,
    )
    if place.look() != place.state:  # which may just have changed by this look
        st.rerun()
    now = place.conversation.view()
    if not live and (drawn is None or (now.epoch, now.revision) != (drawn.epoch, drawn.revision)):
        st.rerun()
    if not live and _revisions(others) != drawn_beside:
        st.rerun()


def _revisions(places: tuple[Place, ...]) -> tuple[int, ...]:
    return tuple(there.conversation.view().revision for there in places)
