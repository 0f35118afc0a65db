"""The chat: one component with transcript, composer and presence, which speaks to the live feed."""

from __future__ import annotations

from functools import partial
from typing import Any

from securechat.classroom.registry import MAX_ROOM_MESSAGES as CLASS_ROOM_MESSAGES
from securechat.rooms.store import MAX_ROOM_MESSAGES
from securechat.ui.chat import fallback
from securechat.ui.component import component
from securechat.ui.place import Place
from securechat.ui.state import application

RESTARTED = "The server was restarted. The conversation before that is lost."
RESTORED = "The conversation was brought back from a backup. What was written after that backup is gone."
"""What is said where messages that were shown are not there any more."""

_chat = component(
    "chat",
    html="chat/chat.html",
    inner=("fields.css", "chat/messages.css"),
    css=(
        "chat/sign.css",
        "chat/chat.css",
        "chat/transcript.css",
        "chat/composer.css",
    ),
    js="chat/main.js",
)


def keep_current(place: Place, *others: Place) -> None:
    """Keep a page current that shows something of a room, and draw a small sign of how news come.

    Args:
        place: The room.
        others: Rooms beside it that the page shows something of.
    """
    _draw("chat", place, others, page=True)


def chat(
    place: Place,
    *others: Place,
    viewer: str,
    placeholder: str,
    recipient: str | None = None,
    leads: bool = True,
    announces: bool = True,
    inspects: bool = True,
) -> int | None:
    """Draw a room as one side sees it, and where that side writes. Not to be called in a fragment.

    The browser keeps one copy of the room for the whole page (`room.js`), gets by the live feed whatever
    comes, and sends by it what is written. Nothing else runs then: the page is asked for again only where
    something on it is out of date (`page.js`). Where the feed cannot be reached, see `fallback`.

    Args:
        place: The room.
        others: Rooms beside it in which unread messages are counted.
        viewer: Whose side it is; their own messages stand on the right, and under their name they write.
        placeholder: What stands in the empty box.
        recipient: To whom alone they write; None for everybody in the room.
        leads: Whether it keeps the page current. One chat on a page does.
        announces: Whether screen readers are told of new messages here. One chat on a page does.
        inspects: Whether messages can be inspected from here.

    Returns:
        The id of the message whose "Inspect" was pressed just now, else None.
    """
    is_pupil = place.seat is not None and inspects
    name = place.name_of(viewer)
    key = f"chat_{viewer}" if place.is_demo else f"chat_{place.conversation.room}"
    parts: dict[str, Any] = {
        "transcript": {
            "viewer": viewer,
            "names": dict(place.names),
            "announce": announces,
            "label": f"Messages, as {name} sees them",
            "inspector": "inspector" if inspects else "",
            "limit": MAX_ROOM_MESSAGES if place.is_demo else CLASS_ROOM_MESSAGES,
            "sealed": place.sealed_since,
            "lost": RESTORED if place.is_demo and application().lasts else RESTARTED,
            "empty": (
                f"Type something below as {name} and press Enter. Your text is encrypted first. This is all "
                f"that somebody who listens gets to see.{' Then press Inspect to look inside.' * inspects}"
            ),
        },
        "composer": {
            "sender": viewer,
            "placeholder": placeholder,
            "to": recipient or "",
            "answer": fallback.answer(key),
        },
    }
    if is_pupil:
        parts["presence"] = {"viewer": viewer, "everyone": place.is_everyone}
        parts["unread"] = {
            "viewer": viewer,
            "last": place.conversation.head().last_id,
            "others": [fallback.news_data(there) for there in others],
        }
    picked = _draw(key, place, others, page=leads, sender=viewer, **parts).inspect
    return picked if isinstance(picked, int) else None


def _draw(
    key: str, place: Place, others: tuple[Place, ...], *, page: bool, sender: str = "", **parts: object
) -> Any:  # noqa: ANN401 - what a component returns
    """Draw what a page wants of the chat."""
    polls = fallback.polls(key)
    head = place.conversation.head()
    kept = {
        "revision": place.revision,
        "crowd": place.crowd,
        "closed": place.visit.closed,
        "polls": polls,
        "epoch": head.epoch,
    }
    drawn = _chat(
        key=key,
        data={"room": fallback.room_data(place), "page": kept if page else None, **parts},
        on_polls_change=partial(fallback.note, key),
        on_send_change=partial(fallback.send, place, sender, key),
        on_behind_change=lambda: None,
        on_inspect_change=lambda: None,
    )
    if page and polls:
        fallback.look(place, head, others)
    return drawn
