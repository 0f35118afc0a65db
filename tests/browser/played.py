"""A live feed that a test plays to a page of the real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, WebSocketRoute

from securechat.crypto.keyring import KeyRing
from tests.feed import feed, receive_until

OLD, NEW = KeyRing.generate(), KeyRing.generate()


class Played:
    """A feed that a test plays: 30 messages at first, and whatever the test makes of them."""

    def __init__(self, page: Page) -> None:
        self.tokens = encrypted(OLD, 30)
        self.rewritten = 0
        self.epoch = ""  # that of the server, which the runs of the page tell of, too
        self.asked: list[int] = []
        self.sockets: list[WebSocketRoute] = []
        self.greet: Callable[[WebSocketRoute, int], None] = self.catch_up
        page.route_web_socket("**/api/rooms/**", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        query = parse_qs(urlsplit(socket.url).query)
        if not self.epoch:
            with feed(f"http://{urlsplit(socket.url).netloc}") as reader:
                self.epoch = receive_until(reader, "room")[-1]["epoch"]
        after = int(query["after"][0])
        self.asked.append(after)
        self.sockets.append(socket)
        self.greet(socket, after)

    def catch_up(self, socket: WebSocketRoute, after: int) -> None:
        """Send what a client is sent first."""
        self.send_some(socket, self.frames()[after:])
        self.tell_room(socket)

    def send_some(self, socket: WebSocketRoute, frames: list[dict[str, Any]]) -> None:
        """Send these messages."""
        for frame in frames:
            socket.send(json.dumps({"type": "message", **frame}))

    def tell_room(self, socket: WebSocketRoute) -> None:
        """Send the state of the room."""
        socket.send(json.dumps({"type": "room", **self.room()}))

    def frames(self) -> list[dict[str, Any]]:
        """Return the messages as they are now."""
        return [
            {"id": number, "sender": "B", "token": token, "sent_at": "2026-01-01T12:00:00Z"}
            for number, token in enumerate(self.tokens, start=1)
        ]

    def room(self) -> dict[str, Any]:
        """Return the state of the room as it is now."""
        state = {"epoch": self.epoch, "first_id": 1, "dropped": 0, "cleared": False}
        return {**state, "rewritten": self.rewritten}

    def add(self) -> None:
        """Let one more message come, under the new key."""
        self.tokens.append(NEW.encrypt("one more"))
        self.send_some(self.sockets[-1], self.frames()[-1:])

    def rewrite(self) -> None:
        """Give all messages other tokens, and tell that there are some."""
        self.tokens = encrypted(NEW, len(self.tokens))
        self.rewritten += 1
        self.tell_room(self.sockets[-1])


def encrypted(ring: KeyRing, count: int) -> list[str]:
    """Return tokens of some messages, all of one length."""
    return [ring.encrypt(f"message {number:03}") for number in range(count)]
