"""What stands around every page: navigation, notices, and what appears instead when there is no key."""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path

import streamlit as st

from securechat.crypto.keyring import KeyRing, KeySource
from securechat.errors import InvalidSetting
from securechat.settings import APP_FOLDER
from securechat.ui import state, whereabouts
from securechat.ui.component import component
from securechat.ui.ending import PageEnded
from securechat.ui.outcome import forget_all
from securechat.ui.state import application

ICON = str(APP_FOLDER / "securechat" / "ui" / "icon.svg")
"""The page icon and the logo."""

ABOUT = """
**SecureChat** makes encryption visible. Two people write to each other, everybody sees what an
eavesdropper would see, and the Inspector opens a message.

It is a demonstration. The server holds the keys, so this is not end-to-end encryption: only in a
sealed room the server has none.
"""

_inside: ContextVar[bool] = ContextVar("inside the frame", default=False)


def navigation() -> st.Page:
    """Declare the pages, and return the one that the address asks for."""
    # First of all the icon: a page without one of its own has the browser fetch it from another host.
    st.set_page_config(page_title="SecureChat", page_icon=ICON, layout="wide", menu_items={"About": ABOUT})
    chat = st.Page("pages/chat.py", title="Chat", icon=":material/forum:", default=True)
    inspector = st.Page("pages/inspector.py", title="Inspector", icon=":material/frame_inspect:")
    sealed = st.Page("pages/sealed_room.py", title="Sealed room", icon=":material/lock:")
    attack = st.Page("pages/attack_lab.py", title="Attack lab", icon=":material/experiment:")
    exchange = st.Page("pages/key_exchange.py", title="Key exchange", icon=":material/handshake:")
    life = st.Page("pages/key_life.py", title="Key life", icon=":material/autorenew:")
    classroom = st.Page("pages/classroom.py", title="Classroom", icon=":material/school:")
    # On a wide screen what stands at first and the names of the sections are a row: five, and no more.
    if _has_seat():
        join = st.Page("pages/join.py", title="My room", icon=":material/group:")
        first, in_class = [join, chat, inspector], [sealed, classroom]
    else:
        join = st.Page("pages/join.py", title="Join a class", icon=":material/group_add:")
        first, in_class = [chat, inspector, sealed], [join, classroom]
    pages = {"": first, "Labs": [attack, exchange, life], "Class": in_class}
    return st.navigation(pages, position="top")


def _has_seat() -> bool:
    """Say whether this session has a seat in a class; where a setting is not valid, nobody has."""
    with suppress(InvalidSetting):
        return whereabouts.member() is not None
    return False


STYLE = Path(__file__).with_name("frame.css")
"""What holds on every page. The server's own page has it from the start (securechat/web/shell.py)."""

_left_alone = component("left_alone", js="left_alone.js")


def draw() -> None:
    """Draw the page that the address asks for, inside its frame."""
    page = navigation()
    st.logo(ICON, size="large")
    if problem := state.problem():
        _draw_problem(problem)
        return
    _draw_notices(application().conversation.keyring)
    _run(page)


def _run(page: st.Page) -> None:
    st.html(STYLE)  # for a host that knows only scripts
    _left_alone(key="left_alone")
    if (where := whereabouts.here()).page != page.url_path:
        whereabouts.move(replace(where, page=page.url_path))
        st.session_state.pop("key_revealed", None)  # whoever comes back finds the key masked
        forget_all()  # nor is told again what was done before
    token = _inside.set(True)
    try:
        if page.url_path != "join":
            # Only now: its timer is a component that has to be declared where a page runs.
            from securechat.ui.class_news import class_news

            class_news()
        page.run()
    except PageEnded:
        pass  # the run itself ends as any other
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


def _draw_notices(keyring: KeyRing) -> None:
    """Say on every page what the deployer has to know."""
    if application().has_lost_its_key:
        st.warning(
            "The messages that were kept do not open with the key that is here. Put the `secret.key` or the "
            "`SECURECHAT_KEY` of before back, and start the app again; or clear the conversation.",
            icon=":material/key_off:",
        )
    if keyring.origin.source is KeySource.PROCESS:
        st.warning(
            f"The key is for this run only: {keyring.origin.problem} When the app restarts, today's "
            "messages cannot be opened any more. To keep the key, set `SECURECHAT_KEY`, or let the app "
            "write into its folder.",
            icon=":material/key_off:",
        )


def _draw_problem(error: InvalidSetting) -> None:
    """Say which setting is not valid, what is wrong with it and how to put it right."""
    st.title("SecureChat cannot start")
    st.error("A key or a setting cannot be used. Nothing was changed.", icon=":material/key_off:")
    for heading, text in (
        ("Where", error.where),
        ("What is wrong", error.problem),
        ("What to do", error.remedy),
    ):
        st.subheader(heading, anchor=False)
        st.text(text)
    st.button("Try again", icon=":material/refresh:")
