"""A page session of SecureChat: Streamlit's, and what the JavaScript of the chat does besides.

It opens the live feed, which brings all messages, and by which it sends what is written.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from urllib.parse import parse_qs, quote, urlencode

from streamlit.proto.BidiComponent_pb2 import BidiComponent

from bench.processes import BenchError
from bench.sessions.base import OnToken
from bench.sessions.streamlit_page import StreamlitPage
from securechat import frames


class SecureChatPage(StreamlitPage):
    """One open page of SecureChat. See `Session`."""

    def __init__(self, url: str, address: str, on_token: OnToken) -> None:
        super().__init__(url, address, on_token)
        self._components: dict[str, BidiComponent] = {}
        self._live = asyncio.Event()
        self._stored = asyncio.Event()
        self._side = parse_qs(self.query).get("as", ["A"])[0]

    async def open(self) -> None:
        """See `Session.open`; the feed is up then, too."""
        await super().open()
        key = f"chat_{self._side}"
        if key not in self._components:
            raise BenchError(
                f"SecureChat's page has no component `{key}`: the bench does not know this version."
            )
        data = json.loads(self._components[key].json)
        query = urlencode({"after": 0, "epoch": data["page"]["epoch"]})
        self._feed = await self._connect(f"/api/rooms/{quote(data['room']['name'], safe='')}/live?{query}")
        self._listen(self._feed, self._on_feed)
        await self._wait(self._live)

    async def settle(self) -> None:
        """See `Session.settle`: where the feed is up, the page tells the server nothing more."""

    async def say(self, text: str) -> None:
        """See `Session.say`: by the feed."""
        sent = frames.Write(self._side, secrets.token_hex(16), text)
        await self._feed.send(frames.encode(sent))

    async def say_and_wait(self, text: str, seconds: float) -> None:
        """See `StreamlitPage.say_and_wait`: it causes no run, and the feed says when it is stored."""
        self._stored.clear()
        await self.say(text)
        try:
            await asyncio.wait_for(self._stored.wait(), seconds)
        except TimeoutError:
            raise BenchError(f"A message was not stored after {seconds:.0f} s. {self.broken}") from None

    def _on_feed(self, data: bytes) -> None:
        match frames.from_server(data.decode()):
            case frames.Room():  # all that was there before has come
                self._live.set()
            case frames.Stored():
                self._stored.set()

    def _on_component(self, component: BidiComponent, fragment: str) -> None:
        self._components[component.id.rpartition("-")[2]] = component
