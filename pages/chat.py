"""Chat: User A and User B side by side, seeing what an eavesdropper sees."""

import streamlit as st

from securechat.rooms.messages import SENDERS
from securechat.rooms.policy import Action
from securechat.ui import frame, passcode, place
from securechat.ui.chat import chat
from securechat.ui.outcome import Outcome
from securechat.ui.place import NAMES
from securechat.ui.reserve import draw_reserve
from securechat.ui.state import application
from securechat.ui.token_view import legend
from securechat.wording import counted

ACCENTS = {"A": "blue", "B": "orange"}
ICONS = {"A": ":material/computer:", "B": ":material/smartphone:"}

frame.enter()
if code := st.query_params.get("class"):  # where a class's QR code and link lead to
    st.switch_page("pages/join.py", query_params={"class": code})
room = place.demo()
place.enter(room)
cleared = Outcome("clear")


def how_long() -> str:
    """Say how long messages are there."""
    database = application().settings.database
    if not application().lasts or database is None:
        return "Messages are gone when the server restarts."
    kept = "Encrypted messages are kept in a database, also when the server restarts"
    return f"{kept}, for {counted(database.keep_days, 'day')}." if database.keep_days else f"{kept}."


def clear() -> None:
    """Forget the conversation and close the question."""
    if not room.allows(Action.CLEAR):
        return
    if cleared.attempt(room.conversation.clear):
        st.session_state["clear_question"] = False


def show_both() -> None:
    """Show both sides again, and have the address say so."""
    st.session_state.pop("side", None)
    st.query_params.pop("as", None)


def side_to_show() -> str | None:
    """Return the side that the address asks for, else the one shown before; None for both."""
    asked = st.query_params.get_all("as")
    if len(asked) == 1 and asked[0] in SENDERS:
        st.session_state["side"] = asked[0]
    elif asked:
        st.session_state.pop("side", None)
        st.info(
            "The address may end in `?as=A` or `?as=B` to show one side. Here are both.",
            icon=":material/info:",
        )
    side = st.session_state.get("side")
    return str(side) if side else None


def draw_clear_question() -> None:
    """Draw the button that asks before it clears."""
    with st.popover("Clear conversation", icon=":material/delete:", key="clear_question", on_change="rerun"):
        if not room.allows(Action.OPEN):
            passcode.ask("The presenter's passcode is needed to clear the conversation.")
            return
        if closed := room.visit.closed:
            st.write(f"{closed} So only the teacher can clear it.")
            return
        st.write("Forget all messages, in every open browser? Nothing brings back what is cleared.")
        cleared.draw()
        st.button("Clear for everyone", type="primary", on_click=clear)


def draw_pane(sender: str, *, leads: bool) -> None:
    """Draw one side: its name, and its chat."""
    with st.container(border=True, key=f"pane_{sender.lower()}", gap="small"):
        st.markdown(f"## :{ACCENTS[sender]}[{ICONS[sender]} {NAMES[sender]}]")
        placeholder = f"Message as {NAMES[sender]}"
        inspected = chat(room, viewer=sender, placeholder=placeholder, leads=leads, announces=leads)
        if inspected:
            st.switch_page("pages/inspector.py", query_params={"message": str(inspected)})


side = side_to_show()
if not side:
    st.markdown(
        "**SecureChat shows how encryption works.** Two people write, and you see what a spy on the line "
        "sees."
    )
with st.container(horizontal=True, vertical_alignment="center", key="chat_head"):
    legend()
    if side:
        st.button("Show both sides", icon=":material/splitscreen_right:", on_click=show_both)
    draw_reserve("Only I write here")
    draw_clear_question()

if side:
    draw_pane(side, leads=True)
else:
    for column, sender in zip(st.columns(2, gap="medium"), SENDERS, strict=True):
        with column:
            draw_pane(sender, leads=sender == SENDERS[0])

with st.container(key="under_panes"):
    st.caption(
        ":material/key: This server holds the key, so the people who run it can read everything: this is "
        f"**not end-to-end encryption**. {how_long()}"
    )
