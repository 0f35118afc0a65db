"""Key life: a new key, old messages under it, old keys dropped; and keys that come and go."""

from collections.abc import Callable

import streamlit as st

from securechat.errors import PresenterOnly, RoomSealed, WritingClosed
from securechat.rooms.census import take_census
from securechat.rooms.policy import Action
from securechat.ui import ending, frame, passcode, seats
from securechat.ui.keys import change, download, foreign, import_key, outside, ring

TOOLS = "key_tools"
IMPORT, DOWNLOAD, FOREIGN = "Import a key", "Download keys", "Somebody else's key"

frame.enter()
room = seats.current_place()
conversation = room.conversation


def draw_heading() -> None:
    """Draw what the page is about, and for whom."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Key life", anchor=False)
        room.draw_title()
        room.draw_lock()
    if not room.visit.closed:
        room.draw_openness("change keys")


def draw_steps(*, is_outside: bool) -> None:
    """Draw the steps of a change of keys."""
    if is_outside:
        outside.draw_outside(conversation.keyring)
        if census.retired:
            change.draw_reencryption(room, census)
        return
    rotate, reencrypt, drop = st.columns(3, gap="small")
    with rotate:
        change.draw_rotation(room)
    with reencrypt:
        change.draw_reencryption(room, census)
    with drop:
        change.draw_dropping(room, census)


def draw_tools(*, is_outside: bool) -> None:
    """Draw what is rarely needed: one thing at a time, so that a pasted key goes when another is chosen."""
    tools: dict[str, Callable[[], None]] = {}
    if not is_outside:
        tools[IMPORT] = lambda: import_key.draw_import(room)
    tools |= {DOWNLOAD: lambda: download.draw_download(room), FOREIGN: lambda: foreign.draw_foreign(room)}
    tabs = st.tabs(list(tools), key=TOOLS, on_change="rerun")
    for tab, draw in zip(tabs, tools.values(), strict=True):
        if tab.open:
            with tab:
                draw()


draw_heading()
refusal = room.refusal(Action.CHANGE_KEYS)
if isinstance(refusal, PresenterOnly):
    passcode.ask()
    ending.end_page()
if isinstance(refusal, RoomSealed):
    st.info(str(refusal), icon=":material/lock:")
    st.text("What was written before you sealed it still opens in the Inspector.")
    room.draw_way_back("Go to the room")
    st.page_link("pages/inspector.py", label="Inspector", icon=":material/frame_inspect:")
    ending.end_page()
if isinstance(refusal, WritingClosed):
    passcode.ask(f"**{refusal.reason}** The presenter's passcode is needed to change keys.")
    ending.end_page()
if refusal:
    st.text("The keys of the whole class are not changed. Go to your own room and come back from there.")
    room.draw_way_back("Choose your room")
    ending.end_page()

is_outside = conversation.keyring.origin.source in outside.OUTSIDE
census = take_census(conversation)
st.markdown("One key encrypts: the **primary** one. **Retired** keys only open what they encrypted.")
ring.draw_ring(room, census)
draw_steps(is_outside=is_outside)
st.subheader("Import, download, or try a key", anchor=False)
draw_tools(is_outside=is_outside)

st.divider()
st.markdown(
    """
**This page has not shown:**

- that a new key protects old messages. Eve may have copied them, encrypted with the old key. If that key
  leaks, she reads them. Re-encrypting changes the tokens here, but not Eve's copies.
- that a dropped key is gone everywhere. A backup, a download or the memory of a computer may still have it.
- how a key gets to the other side while Eve listens. The page Key exchange shows that.
"""
)
