"""Key life: a new key, old messages under it, old keys dropped; and keys that come and go."""

from collections.abc import Callable

import streamlit as st

from securechat.ui import frame, keys, passcode, place, state

TOOLS = "key_tools"
IMPORT, DOWNLOAD, FOREIGN = "Import a key", "Download keys", "Another's key"

frame.enter()
room = place.current()
conversation = room.conversation

# The open tab is kept as long as the page is drawn: without it, somebody comes from another page.
if TOOLS not in st.session_state:
    keys.forget_note()


def draw_heading() -> None:
    """Draw what the page is about, and for whom."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Key life", anchor=False)
        room.draw_title()
        if room.is_demo and room.may_open:
            passcode.draw_lock()
        if room.is_demo and not state.passcode_is_set():
            st.caption("No passcode is set: anyone who can open this app can do all this.", width="content")


def draw_steps(*, outside: bool) -> None:
    """Draw the steps of a change of keys."""
    if outside:
        keys.draw_outside(conversation.keyring)
        if census.retired:
            keys.draw_reencryption(room, census)
        return
    rotate, reencrypt, drop = st.columns(3, gap="small")
    with rotate:
        keys.draw_rotation(room)
    with reencrypt:
        keys.draw_reencryption(room, census)
    with drop:
        keys.draw_dropping(room, census)


def draw_tools(*, outside: bool) -> None:
    """Draw what is rarely needed: one thing at a time, so that a pasted key goes when another is chosen."""
    tools: dict[str, Callable[[], None]] = {}
    if not outside:
        tools[IMPORT] = lambda: keys.draw_import(room)
    tools |= {DOWNLOAD: lambda: keys.draw_download(room), FOREIGN: lambda: keys.draw_foreign(room)}
    tabs = st.tabs(list(tools), key=TOOLS, on_change="rerun")
    for tab, draw in zip(tabs, tools.values(), strict=True):
        if tab.open:
            with tab:
                draw()


draw_heading()
if not room.may_open:
    passcode.ask()
    st.stop()
if not room.may_change_keys:
    st.text("The keys of the whole class are not changed. Go to your own room and come back from there.")
    room.draw_way_back("Choose your room")
    st.stop()

outside = conversation.keyring.origin.source in keys.OUTSIDE
census = keys.take_census(conversation)
st.markdown("One key encrypts: the **primary** one. **Retired** keys only open what they encrypted.")
keys.draw_ring(room, census)
draw_steps(outside=outside)
st.subheader("Keys that come and go", anchor=False)
draw_tools(outside=outside)

st.divider()
st.markdown(
    """
**This page has not shown:**

- that a new key helps against yesterday's eavesdropper. What Eve copied stays under the old key; if that
  leaks, she reads it. Re-encrypting changes the tokens here, not hers.
- that a dropped key is gone everywhere. A backup, a download or the memory of a computer may still have it.
- how a key gets to the other side while Eve listens: that is the Key exchange page.
"""
)
