"""A page session of Streamlit: its WebSocket and protocol, and what the page's scripts ask for.

A `st_autorefresh` that the server sends sets its timer anew with every run that sends it, as the one in the
browser does, and asks for a run when it is over.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Components_pb2 import ComponentInstance
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection

from bench.processes import BenchError
from bench.sessions.base import OnToken, Session


class StreamlitPage(Session):
    """One open page of a Streamlit app. See `Session`."""

    _socket: ClientConnection

    def __init__(self, url: str, address: str, on_token: OnToken) -> None:
        super().__init__(url, address, on_token)
        self._drawn = asyncio.Event()
        self._composer = ""
        self._states: dict[str, str] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def open(self) -> None:
        """See `Session.open`."""
        self._socket = await self._connect("/_stcore/stream", subprotocol="streamlit")
        self._listen(self._socket, self._on_frame)
        await self._run()
        await self._wait(self._drawn)

    async def say(self, text: str) -> None:
        """See `Session.say`."""
        state = WidgetState(id=self._composer)
        state.chat_input_value.data = text
        await self._run(state)

    async def run_again(self, seconds: float) -> None:
        """Let the server run the whole page, and wait for the end of it.

        Args:
            seconds: How long it may take.

        Raises:
            BenchError: It took longer.
        """
        await self._finish(self._run(), seconds)

    async def say_and_wait(self, text: str, seconds: float) -> None:
        """Send a message, and wait for the end of the run that it causes. See `run_again`."""
        await self._finish(self.say(text), seconds)

    async def close(self) -> None:
        """See `Session.close`."""
        for timer in self._timers.values():
            timer.cancel()
        await super().close()

    async def _run(self, *triggers: WidgetState, fragment: str = "") -> None:
        """Ask for a run of the page, or of a fragment of it."""
        request = BackMsg()
        request.rerun_script.query_string = self.query
        request.rerun_script.fragment_id = fragment
        states = request.rerun_script.widget_states.widgets
        states.extend(WidgetState(id=name, json_value=value) for name, value in self._states.items())
        states.extend(triggers)
        self._add_to(request.rerun_script)
        await self._socket.send(request.SerializeToString())

    async def _finish(self, request: Coroutine[Any, Any, None], seconds: float) -> None:
        self._drawn.clear()
        await request
        try:
            await asyncio.wait_for(self._drawn.wait(), seconds)
        except TimeoutError:
            raise BenchError(f"A page run was not over after {seconds:.0f} s. {self.broken}") from None

    def _on_frame(self, data: bytes) -> None:
        message = ForwardMsg()
        message.ParseFromString(data)
        self._on_message(message)

    def _add_to(self, state: ClientState) -> None:
        """Add what a kind of page sends besides, whenever it asks for a run."""

    def _on_message(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self._drawn.set()
        elif kind == "delta" and message.delta.HasField("new_element"):
            element = message.delta.new_element
            if element.HasField("chat_input"):
                self._composer = element.chat_input.id
            elif element.HasField("component_instance"):
                self._set_timer(element.component_instance, message.delta.fragment_id)
            elif element.HasField("bidi_component"):
                self._on_component(element.bidi_component, message.delta.fragment_id)

    def _on_component(self, component: BidiComponent, fragment: str) -> None:
        """Take note of a component (of Streamlit's version 2) that the server sends."""

    def _set_timer(self, component: ComponentInstance, fragment: str) -> None:
        if "autorefresh" not in component.component_name:
            return
        if component.id in self._timers:
            self._timers[component.id].cancel()
        seconds = json.loads(component.json_args)["interval"] / 1_000
        loop = asyncio.get_running_loop()
        self._timers[component.id] = loop.call_later(seconds, self._tick, component.id, fragment)

    def _tick(self, component: str, fragment: str) -> None:
        self._states[component] = str(int(self._states.get(component, "0")) + 1)
        if not self.broken:
            self._tasks.append(asyncio.create_task(self._run(fragment=fragment)))
