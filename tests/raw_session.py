"""A page session without a browser: speaks Streamlit's own WebSocket protocol to a real server.

Much cheaper than a browser, so that thousands of page runs can be counted, and it sees every byte that
the server sends to one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol


@contextmanager
def raw_session(url: str) -> Iterator[RawSession]:
    """Open a page of the server at this address; leaving the context closes the tab."""
    stream = f"ws://{urlsplit(url).netloc}{urlsplit(url).path}/_stcore/stream"
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
        self.data: dict[str, dict[str, Any]] = {}
        self.labelled: dict[str, str] = {}
        self.fragments: dict[str, str] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self._states: dict[str, str] = {}
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
        self.ask(query=query, page=page, fragment=fragment, widgets=widgets)
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

    def ask(
        self, *, query: str = "", page: str = "", fragment: str = "", widgets: tuple[WidgetState, ...] = ()
    ) -> None:
        """Ask for a run as `run` does, and do not wait: a fragment that is gone does not run at all."""
        request = BackMsg()
        request.rerun_script.query_string = query
        request.rerun_script.page_name = page
        request.rerun_script.fragment_id = fragment
        request.rerun_script.widget_states.widgets.extend(widgets)
        self._socket.send(request.SerializeToString())

    def clear_cache(self) -> None:
        """Ask Streamlit to clear its caches, as anybody can who speaks its protocol."""
        self._socket.send(BackMsg(clear_cache=True).SerializeToString())

    def tick(self) -> list[ForwardMsg]:
        """Let the page look for news, as its timer does where the feed is not reached."""
        return self.run(fragment=self.fragments["looked"])

    def poll(self, key: str = "chat_A", *, on: bool = True) -> list[ForwardMsg]:
        """Tell the server that the feed cannot be reached, or can be again, as the browser does."""
        return self.run(widgets=self.polling(key, on=on))

    def polling(self, key: str, *, on: bool = True) -> tuple[WidgetState, ...]:
        """Return what the browser sends with that."""
        self._states[key] = json.dumps({"polls": on})
        return (WidgetState(id=self.components[key], json_value=self._states[key]),)

    def say(self, sender: str, text: str, *, name: str | None = None) -> list[ForwardMsg]:
        """Send a message as a user, as the composer does, under a name of its own."""
        sent = {"id": name or secrets.token_hex(16), "text": text}
        return self.trigger(f"chat_{sender}", "send", sent)

    def press(self, label: str, page: str, **typed: str) -> list[ForwardMsg]:
        """Press a button that the page has, or had.

        Args:
            label: What stands on it.
            page: The page's name in the address.
            typed: What was typed before into text fields, by their labels.
        """
        fields = [WidgetState(id=self.labelled[name], string_value=text) for name, text in typed.items()]
        button = WidgetState(id=self.labelled[label], trigger_value=True)
        return self.run(page=page, widgets=(*fields, button))

    def toggle(self, switch: str, page: str) -> list[ForwardMsg]:
        """Turn a switch on that the page has, or had, by its id."""
        return self.run(page=page, widgets=(WidgetState(id=switch, bool_value=True),))

    def set_state(self, component: str, state: dict[str, object]) -> list[ForwardMsg]:
        """Let one of our components set its state, as its JavaScript does."""
        widget = WidgetState(id=self.components[component], json_value=json.dumps(state))
        return self.run(fragment=self.fragments.get(component, ""), widgets=(widget,))

    def trigger(self, component: str, event: str, value: object) -> list[ForwardMsg]:
        """Let one of our components hand over a value, as its JavaScript does."""
        return self.run(
            fragment=self.fragments.get(component, ""), widgets=self.handed(component, event, value)
        )

    def handed(self, component: str, event: str, value: object) -> tuple[WidgetState, ...]:
        """Return what the browser sends when a component hands over a value."""
        base = self.components[component]
        state = WidgetState(id=base, json_value=self._states.get(component, "{}"))
        trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{base}__events")
        trigger.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return state, trigger

    def _remember(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        for widget in (element.button, element.text_input, element.checkbox):
            if widget.id:
                self.labelled[widget.label] = widget.id
        component = element.bidi_component
        if not component.id:
            return
        key = component.id.split("-", 2)[2]
        self.data[key] = json.loads(component.json or "{}")
        self.components[key] = component.id
        self.fragments[key] = message.delta.fragment_id
        if answer := (self.data[key].get("composer") or {}).get("answer"):
            self.answers[key] = answer


def _is_last(message: ForwardMsg) -> bool:
    """Say whether a run ends here: one that ends early to begin again goes on."""
    return (
        message.WhichOneof("type") == "script_finished"
        and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
    )
