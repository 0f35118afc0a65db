"""The keys of a room, and which messages each of them opens, in a table."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from securechat.rooms.census import Census, take_census
from securechat.rooms.policy import Action
from securechat.ui.place import Place
from securechat.wording import named

_LOOK = "The table shows the room as it was when you last did something here. This button counts again."

MOST_LINKS = 4
"""Messages that do not open and have a link of their own: the newest."""


# It does not look by itself every few seconds: where such a look and a click come together, Streamlit 1.67
# loses what the page has drawn, or acts twice on one click. Once an hour is for the browser: a page that runs
# by itself is drawn again when the server was restarted.
@st.fragment(run_every=3_600)
def draw_ring(room: Place, drawn: Census) -> None:
    """Draw the table. It is a fragment: asked to look again, it counts anew and touches nothing else.

    Args:
        room: The room.
        drawn: What the rest of the page was drawn from. When that no longer holds, the page is drawn again.
    """
    if not room.allows(Action.CHANGE_KEYS):
        return
    census = take_census(room.conversation)
    if census.offers != drawn.offers:
        st.rerun()
    with st.container(key="ring", gap=None):
        st.markdown("\n".join(_table(census)))
        st.button("Look again", icon=":material/refresh:", type="tertiary", help=_LOOK)
    if census.unreadable:
        _draw_links(census.unreadable)


def _table(census: Census) -> Iterator[str]:
    yield "| Key | Fingerprint | Opens |"
    yield "|:--|:--|:--|"
    for number, (key, ids) in enumerate(zip(census.keys, census.opened, strict=True)):
        name = f"retired {number}" if number else "**primary**"
        yield f"| {name} | `{key.fingerprint}` | {named(ids)} |"
    if census.unreadable:
        yield f"| **no key here** | – | {named(census.unreadable)} |"


def _draw_links(ids: tuple[int, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("No key here opens these (the newest):", width="content")
        for message_id in ids[: -MOST_LINKS - 1 : -1]:
            st.page_link(
                "pages/inspector.py",
                label=f"Inspect message {message_id}",
                icon=":material/frame_inspect:",
                query_params={"message": str(message_id)},
            )
