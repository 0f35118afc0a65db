"""NiceGUI's chat, done as its documentation does it.

Every message is a `ui.chat_message` in a refreshable part of the page; who sends appends to a shared list
and refreshes that part, in every open page of the room.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from nicegui import ui

from bench.peers import common


class Room:
    """The messages of a room, as sender, token and time."""

    def __init__(self, name: str) -> None:
        now = f"{datetime.now(UTC):%X}"
        self.messages = [(sender, token, now) for sender, token in common.first_messages(name)]

    @ui.refreshable_method
    def transcript(self, viewer: str) -> None:
        """Draw the messages as one of the two sees them, and go to the last one."""
        for sender, token, stamp in self.messages:
            ui.chat_message(token, name=sender, stamp=stamp, sent=sender == viewer)
        ui.run_javascript("window.scrollTo(0, document.body.scrollHeight)")


@cache
def room_named(name: str) -> Room:
    """Return a room, the same one for everybody."""
    return Room(name)


@ui.page("/")
async def chat(room: str = common.FILLED_ROOM, sender: str = "A") -> None:
    """Draw the page of one user in a room."""
    here = room_named(room)

    def send() -> None:
        here.messages.append((sender, common.encrypt(composer.value), f"{datetime.now(UTC):%X}"))
        composer.value = ""
        here.transcript.refresh()

    with ui.footer():
        composer = ui.input(placeholder="Message").classes("w-full").on("keydown.enter", send)
    await ui.context.client.connected()  # the transcript runs JavaScript, which needs the browser
    with ui.column().classes("w-full items-stretch"):
        here.transcript(sender)


if __name__ in {"__main__", "__mp_main__"}:
    ui.run(host=common.HOST, port=common.port(), show=False, reload=False, show_welcome_message=False)
