"""A client of the live feed that holds the key, as a terminal program would be."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from securechat import frames
from securechat.rooms.messages import Message

Frame = dict[str, Any]

PATIENCE = 15.0
"""Seconds in which what is expected has to come."""

HANDSHAKE = (
    b"GET /api/rooms/demo/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def feed(url: str, query: str = "", *, room: str = "demo", origin: str | None = None) -> ClientConnection:
    """Open the feed of the server at this address; use it as a context manager."""
    address = f"ws://{urlsplit(url).netloc}{urlsplit(url).path}/api/rooms/{room}/live{query}"
    headers = {} if origin is None else {"Origin": origin}
    return connect(address, additional_headers=headers, proxy=None, open_timeout=30)


def silent_client(url: str) -> socket.socket:
    """Open the feed with a small buffer, and never read from it; use it as a context manager."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((urlsplit(url).hostname, urlsplit(url).port))
    client.sendall(HANDSHAKE)
    return client


def told_of(message: Message) -> Frame:
    """Return what an eavesdropper is told of a message."""
    sent_at = message.sent_at.astimezone(UTC).replace(microsecond=0)
    return frames.as_data(
        frames.Message(message.id, message.sender, message.token, sent_at, to=message.recipient)
    )


def receive(connection: ClientConnection) -> Frame:
    """Return the next frame. It is one of the schema, and has nothing that the schema has not."""
    text = str(connection.recv(timeout=PATIENCE))
    assert frames.encode(frames.from_server(text)) == text
    frame: Frame = json.loads(text)
    return frame


def receive_until(connection: ClientConnection, kind: str) -> list[Frame]:
    """Return all frames up to the first of a kind."""
    received: list[Frame] = []
    for frame in _frames(connection):
        received.append(frame)
        if frame["type"] == kind:
            return received
    raise AssertionError(f"no frame of the type {kind}")


def transmit(connection: ClientConnection, sender: str, token: str, client_id: str) -> Frame:
    """Send a token, and return the answer to it."""
    return ask(connection, {"type": "send", "sender": sender, "token": token, "client_id": client_id})


def write(connection: ClientConnection, sender: str, text: str, client_id: str, **more: str) -> Frame:
    """Send a text, as a page does, and return the answer to it."""
    return ask(connection, {"type": "write", "sender": sender, "text": text, "client_id": client_id, **more})


def ask(connection: ClientConnection, frame: Frame) -> Frame:
    """Send a frame, and return the answer to it."""
    connection.send(json.dumps(frame))
    for answer in _frames(connection):
        if answer["type"] in ("stored", "error"):
            return answer
    raise AssertionError("no answer")


def close_code(connection: ClientConnection) -> int | None:
    """Read until the other side closes, and return its code."""
    return receive_to_the_end(connection)[1]


def receive_to_the_end(connection: ClientConnection) -> tuple[list[Frame], int | None]:
    """Return all frames until the other side closes, and its code."""
    received: list[Frame] = []
    try:
        for frame in _frames(connection):
            received.append(frame)
    except ConnectionClosed as closed:
        return received, closed.rcvd.code if closed.rcvd else None
    raise AssertionError("the other side does not close")


def _frames(connection: ClientConnection) -> Iterator[Frame]:
    """Give the frames that come, for some seconds at the most: pings come for ever."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        yield receive(connection)
