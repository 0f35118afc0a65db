"""The empty page that Streamlit fills: what holds on every page stands in it from the first moment on."""

from __future__ import annotations

import gzip
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BEFORE: Final = b'<html lang="en">'
AFTER: Final = b'<html lang="en" translate="no" class="notranslate" spellcheck="false">'
"""A translator puts elements of its own into the page, and what changes later changes beside them: a heading
would stand over another message's text. Some spelling checkers send what is typed to another host."""


END: Final = b"</body>"
"""The style is the last thing there, after the styles that Streamlit's scripts put into the head."""


class Shell:
    """Middleware that changes the page itself, where a browser looks before any script has run.

    It asks the browser to leave alone what will stand there, and brings the style: with a style that comes
    later the page would jump.

    Args:
        app: The application that has the page.
        style: What holds on every page, as CSS.
    """

    def __init__(self, app: ASGIApp, style: str = "") -> None:
        self._app = app
        self._style = b"<style>%s</style>" % style.encode() if style else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and change the page where that is the answer."""
        is_asked = scope["type"] == "http" and scope["method"] == "GET"
        await self._app(scope, receive, _Page(send, self._style).pass_on if is_asked else send)


class _Page:
    """An answer on its way to the client, kept back as a whole where it is a page."""

    def __init__(self, send: Send, style: bytes) -> None:
        self._send = send
        self._style = style
        self._start: Message | None = None
        self._body = bytearray()

    async def pass_on(self, message: Message) -> None:
        """Send a part of the answer, or keep it back."""
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        is_compressed = "content-encoding" in headers
        body = gzip.decompress(self._body) if is_compressed else bytes(self._body)
        body = body.replace(BEFORE, AFTER, 1).replace(END, self._style + END, 1)
        body = gzip.compress(body, mtime=0) if is_compressed else body
        headers["content-length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_readable = headers.get("content-encoding", "gzip") == "gzip"
    is_html = headers.get("content-type", "").startswith("text/html")
    is_streamlits = "content-security-policy" not in headers  # a page with a policy of its own is ours
    return start["status"] == 200 and is_readable and is_html and is_streamlits
