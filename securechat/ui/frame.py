"""What stands around every page: navigation, notices, and what appears instead when there is no key."""

from __future__ import annotations

from contextvars import ContextVar

import streamlit as st

from securechat.errors import InvalidSetting
from securechat.keyring import KeyRing, KeySource
from securechat.ui import seats, state

ICON = str(state.APP_FOLDER / "securechat" / "ui" / "icon.svg")
"""The page icon and the logo."""

ABOUT = """
**SecureChat** makes encryption visible. Two people write to each other, everybody sees what an
eavesdropper would see, and the Inspector opens a message.

It is a demonstration. The server holds the key, so this is not end-to-end encryption.
"""

_IN_CLASS = ("join", "inspector", "attack_lab", "key_exchange", "key_life")
"""The pages that may be about a room of a class."""

_inside: ContextVar[bool] = ContextVar("inside the frame", default=False)


def navigation() -> st.Page:
    """Declare the pages, and return the one that the address asks for."""
    # First of all the icon: a page without one of its own has the browser fetch it from another host.
    st.set_page_config(page_title="SecureChat", page_icon=ICON, layout="wide", menu_items={"About": ABOUT})
    return st.navigation(
        [
            st.Page("pages/chat.py", title="Chat", icon=":material/forum:", default=True),
            st.Page("pages/inspector.py", title="Inspector", icon=":material/frame_inspect:"),
            st.Page("pages/attack_lab.py", title="Attack lab", icon=":material/experiment:"),
            st.Page("pages/key_exchange.py", title="Key exchange", icon=":material/handshake:"),
            st.Page("pages/key_life.py", title="Key life", icon=":material/autorenew:"),
            st.Page("pages/join.py", title="Join a class", icon=":material/group_add:"),
            st.Page("pages/classroom.py", title="Classroom", icon=":material/school:"),
        ],
        position="top",
    )


_READABLE = """<style>
[data-selected="true"], [data-selected="true"] p { color: inherit !important; }
[data-testid="stSliderThumbValue"],
[data-testid="stSliderThumbValue"] * { color: CanvasText; }
</style>"""
"""What is chosen is written in the colour of text: that of the theme lacks contrast."""


def run(page: st.Page) -> None:
    """Run a page inside the frame."""
    st.html(_READABLE)
    if st.session_state.get("page") != page.url_path:
        st.session_state["page"] = page.url_path
        st.session_state.pop("key_revealed", None)  # whoever comes back finds the key masked
    token = _inside.set(True)
    try:
        if page.url_path in _IN_CLASS:
            seats.draw(wanted=page.url_path == "join" or "room" in st.query_params)
            if page.url_path != "join":
                seats.return_quietly()
        page.run()
    finally:
        _inside.reset(token)


def enter() -> None:
    """Make sure that a page stands inside the frame. Every page begins with this.

    A server that has just started takes a folder named `pages` for the whole app: whoever comes first,
    by a link to a page, would get that file alone, without `app.py`. Declaring the pages ends that for
    all sessions, and the second try goes through the front door.
    """
    if not _inside.get():
        navigation()
        st.rerun()


def draw_notices(keyring: KeyRing) -> None:
    """Say on every page what the deployer has to know."""
    if keyring.origin.source is KeySource.PROCESS:
        st.warning(
            f"The key is for this run only: {keyring.origin.problem} When the app restarts, today's "
            "messages cannot be opened any more. To keep the key, set `SECURECHAT_KEY`, or let the app "
            "write into its folder.",
            icon=":material/key_off:",
        )


def draw_problem(error: InvalidSetting) -> None:
    """Say which setting is not valid, what is wrong with it and how to put it right."""
    st.title("SecureChat cannot start")
    st.error("A key or a setting is there, but not valid. Nothing was changed.", icon=":material/key_off:")
    for heading, text in (
        ("Where", error.where),
        ("What is wrong", error.problem),
        ("What to do", error.remedy),
    ):
        st.subheader(heading, anchor=False)
        st.text(text)
    st.button("Try again", icon=":material/refresh:")
