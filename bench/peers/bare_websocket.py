"""The floor: a page, a WebSocket, and nothing else. Starlette, served by uvicorn."""

from __future__ import annotations

from collections import defaultdict

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from bench.peers import common

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Bare WebSocket</title>
<div id="list"></div>
<input id="composer" placeholder="Message" autocomplete="off">
<script type="module">
  const list = document.getElementById("list");
  const composer = document.getElementById("composer");
  const socket = new WebSocket(`ws://${location.host}/live${location.search}`);
  socket.onmessage = (event) => {
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
  composer.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    socket.send(composer.value);
    composer.value = "";
  };
</script>
"""


class Room:
    """The messages of a room, and who has it open."""

    def __init__(self, name: str) -> None:
        self.messages = common.first_messages(name)
        self.sockets: set[WebSocket] = set()


class Rooms(defaultdict[str, Room]):
    """All rooms; a room comes into being when somebody opens it."""

    def __missing__(self, name: str) -> Room:
        self[name] = Room(name)
        return self[name]


rooms = Rooms()


async def page(_: Request) -> HTMLResponse:
    """Serve the page."""
    return HTMLResponse(PAGE)


async def live(socket: WebSocket) -> None:
    """Send a reader all that is there, then pass on what anybody writes."""
    await socket.accept()
    room = rooms[socket.query_params.get("room", common.FILLED_ROOM)]
    sender = socket.query_params.get("as", "A")
    room.sockets.add(socket)
    try:
        await socket.send_json(room.messages)
        async for text in socket.iter_text():
            message = (sender, common.encrypt(text))
            room.messages.append(message)
            for reader in list(room.sockets):
                await reader.send_json([message])
    finally:
        room.sockets.discard(socket)


app = Starlette(routes=[Route("/", page), WebSocketRoute("/live", live)])

if __name__ == "__main__":
    uvicorn.run(app, host=common.HOST, port=common.port(), log_level="warning")
