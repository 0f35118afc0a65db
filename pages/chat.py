"""Chat: User A and User B side by side, seeing what an eavesdropper sees."""

from functools import partial

import streamlit as st

from securechat.errors import SecureChatError
from securechat.messages import SENDERS
from securechat.ui import frame, state
from securechat.ui.live import look_for_news
from securechat.ui.token_view import legend
from securechat.ui.transcript import NAMES, transcript

ACCENTS = {"A": "blue", "B": "orange"}
ICONS = {"A": ":material/computer:", "B": ":material/smartphone:"}

frame.enter()
conversation = state.conversation()
view = conversation.view()


def send(sender: str) -> None:
    """Send what stands in a composer, or put it back there with the reason why not."""
    text = st.session_state[f"composer_{sender}"]
    try:
        conversation.send(sender, text)
    except SecureChatError as error:
        st.session_state[f"composer_{sender}"] = text
        st.session_state[f"refusal_{sender}"] = str(error)
    else:
        st.session_state.pop(f"refusal_{sender}", None)


def draw_pane(sender: str, *, alone: bool, announce: bool) -> None:
    """Draw one side: its name, its transcript, its composer."""
    with st.container(border=True, key=f"pane_{sender.lower()}", gap="small"):
        st.markdown(f"### :{ACCENTS[sender]}[{ICONS[sender]} {NAMES[sender]}]")
        if inspected := transcript(view, viewer=sender, alone=alone, announce=announce):
            st.switch_page("pages/inspector.py", query_params={"message": str(inspected)})
        if refusal := st.session_state.get(f"refusal_{sender}"):
            st.warning(refusal, icon=":material/error:")
        st.chat_input(
            f"Message as {NAMES[sender]}",
            key=f"composer_{sender}",
            on_submit=partial(send, sender),
        )


def clear() -> None:
    """Forget the conversation and close the question."""
    conversation.clear()
    st.session_state["clear_question"] = False


shown = st.query_params.get_all("as")
alone = shown[0] if len(shown) == 1 and shown[0] in SENDERS else None
if shown and not alone:
    st.info(
        "The address may end in `?as=A` or `?as=B` to show one side. Here are both.", icon=":material/info:"
    )

with st.container(horizontal=True, vertical_alignment="center", key="chat_head"):
    legend()
    if alone:
        st.page_link("pages/chat.py", label="Show both sides", icon=":material/splitscreen_right:")
    with st.popover("Clear conversation", icon=":material/delete:", key="clear_question", on_change="rerun"):
        st.write(
            f"Forget all {len(view.messages)} messages, in every open browser? Nothing brings them back."
        )
        st.button("Clear for everyone", type="primary", on_click=clear, disabled=not view.messages)

if alone:
    draw_pane(alone, alone=True, announce=True)
else:
    for column, sender in zip(st.columns(2, gap="medium"), SENDERS, strict=True):
        with column:
            draw_pane(sender, alone=False, announce=sender == SENDERS[0])

st.caption(
    ":material/key: This server holds the key, so whoever runs it can read everything: this is **not "
    "end-to-end encryption**. Messages are gone when the server restarts."
)
look_for_news(view.revision)
