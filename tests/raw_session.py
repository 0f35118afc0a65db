"""A page session without a browser: speaks Streamlit's own WebSocket protocol to a real server.

Much cheaper than a browser, so that thousands of page runs can be counted, and it sees every byte that
the server sends to one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol


@contextmanager
def raw_session(url: str) -> Iterator[RawSession]:
    """Open a page of the server at this address; leaving the context closes the tab."""
    stream = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    protocols = [Subprotocol("streamlit")]
    with connect(stream, subprotocols=protocols, max_size=None, open_timeout=30) as socket:
        yield RawSession(socket)


class RawSession:
    """One open page.

    Args:
        socket: The connection that the page would have.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.components: dict[str, str] = {}
        self.fragments: dict[str, str] = {}
        self.answers: dict[str, dict[str, str]] = {}
        self.received = 0

    def run(
        self, *, query: str = "", page: str = "", fragment: str = "", widgets: tuple[WidgetState, ...] = ()
    ) -> list[ForwardMsg]:
        """Let the server run the page, and return what it sends.

        Args:
            query: The query of the address, without the question mark.
            page: The page's name in the address; Chat if empty.
            fragment: The id of a fragment, to run only that.
            widgets: States of widgets, as a browser sends them.
        """
        request = BackMsg()
        request.rerun_script.query_string = query
        request.rerun_script.page_name = page
        request.rerun_script.fragment_id = fragment
        request.rerun_script.widget_states.widgets.extend(widgets)
        self._socket.send(request.SerializeToString())
        messages: list[ForwardMsg] = []
        while not messages or not _is_last(messages[-1]):
            data = self._socket.recv(timeout=60)
            assert isinstance(data, bytes)
            self.received += len(data)
            message = ForwardMsg()
            message.ParseFromString(data)
            messages.append(message)
            self._remember(message)
        return messages

    def clear_cache(self) -> None:
        """Ask Streamlit to clear its caches, as anybody can who speaks its protocol."""
        self._socket.send(BackMsg(clear_cache=True).SerializeToString())

    def tick(self) -> list[ForwardMsg]:
        """Let the page look for news, as its timer does."""
        return self.run(fragment=self.fragments["pulse"])

    def say(self, sender: str, text: str, *, name: str | None = None) -> list[ForwardMsg]:
        """Send a message as a user, as the composer does, under a name of its own."""
        sent = {"id": name or secrets.token_hex(16), "text": text}
        return self.trigger(f"composer_{sender}", "send", sent)

    def set_state(self, component: str, state: dict[str, object]) -> list[ForwardMsg]:
        """Let one of our components set its state, as its JavaScript does."""
        widget = WidgetState(id=self.components[component], json_value=json.dumps(state))
        return self.run(fragment=self.fragments.get(component, ""), widgets=(widget,))

    def trigger(self, component: str, event: str, value: object) -> list[ForwardMsg]:
        """Let one of our components hand over a value, as its JavaScript does."""
        base = self.components[component]
        state = WidgetState(id=base, json_value="{}")
        trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{base}__events")
        trigger.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return self.run(fragment=self.fragments.get(component, ""), widgets=(state, trigger))

    def _remember(self, message: ForwardMsg) -> None:
        component = message.delta.new_element.bidi_component
        if not component.id:
            return
        key = component.id.rpartition("-")[2]
        self.components[key] = component.id
        self.fragments[key] = message.delta.fragment_id
        if answer := json.loads(component.json or "{}").get("answer"):
            self.answers[key] = answer


def _is_last(message: ForwardMsg) -> bool:
    """Say whether a run ends here: one that ends early to begin again goes on."""
    return (
        message.WhichOneof("type") == "script_finished"
        and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
    )
