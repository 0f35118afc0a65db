"""A button that saves a text as a file. The browser makes the file, so no address of the server has it."""

from __future__ import annotations

from collections.abc import Callable

from securechat.ui.component import component

_button = component(
    "download",
    html='<button type="button" class="sc-button sc-save"></button>',
    css=("download.css",),
    js="download.js",
)


def save_button(key: str, name: str, text: str, *, on_saved: Callable[[], None]) -> None:
    """Draw a button that saves a text. The text is in the page from now on, until a run draws it no more.

    Args:
        key: The key of the button.
        name: What the file is called.
        text: What is in it.
        on_saved: Called when it was saved.
    """
    _button(key=key, data={"name": name, "text": text}, on_saved_change=on_saved)


def fetch_button(
    key: str,
    label: str,
    name: str,
    text: str | None,
    *,
    order: str = "",
    on_asked: Callable[[], None],
    on_saved: Callable[[], None],
) -> None:
    """Draw a button that asks for a text, and saves it by itself when a run of the page brings it.

    Args:
        key: The key of the button.
        label: What stands on it.
        name: What the file is called.
        text: What is in it; None until it was asked for, and again after it was saved.
        order: Another text with each time that it is asked for: the same is saved once.
        on_asked: Called when the button is pressed.
        on_saved: Called when the file was saved.
    """
    data = {"name": name, "label": label, "order": order, "text": text}
    _button(key=key, data=data, width="content", on_asked_change=on_asked, on_saved_change=on_saved)
