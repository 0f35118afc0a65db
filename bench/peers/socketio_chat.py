"""Flask-SocketIO: a room for each conversation, served by the development server that its docs start with.

The browser's side is the Socket.IO client; the copy that NiceGUI ships is served, so that no page has
to fetch anything from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from flask import Flask, Response, request, send_file
from flask_socketio import SocketIO, emit, join_room

from bench.peers import common

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Flask-SocketIO</title>
<div id="list"></div>
<input id="composer" placeholder="Message" autocomplete="off">
<script src="/socket.io.min.js"></script>
<script type="module">
  const list = document.getElementById("list");
  const composer = document.getElementById("composer");
  const { room = "demo", as = "A" } = Object.fromEntries(new URLSearchParams(location.search));
  const socket = io({ query: { room } });
  socket.on("messages", (messages) => {
    for (const { sender, token } of messages) {
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
  });
  composer.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    socket.emit("say", { room, sender: as, text: composer.value });
    composer.value = "";
  };
</script>
"""

app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading")
rooms: dict[str, list[tuple[str, str]]] = {common.FILLED_ROOM: common.first_messages(common.FILLED_ROOM)}


@app.get("/")
def page() -> str:
    """Serve the page."""
    return PAGE


@app.get("/socket.io.min.js")
def client() -> Response:
    """Serve the browser's side of Socket.IO."""
    nicegui = find_spec("nicegui")
    if nicegui is None or nicegui.origin is None:
        raise FileNotFoundError("NiceGUI, whose copy of the Socket.IO client is used, is not installed.")
    return send_file(Path(nicegui.origin).parent / "static" / "socket.io.min.js")


@socketio.on("connect")
def on_connect() -> None:
    """Send a reader all that is there."""
    room = request.args["room"]
    join_room(room)
    emit("messages", [{"sender": sender, "token": token} for sender, token in rooms.setdefault(room, [])])


@socketio.on("say")
def on_say(data: Mapping[str, str]) -> None:
    """Pass on what somebody wrote."""
    room, sender, token = data["room"], data["sender"], common.encrypt(data["text"])
    rooms[room].append((sender, token))
    emit("messages", [{"sender": sender, "token": token}], to=room)


if __name__ == "__main__":
    socketio.run(app, host=common.HOST, port=common.port(), allow_unsafe_werkzeug=True)
