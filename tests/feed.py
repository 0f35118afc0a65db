"""A client of the live feed that holds the key, as a terminal program would be."""

from __future__ import annotations

import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Frame = dict[str, Any]

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


def receive(connection: ClientConnection) -> Frame:
    """Return the next frame."""
    frame: Frame = json.loads(connection.recv(timeout=15))
    return frame


def receive_until(connection: ClientConnection, kind: str) -> list[Frame]:
    """Return all frames up to the first of a kind."""
    frames = [receive(connection)]
    while frames[-1]["type"] != kind:
        frames.append(receive(connection))
    return frames


def transmit(connection: ClientConnection, sender: str, token: str, client_id: str) -> Frame:
    """Send a token, and return the answer to it."""
    frame = {"type": "send", "sender": sender, "token": token, "client_id": client_id}
    connection.send(json.dumps(frame))
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        answer = receive(connection)
        if answer["type"] in ("stored", "error"):
            return answer
    raise AssertionError("no answer")


def close_code(connection: ClientConnection) -> int | None:
    """Read until the other side closes, and return its code."""
    try:
        while True:
            receive(connection)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
