"""Who is in a room of a class, who of them is here, and who is writing."""

from __future__ import annotations

from securechat.ui.component import component
from securechat.ui.place import Place

_component = component(
    "presence",
    html='<p class="sc-presence" role="status"></p>',
    css=("presence/presence.css",),
    js=("live/with_room.js", "presence/presence.js"),
)


def presence(place: Place, *, viewer: str, everyone: bool) -> None:
    """Draw it.

    Args:
        place: The room.
        viewer: Whose page it is.
        everyone: Whether it is the room of the whole class, where people are counted and not named.
    """
    _component(
        key=f"presence_{place.conversation.room}",
        data={**place.address(), "viewer": viewer, "everyone": everyone},
    )
