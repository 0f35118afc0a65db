"""The server's own files, compressed once: thirty phones that come at a time share one Wi-Fi."""

from __future__ import annotations

import asyncio
import gzip
import logging
import re
from collections.abc import Callable, Iterable
from posixpath import normpath
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEVEL: Final = 6
"""Of gzip, 1 to 9. Streamlit's scripts: 9 takes 1.5 times as long, for files smaller by one in 200."""

MIN_BYTES: Final = 1024
"""What fits into one packet gains nothing."""

MAX_BYTES: Final = 16 * 1024**2
"""All that is kept, compressed: more than twice of what Streamlit has."""

_log = logging.getLogger("securechat.web")

_TYPES: Final = ("text/", "application/javascript", "application/json", "image/svg+xml")
_OF_THE_FILE_AS_IT_IS: Final = ("etag", "accept-ranges")


class CompressedOnce:
    """Middleware that sends files which never change compressed, and compresses each of them once.

    Kept is only what the application itself calls immutable: nobody can fill the memory with addresses of
    their own making. The files that everybody needs are compressed as soon as the server has started, one
    after the other and outside the event loop. Who asks for another one first gets it as it is.

    Args:
        app: The application that has the files.
        needed: Finds the addresses of what everybody needs, the most urgent first. Called in a thread.
        max_bytes: How much may be kept, compressed.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        needed: Callable[[], Iterable[str]] = tuple,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._app = app
        self._needed = needed
        self._free = max_bytes
        self._kept: dict[str, tuple[Message, Message]] = {}
        self._at_work: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what is kept, or let the application answer."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] == "http" and not takes_gzip(Headers(scope=scope)):
            scope = _without_encodings(scope)  # whoever else compresses may look less closely
        if not _may_be_compressed(scope):
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        for message in self._kept.get(path, ()):
            await send(message)
        if path in self._kept:
            return
        answer = _Answer(send)
        await self._app(scope, receive, answer.pass_on)
        if answer.can_be_kept and self._free > 0 and path not in self._at_work:
            self._at_work.add(path)
            try:
                await self._keep(path, answer)
            finally:
                self._at_work.discard(path)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the server start and end, and compress what is needed in between."""
        work: list[asyncio.Task[None]] = []

        async def send_on(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                work.append(asyncio.create_task(self._prepare(scope)))

        try:
            await self._app(scope, receive, send_on)
        finally:
            for task in work:
                task.cancel()

    async def _prepare(self, server: Scope) -> None:
        """Ask for the files that everybody needs, as the first visitor would."""

        async def receive() -> Message:
            await asyncio.Event().wait()  # nobody goes away here
            raise AssertionError

        async def drop(_: Message) -> None:
            pass

        asked = {
            "type": "http",
            "method": "GET",
            "query_string": b"",
            "headers": [(b"accept-encoding", b"gzip")],
        }
        try:
            for path in await asyncio.to_thread(self._needed):
                await self({**server, **asked, "path": path}, receive, drop)
        except Exception:
            _log.exception("Streamlit's files could not be compressed beforehand.")

    async def _keep(self, path: str, answer: _Answer) -> None:
        """Compress an answer and keep it. Once the room is used up, nothing more is compressed."""
        compressed = await asyncio.to_thread(gzip.compress, answer.body, LEVEL, mtime=0)
        self._free -= len(path) + len(compressed)
        if self._free >= 0:
            self._kept[path] = answer.with_body(compressed)


class _Answer:
    """An answer on its way to the client, and a copy of it where it can be kept."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._headers = Headers()
        self.body = bytearray()
        self.can_be_kept = False
        self._copies = False

    async def pass_on(self, message: Message) -> None:
        """Send a part of the answer, and copy it."""
        if message["type"] == "http.response.start":
            self._headers = Headers(raw=message["headers"])
            self._copies = message["status"] == 200 and _never_changes(self._headers)
        elif self._copies:
            self.body += message.get("body", b"")
            self.can_be_kept = not message.get("more_body", False)
        await self._send(message)

    def with_body(self, compressed: bytes) -> tuple[Message, Message]:
        """Return this answer with a compressed body."""
        headers = MutableHeaders(raw=list(self._headers.raw))
        for name in _OF_THE_FILE_AS_IT_IS:
            del headers[name]
        headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(compressed))
        headers.add_vary_header("Accept-Encoding")
        return (
            {"type": "http.response.start", "status": 200, "headers": headers.raw},
            {"type": "http.response.body", "body": compressed},
        )


def _may_be_compressed(scope: Scope) -> bool:
    """Say whether this asks for a whole file by the one address that it has, and takes it compressed."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path = scope["path"]
    if path != normpath(path) or path.startswith("//"):
        return False
    headers = Headers(scope=scope)
    return "range" not in headers and "accept-encoding" in headers


def takes_gzip(headers: Headers) -> bool:
    """Say whether gzip is understood (RFC 9110, section 12.5.3). Who says nothing gets things as they are."""
    weights = {}
    for part in ",".join(headers.getlist("accept-encoding")).lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = _weight(weight)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(text: str) -> float:
    """Return a weight (RFC 9110, section 12.4.2); what cannot be read is none."""
    if not text.strip():
        return 1.0
    match = re.fullmatch(r"\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", text)
    return float(match[1]) if match else 0.0


def _without_encodings(scope: Scope) -> Scope:
    """Return the question of somebody who understands no compression."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() != b"accept-encoding"]}


def _never_changes(headers: Headers) -> bool:
    """Say whether this is a file for ever, as it is, of a kind and a size for which compressing pays."""
    return (
        "immutable" in headers.get("cache-control", "")
        and "content-encoding" not in headers
        and headers.get("content-type", "").startswith(_TYPES)
        and int(headers.get("content-length", "0")) >= MIN_BYTES
    )
