"""A page session of NiceGUI: the page over HTTP, then Socket.IO over a WebSocket, and the page's handshake.

What is typed is told to the server at once, and not letter by letter as a browser does: that is kind to it.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.request
import uuid
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection

from bench.processes import BenchError
from bench.sessions.base import OPEN_SECONDS, Session

ACK_SECONDS = 3.0
"""How often a page says which messages it has got."""

_ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
_QUERY = re.compile(r"\bquery: (\{.*?\}),\n")
_MESSAGE_ID = re.compile(rb'"_id":(\d+)')
_ESCAPES = {"&#36;": "$", "&#96;": "`", "&gt;": ">", "&lt;": "<", "&amp;": "&"}
_KEY = {
    "key": "Enter",
    "code": "Enter",
    "altKey": False,
    "ctrlKey": False,
    "shiftKey": False,
    "metaKey": False,
}


class NiceGuiPage(Session):
    """One open page of a NiceGUI app. See `Session`."""

    _socket: ClientConnection

    async def open(self) -> None:
        """See `Session.open`."""
        self._drawn = asyncio.Event()
        self._next_message = 0
        page = await asyncio.to_thread(_get, self.url + self.address)
        elements, query = _ELEMENTS.search(page), _QUERY.search(page)
        if elements is None or query is None:
            raise BenchError(
                "NiceGUI's page is not as expected: its elements or its client id were not found."
            )
        self._find_composer(elements[1])
        told = {key: str(value) for key, value in _object(query[1]).items()}
        self._client = told["client_id"]
        own = {"implicit_handshake": "true", "tab_id": str(uuid.uuid4()), "document_id": str(uuid.uuid4())}
        path = urlencode({**told, **own, "EIO": "4", "transport": "websocket"})
        self._socket = await self._connect(f"/_nicegui_ws/socket.io/?{path}")
        self._listen(self._socket, self._on_frame)
        await self._wait(self._drawn)
        self._tasks.append(asyncio.create_task(self._acknowledge()))

    async def say(self, text: str) -> None:
        """See `Session.say`."""
        await self._event("update:value", text)
        await self._event("keydown", _KEY)

    def _find_composer(self, escaped: str) -> None:
        for escape, sign in _ESCAPES.items():
            escaped = escaped.replace(escape, sign)
        for number, element in json.loads(escaped).items():
            if element.get("props", {}).get("placeholder") == "Message":
                self._composer = int(number)
                self._listeners = {event["type"]: event["listener_id"] for event in element["events"]}
                return
        raise BenchError("NiceGUI's page has no composer.")

    async def _event(self, kind: str, value: object) -> None:
        """Tell the server of an event at the composer."""
        event = {
            "id": self._composer,
            "client_id": self._client,
            "listener_id": self._listeners[kind],
            "args": [json.dumps(value)],
        }
        await self._socket.send("42" + json.dumps(["event", event]))

    def _on_frame(self, data: bytes) -> None:
        if data.startswith(b"0"):  # open: join
            self._answer("40")
        elif data == b"2":  # ping: pong
            self._answer("3")
        elif data.startswith(b"42"):
            if b"run_javascript" in data[:40]:  # the transcript is there, and the page is scrolled to its end
                self._drawn.set()
            if ids := _MESSAGE_ID.findall(data):
                self._next_message = int(ids[-1]) + 1
        elif data.startswith(b"44"):  # refused
            self.broken = data.decode()

    def _answer(self, text: str) -> None:
        self._tasks.append(asyncio.create_task(self._socket.send(text)))

    async def _acknowledge(self) -> None:
        """Say every few seconds what has come, so that the server need not keep it."""
        acknowledged = 0
        while True:
            await asyncio.sleep(ACK_SECONDS)
            if self._next_message > acknowledged:
                acknowledged = self._next_message
                state = {"client_id": self._client, "next_message_id": acknowledged}
                await self._socket.send("42" + json.dumps(["ack", state]))


def _get(url: str) -> str:
    deadline = time.monotonic() + OPEN_SECONDS
    with urllib.request.urlopen(url, timeout=OPEN_SECONDS) as response:  # noqa: S310 - our own server
        text = response.read().decode()
    if time.monotonic() > deadline:
        raise BenchError(f"NiceGUI's page did not come within {OPEN_SECONDS:.0f} s.")
    return str(text)


def _object(text: str) -> dict[str, Any]:
    """Read an object that Jinja wrote out of Python."""
    found = re.findall(r"'(\w+)': (?:'([^']*)'|([\w.]+))", text)
    return {key: quoted or bare for key, quoted, bare in found}
