"""The gate: what every request passes before Streamlit or this app looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from securechat.web.origins import Origins
from securechat.web.pace import Pace
from securechat.web.refusal import refuse

MAX_SOCKETS: Final = 5_000
"""WebSockets open at once: a class of 150 needs 300, and the operating system's own limit is often lower."""

_QUESTIONS: Final = ("GET", "HEAD", "OPTIONS")
"""All that is ever asked of this server. What people send comes by WebSockets, which are limited."""

_LIVE: Final = "/live"
"""How the addresses of our own sockets end: the feed looks at its frames itself, and bears less. Any other
is taken for one to Streamlit: its router finds `/_stcore/stream` also where the address has a line break at
its end."""


class Gate:
    """Middleware that lets in what the rules allow.

    - Requests under a host that is not the server's, and WebSockets of foreign pages: 403.
    - Requests that bring something along, as uploads do: 403.
    - Requests for what is behind the gate and nobody needs: 404.
    - More WebSockets than `MAX_SOCKETS`: 503.
    - More frames to Streamlit than `Pace` allows: slowed down, then 1008. Frames that no page sends: dropped.
    - Every answer says that its kind is not to be guessed, and every page who may frame it.

    Args:
        app: What is behind the gate.
        origins: Finds the rule about origins and hosts. Called in a thread, as it may look at files;
            once, if the rule lasts.
        is_needed: Says of a frame to Streamlit whether this app's pages ever send such; others are dropped.
        is_open: Says of a path whether anything is to be found there.
        health: Addresses answered under any host: whoever watches over a server often knows its number alone.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        origins: Callable[[], Origins] = Origins,
        is_needed: Callable[[bytes], bool] = lambda frame: True,
        is_open: Callable[[str], bool] = lambda path: True,
        health: Collection[str] = (),
    ) -> None:
        self._app = app
        self._health = health
        self._origins = origins
        self._rule: Origins | None = None
        self._is_needed = is_needed
        self._is_open = is_open
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        rule = self._rule
        if rule is None or not rule.lasts:  # mostly when the server starts, and nobody waits for it
            self._rule = rule = await asyncio.to_thread(self._origins)
        if scope["type"] == "http":
            await self._answer(rule, scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(rule, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, rule: Origins, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                _say_how_to_treat(headers, rule)
                message = {**message, "headers": headers.raw}
            await send(message)

        if scope["path"] not in self._health and not rule.answers_to(Headers(scope=scope).get("host", "")):
            await PlainTextResponse("This server has another name.\n", 403)(scope, receive, send_on)
        elif scope["method"] not in _QUESTIONS:
            await PlainTextResponse("Nothing can be sent here.\n", 403)(scope, receive, send_on)
        elif not self._is_open(scope["path"]):
            await PlainTextResponse("There is nothing here.\n", 404)(scope, receive, send_on)
        else:
            await self._app(scope, receive, send_on)

    async def _connect(self, rule: Origins, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origin, host = headers.get("origin"), headers.get("host", "")
        if not rule.answers_to(host) or not rule.may_connect(origin, host):
            await send({"type": "websocket.close"})  # answered with 403
            return
        if self._open >= MAX_SOCKETS:
            await refuse(WebSocket(scope, receive, send), 503, "Too many are connected. Try again later.")
            return
        if origin is not None and not rule.is_own(origin, host):
            # It is allowed. Streamlit would first ask the internet for this server's address, and wait.
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() != b"origin"]}
        if not scope["path"].endswith(_LIVE):
            socket = _StreamlitSocket(receive, send, self._is_needed)
            receive, send = socket.receive, socket.send
        self._open += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open -= 1


class _StreamlitSocket:
    """A WebSocket to Streamlit, which is read at its pace."""

    def __init__(self, receive: Receive, send: Send, is_needed: Callable[[bytes], bool]) -> None:
        self._receive = receive
        self._send = send
        self._is_needed = is_needed
        self._pace = Pace()
        self._is_closed = False

    async def receive(self) -> Message:
        """Return the next frame that is let in, or that there is no more."""
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            wait = self._pace.take(len(message.get("bytes") or message.get("text") or ""))
            if wait is None:
                return await self._close(1008, "Too many frames in a short time.")
            await asyncio.sleep(wait)
            if (frame := message.get("bytes")) is None:
                return await self._close(1003, "Frames are binary.")
            if self._is_needed(frame):
                return message

    async def send(self, message: Message) -> None:
        """Send on what the application says, until it is closed here."""
        if not self._is_closed:
            await self._send(message)

    async def _close(self, code: int, reason: str) -> Message:
        """Close the connection (RFC 6455, section 7.4.1), and return what the application is told."""
        self._is_closed = True
        await self._send({"type": "websocket.close", "code": code, "reason": reason})
        return {"type": "websocket.disconnect", "code": code, "reason": reason}


def _say_how_to_treat(headers: MutableHeaders, rule: Origins) -> None:
    """Add the headers that bound what a browser makes of an answer."""
    headers["x-content-type-options"] = "nosniff"
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("referrer-policy", "same-origin")  # addresses have codes of classes in them
        if rule.frame_ancestors:
            headers.append("content-security-policy", f"frame-ancestors {rule.frame_ancestors}")
