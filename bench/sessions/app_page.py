"""A page session of the app beyond its front page: it goes where the app sends it, and has widgets."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bench.processes import BenchError
from bench.sessions.base import OPEN_SECONDS, OnToken
from bench.sessions.streamlit_page import StreamlitPage

_DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class AppPage(StreamlitPage):
    """One open page of the app. See `Session`.

    Attributes:
        components: The data of the app's components that are drawn, by their keys.
    """

    def __init__(self, url: str, address: str, on_token: OnToken) -> None:
        super().__init__(url, address, on_token)
        self.components: dict[str, dict[str, Any]] = {}
        self._ids: dict[str, str] = {}
        self._fragments: dict[str, str] = {}
        self._buttons: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._widgets: dict[str, WidgetState] = {}
        self._page_hash = ""
        self._page_name = urlsplit(address).path.strip("/")
        self._fresh: set[str] = set()

    def has_button(self, label: str) -> bool:
        """Say whether a button is drawn."""
        return label in self._buttons

    async def press(self, label: str, *typed: tuple[str, str]) -> None:
        """Press a button, and wait for the end of the run that it causes.

        Args:
            label: What stands on it.
            typed: Labels of text fields, and what was typed there before.
        """
        if label not in self._buttons:
            raise self.unknown(f"no button “{label}”")
        texts = [WidgetState(id=self._fields[name], string_value=text) for name, text in typed]
        button = WidgetState(id=self._buttons[label], trigger_value=True)
        await self._finish(self._run(*texts, button), OPEN_SECONDS)

    async def set_state(self, key: str, state: dict[str, object]) -> None:
        """Let a component set its state, as its JavaScript does."""
        self._states[self._ids[key]] = json.dumps(state)
        await self._run(fragment=self._fragments[key])

    async def trigger(self, key: str, event: str, value: object) -> None:
        """Let a component hand over a value, as its JavaScript does."""
        state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{self._ids[key]}__events")
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        await self._run(state, fragment=self._fragments[key])

    def component(self, key: str) -> dict[str, Any]:
        """Return the data of a component.

        Raises:
            BenchError: It is not drawn.
        """
        if key not in self.components:
            raise self.unknown(f"no component `{key}`")
        return self.components[key]

    def unknown(self, problem: str) -> BenchError:
        """Return an error about a page that is not what is known here."""
        return BenchError(f"The page at {self.address} has {problem}: the bench does not know this version.")

    def _add_to(self, state: ClientState) -> None:
        """Say on which page one is, and what the widgets there hold, as the browser does with every run."""
        state.page_script_hash = self._page_hash
        if not self._page_hash:
            state.page_name = self._page_name
        given = {widget.id for widget in state.widget_states.widgets}
        held = [widget for name, widget in self._widgets.items() if name not in given]
        state.widget_states.widgets.extend(held)

    def _on_message(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._page_hash = message.new_session.page_script_hash
            self._fresh.clear()
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.HasField("new_element"):
            self._on_element(message.delta.new_element)
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._forget_what_is_gone()
        super()._on_message(message)
        if kind == "script_finished" and message.script_finished in _DONE:
            self._after_run()

    def _after_run(self) -> None:
        """Do what the page's scripts do when a run is drawn."""

    def _on_element(self, element: Element) -> None:
        """Take note of a widget: what one can press or type into, and what it holds."""
        match element.WhichOneof("type"):
            case "button":
                self._buttons[element.button.label] = element.button.id
                self._fresh.add(element.button.id)
            case "text_input":
                self._fields[element.text_input.label] = element.text_input.id
                self._fresh.add(element.text_input.id)
            case "button_group":
                group = element.button_group
                options = [option.content for option in group.options]
                chosen = list(group.raw_values) if group.set_value else [options[at] for at in group.default]
                state = WidgetState(id=group.id)
                state.string_array_value.data.extend(chosen)
                self._hold(state, anew=group.set_value)
            case "checkbox":
                box = element.checkbox
                value = box.value if box.set_value else box.default
                self._hold(WidgetState(id=box.id, bool_value=value), anew=box.set_value)

    def _hold(self, state: WidgetState, *, anew: bool) -> None:
        self._fresh.add(state.id)
        if anew or state.id not in self._widgets:
            self._widgets[state.id] = state

    def _on_component(self, component: BidiComponent, fragment: str) -> None:
        key = key_of(component)
        self._ids[key], self._fragments[key] = component.id, fragment
        self._fresh.add(component.id)
        self.components[key] = json.loads(component.json or "{}")

    def _forget_what_is_gone(self) -> None:
        """Forget what a run of the whole page has not drawn."""
        self._buttons = _kept(self._buttons, self._fresh)
        self._fields = _kept(self._fields, self._fresh)
        self._ids = _kept(self._ids, self._fresh)
        self.components = {key: data for key, data in self.components.items() if key in self._ids}
        self._widgets = {name: state for name, state in self._widgets.items() if name in self._fresh}


def key_of(component: BidiComponent) -> str:
    """Return the key of a component, which stands at the end of its id."""
    return component.id.split("-", 2)[2]


def _kept(ids: dict[str, str], fresh: set[str]) -> dict[str, str]:
    return {name: id_ for name, id_ in ids.items() if id_ in fresh}
