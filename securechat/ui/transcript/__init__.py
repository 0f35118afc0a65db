"""The transcript: the messages of a room as one side sees them, encrypted."""

from __future__ import annotations

from typing import Any

from securechat.classroom.registry import MAX_ROOM_MESSAGES as CLASS_ROOM_MESSAGES
from securechat.store import MAX_ROOM_MESSAGES
from securechat.ui.component import component
from securechat.ui.place import Place

_component = component(
    "transcript",
    html="transcript/transcript.html",
    css=("fields.css", "transcript/transcript.css"),
    js=("live/with_room.js", "fields.js", "transcript/transcript.js"),
)


def transcript(
    place: Place, *, viewer: str, alone: bool, announce: bool, inspects: bool = True
) -> int | None:
    """Draw the messages of a room: those that `keep_current` shows to the browser.

    Args:
        place: The room.
        viewer: Whose pane it is; the viewer's own messages stand on the right.
        alone: Whether it is the only pane on the page.
        announce: Whether screen readers are told of new messages here. One transcript on a page should.
        inspects: Whether messages can be inspected from here.

    Returns:
        The id of the message whose "Inspect" was pressed just now, else None.
    """
    name = place.name_of(viewer)
    data: dict[str, Any] = {
        **place.address(),
        "viewer": viewer,
        "names": dict(place.names),
        "alone": alone,
        "announce": announce,
        "label": f"Messages, as {name} sees them",
        "inspector": "inspector" if inspects else "",
        "limit": MAX_ROOM_MESSAGES if place.is_demo else CLASS_ROOM_MESSAGES,
        "empty": (
            f"Type something below as {name} and press Enter. What appears here is what "
            f"anybody who listens would get: ciphertext.{' Then press Inspect to look inside.' * inspects}"
        ),
    }
    key = f"transcript_{viewer}" if place.is_demo else f"transcript_{place.conversation.room}"
    result = _component(key=key, data=data, on_inspect_change=lambda: None)
    picked = result.inspect
    return picked if isinstance(picked, int) else None
