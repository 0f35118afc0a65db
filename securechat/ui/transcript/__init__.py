"""The transcript: the messages of a room as one side sees them, encrypted."""

from __future__ import annotations

from securechat.conversation import Conversation
from securechat.messages import SENDERS
from securechat.store import MAX_ROOM_MESSAGES
from securechat.ui.component import component
from securechat.ui.live import address

_component = component(
    "transcript",
    html="transcript/transcript.html",
    css=("fields.css", "transcript/transcript.css"),
    js=("live/with_room.js", "fields.js", "transcript/transcript.js"),
)

NAMES = {sender: f"User {sender}" for sender in SENDERS}
"""What the two sides are called on the page."""


def transcript(conversation: Conversation, *, viewer: str, alone: bool, announce: bool) -> int | None:
    """Draw the messages of a room: those that `keep_current` shows to the browser.

    Args:
        conversation: The room.
        viewer: Whose pane it is; the viewer's own messages stand on the right.
        alone: Whether it is the only pane on the page.
        announce: Whether screen readers are told of new messages here. One transcript on a page should.

    Returns:
        The id of the message whose "Inspect" was pressed just now, else None.
    """
    result = _component(
        key=f"transcript_{viewer}",
        data={
            **address(conversation),
            "viewer": viewer,
            "names": NAMES,
            "alone": alone,
            "announce": announce,
            "label": f"Messages, as {NAMES[viewer]} sees them",
            "inspector": "inspector",
            "limit": MAX_ROOM_MESSAGES,
            "empty": (
                f"Type something below as {NAMES[viewer]} and press Enter. What appears here is what "
                "anybody who listens would get: ciphertext. Then press Inspect to look inside."
            ),
        },
        on_inspect_change=lambda: None,
    )
    picked = result.inspect
    return picked if isinstance(picked, int) else None
