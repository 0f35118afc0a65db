"""What somebody has not seen yet: counted in the title of the page, and beside the way to the other room."""

from __future__ import annotations

from typing import Any

from securechat.frames import room_frame
from securechat.ui.component import component
from securechat.ui.live import is_live
from securechat.ui.place import Place

_component = component(
    "unread",
    html='<p class="sc-unread-badge" role="status" hidden></p>',
    css=("unread/unread.css",),
    js=("live/with_room.js", "unread/unread.js"),
)


def unread(shown: Place, *others: Place, viewer: str) -> None:
    """Count what is new in the room that is shown while nobody looks, and in others all the time.

    Args:
        shown: The room that is shown.
        others: Rooms beside it.
        viewer: Whose page it is; their own messages do not count.
    """
    _component(
        key="unread",
        data={
            "shown": shown.address(),
            "others": [{**_news(there), "title": _title(there)} for there in others],
            "viewer": viewer,
        },
    )


def _news(place: Place) -> dict[str, Any]:
    """Return where a room is found; where the feed does not reach the page, with its messages."""
    view = place.conversation.view()
    carried = () if is_live() else view.messages
    return {**place.address(), **room_frame(view), "messages": [place.frame(message) for message in carried]}


def _title(place: Place) -> str:
    return "Everyone" if place.seat and place.seat.room == place.seat.classroom.everyone else "Your room"
