"""A page session of SecureChat: Streamlit's, and what the JavaScript of its components does besides.

It opens the live feed at the place where the page's own messages end, tells the server that the feed is up,
and sends what is written as the composer does.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from urllib.parse import parse_qs, quote, urlencode

from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bench.processes import BenchError
from bench.sessions.base import OPEN_SECONDS, OnToken
from bench.sessions.streamlit_page import StreamlitPage

SETTLED_SECONDS = 1.0
"""How long the feed has to be up until the page tells the server (`SETTLED` in page.js)."""


class SecureChatPage(StreamlitPage):
    """One open page of SecureChat. See `Session`."""

    def __init__(self, url: str, address: str, on_token: OnToken) -> None:
        super().__init__(url, address, on_token)
        self._components: dict[str, BidiComponent] = {}
        self._fragments: dict[str, str] = {}
        self._live = asyncio.Event()
        self._side = parse_qs(self.query).get("as", ["A"])[0]

    async def open(self) -> None:
        """See `Session.open`; the feed is up then, too."""
        await super().open()
        if "room" not in self._components:
            raise BenchError(
                "SecureChat's page has no component `room`: the bench does not know this version."
            )
        room = json.loads(self._components["room"].json)
        after = room["messages"][-1]["id"] if room["messages"] else 0
        query = urlencode({"after": after, "epoch": room["epoch"]})
        feed = await self._connect(f"/api/rooms/{quote(room['name'], safe='')}/live?{query}")
        self._listen(feed, lambda _: self._live.set())
        await self._wait(self._live)

    async def settle(self) -> None:
        """See `Session.settle`: the page tells the server that the feed is up."""
        await asyncio.sleep(SETTLED_SECONDS)
        self._states[self._components["pulse"].id] = json.dumps({"live": True})
        await self._finish(self._run(fragment=self._fragments["pulse"]), OPEN_SECONDS)

    async def say(self, text: str) -> None:
        """See `Session.say`."""
        sent = {"id": secrets.token_hex(16), "text": text}
        key = f"composer_{self._side}"
        component = self._components[key].id
        trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{component}__events")
        trigger.json_trigger_value = json.dumps([{"event": "send", "value": sent}])
        await self._run(WidgetState(id=component, json_value="{}"), trigger, fragment=self._fragments[key])

    def _on_component(self, component: BidiComponent, fragment: str) -> None:
        key = component.id.rpartition("-")[2]
        self._components[key] = component
        self._fragments[key] = fragment
