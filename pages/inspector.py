"""Inspector: one message opened, with its text, its fields, every check, and the key."""

import time

import streamlit as st

from securechat.anatomy import dissect
from securechat.messages import MAX_TOKEN_CHARS, Message
from securechat.ui import frame, passcode, state
from securechat.ui.key_details import draw_key_details
from securechat.ui.live import look_for_news
from securechat.ui.opened import draw_anatomy, draw_leaks, draw_plaintext, draw_steps
from securechat.ui.times import local
from securechat.ui.token_view import token_view
from securechat.ui.transcript import NAMES
from securechat.verification import verify

frame.enter()
conversation = state.conversation()
view = conversation.view()
now = int(time.time())


def choose() -> None:
    """Show the message picked from the list, and put it into the address."""
    st.session_state["pasted"] = ""
    st.query_params["message"] = st.session_state["asked"] = str(st.session_state["choice"])


def take_pasted() -> None:
    """Show the pasted token instead of a message."""
    st.session_state["pasted"] = st.session_state["paste_box"].strip()
    st.session_state["choice"] = None
    st.query_params.pop("message", None)


def step(message_id: int) -> None:
    """Show another message, and put it into the address."""
    st.session_state["choice"] = message_id
    choose()


def follow_address() -> None:
    """Show the message that the address asks for, or say that it is not there."""
    asked = st.query_params.get("message")
    if asked is None or asked == st.session_state.get("asked"):
        return
    st.session_state["asked"] = asked
    st.session_state["pasted"] = ""
    found = view.find(int(asked)) if asked.isdecimal() and len(asked) < 10 else None
    st.session_state["choice"] = found.id if found else None
    st.session_state["missing"] = found is None


def label(message_id: int) -> str:
    """Return a message's line in the list."""
    message = view.find(message_id)
    return f"{message_id} · {NAMES[message.sender]} · {local(message.sent_at):%H:%M:%S}" if message else ""


def draw_list() -> None:
    """Draw what there is to inspect."""
    st.subheader("Messages, newest first", anchor=False)
    if view.messages:
        with st.container(height=330, key="messages"):
            st.radio(
                "Messages, newest first",
                [message.id for message in reversed(view.messages)],
                index=None,
                format_func=label,
                key="choice",
                on_change=choose,
                label_visibility="collapsed",
            )
    else:
        st.text("Nobody has written yet.")
        st.page_link("pages/chat.py", label="Write a message in Chat", icon=":material/forum:")
    with st.form("paste", border=False):
        st.text_area(
            "Or paste any token",
            key="paste_box",
            placeholder="gAAAAA…",
            max_chars=2 * MAX_TOKEN_CHARS,
            height=110,
        )
        st.form_submit_button("Inspect this token", on_click=take_pasted, icon=":material/content_paste:")


def draw_details(token: str, message: Message | None) -> None:
    """Draw everything there is to say about a token."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if message:
            st.header(f"Message {message.id}, from {NAMES[message.sender]}", anchor=False)
            for name, icon, other in (
                ("Older", "arrow_back", message.id - 1),
                ("Newer", "arrow_forward", message.id + 1),
            ):
                there = view.find(other) is not None
                st.button(name, icon=f":material/{icon}:", on_click=step, args=(other,), disabled=not there)
        else:
            st.header("A pasted token", anchor=False)
    token_view(token)

    st.subheader(":material/lock_open: With the key: the text", anchor=False)
    keyring = conversation.keyring
    opened = passcode.is_presenter()
    verification = verify(token, keyring.keys, now=now)
    if opened:
        draw_plaintext(verification)
        if not state.presenter_gate():
            st.caption("No passcode is set: anyone who can open this app can read here.")
    else:
        passcode.ask()

    parts = dissect(token)
    st.subheader(":material/hearing: Without any key: what an eavesdropper learns", anchor=False)
    draw_leaks(parts, sender=NAMES[message.sender] if message else None, now=now)
    st.subheader(":material/straighten: Without any key: the anatomy", anchor=False)
    draw_anatomy(parts, now=now)

    if opened:
        st.subheader(":material/checklist: With the key: every check", anchor=False)
        draw_steps(verification)
        st.subheader(":material/key: The key", anchor=False)
        draw_key_details(keyring, verification.key)


follow_address()
if view.find(st.session_state.get("choice") or 0) is None:
    st.session_state["choice"] = None
    newest = view.messages[-1].id if view.messages else None
    if not st.session_state.get("pasted") and not st.session_state.get("missing"):
        st.session_state["choice"] = newest

details, choices = st.columns([5, 2], gap="large")
with choices:
    draw_list()
with details:
    pasted = st.session_state.get("pasted", "")
    chosen = view.find(st.session_state["choice"] or 0)
    if pasted:
        draw_details(pasted, next((m for m in view.messages if m.token == pasted), None))
    elif chosen:
        draw_details(chosen.token, chosen)
    else:
        st.header("Inspector", anchor=False)
        st.text("Here a message is opened: its text, its fields, every check, and the key.")
    if st.session_state.get("missing") and not pasted and not chosen:
        st.warning("The message in the address is not here: cleared, fallen out, or never sent.")

look_for_news(view.revision)
