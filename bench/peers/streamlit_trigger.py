"""The floor of Streamlit: a text area whose trigger runs a fragment, and a WebSocket that shows tokens.

What a message costs here is Streamlit's own: the trigger's way to the server, and the thread that runs the
callback.
"""

from __future__ import annotations

import streamlit as st
from starlette.routing import WebSocketRoute

from bench.peers import common, trigger_room

HTML = '<div class="list"></div><textarea placeholder="Message" rows="1"></textarea>'
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".list");
  const composer = parentElement.querySelector("textarea");
  composer.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    setTriggerValue("say", composer.value);
    composer.value = "";
  };
  if (list.socket) return;
  list.socket = new WebSocket(`ws://${location.host}/live?room=${data.room}`);
  list.socket.onmessage = (event) => {
    for (const [sender, token] of JSON.parse(event.data)) {
      const item = document.createElement("p");
      const name = document.createElement("strong");
      const text = document.createElement("code");
      name.textContent = sender;
      text.className = "token";
      text.textContent = token;
      item.append(name, " ", text);
      list.append(item);
    }
    composer.scrollIntoView();
  };
}
"""


@st.fragment
def chat(room: str, sender: str) -> None:
    """Draw the tokens and the text area."""

    def say() -> None:
        trigger_room.room_named(room).say(sender, st.session_state["chat"]["say"])

    component = st.components.v2.component("trigger_chat", html=HTML, js=JS, isolate_styles=False)
    component(key="chat", data={"room": room}, on_say_change=say)


if __name__ == "__main__":
    chat(st.query_params.get("room", common.FILLED_ROOM), st.query_params.get("as", "A"))
else:
    app = st.App(__file__, routes=[WebSocketRoute("/live", trigger_room.live)])
