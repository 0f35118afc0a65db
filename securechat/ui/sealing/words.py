"""How the room in which somebody sits is sealed, in words: what they can press, and what there is to know."""

from __future__ import annotations

from collections.abc import Callable

from securechat.classroom import ClassView
from securechat.classroom.sealing import PAIR, SealRule
from securechat.ui.place import Place
from securechat.wording import named

SEAL = "Seal this room"
OPEN = "Open the sealed room"

UNSEALED = (
    "Now you see what a spy on the line sees. Switch on “Read with my key” to see the texts. Each "
    "room has its own key. The server has it, too, and could read everything: this is **not "
    "end-to-end encryption**."
)
"""What is true of a room whose key this server has."""


def offered(view: ClassView, room: str) -> str:
    """Return what stands on the button that leads to the page for sealing; empty where there is none.

    Args:
        view: The class.
        room: The name of the room.
    """
    if view.seal_refusal(room):
        return ""
    if view.rooms[room].sealed_since:
        return OPEN
    return SEAL if len(view.members(room)) == PAIR or view.must_seal(room) else ""


def waiting(view: ClassView, room: str, person: str) -> str:
    """Return the name of the other one where they are on that page and it is up to `person`; else nothing."""
    sealing = view.rooms[room].sealing
    is_open = sealing.first and not sealing.since and not sealing.differs
    return view.name_of(sealing.first) if is_open and sealing.first != person and offered(view, room) else ""


def invitation(view: ClassView, room: str, person: str, is_here: Callable[[str], bool]) -> str:
    """Return what somebody in a room is to know who is not on that page while it goes on; empty if nothing.

    Args:
        view: The class.
        room: The name of the room.
        person: The id of whom it is said to.
        is_here: Says of an id whether they are here.
    """
    label, sealing = offered(view, room), view.rooms[room].sealing
    if not label or not sealing.first or sealing.since:
        return ""
    if sealing.differs:
        return f"The emoji were not the same, so nothing is sealed. To try again, press “{label}”."
    other = waiting(view, room, person)
    if not other:
        return f"You have begun to seal this room. If you left that page, press “{label}” again."
    if not is_here(sealing.first):
        return f"{other} has begun to seal this room with you, but is away now. You can press “{label}”."
    if label == OPEN:
        return f"{other} is in the sealed room and waits for you. Press “{OPEN}”."
    return f"{other} wants to seal this room with you. Press “{SEAL}”."


def news(view: ClassView, room: str, person: str, is_here: Callable[[str], bool]) -> str:
    """Return what somebody in a room is to know of it while they are on another page; empty if nothing."""
    other, there = waiting(view, room, person), view.rooms[room]
    if not other:
        return ""
    if not is_here(there.sealing.first):
        return f"{other} has begun to seal your room with you, but is away now."
    if there.sealed_since:
        return f"{other} waits for you in the sealed room."
    return f"{other} wants to seal your room with you."


def is_due(view: ClassView, room: str, person: str) -> bool:
    """Say whether the button is what to press now, before anything else."""
    there = view.rooms[room]
    has_begun = there.sealing.first and offered(view, room)
    return bool(there.sealed_since or view.must_seal(room) or has_begun)


def why_not(view: ClassView, room: str) -> str:
    """Return why more than two cannot seal their room; empty where that is not so, or nobody may."""
    is_crowded = len(view.sealers(room)) > PAIR and view.seal_rule is not SealRule.FORBIDDEN
    return view.seal_refusal(room) if is_crowded and not view.rooms[room].is_everyone else ""


def readers(place: Place) -> str:
    """Say who can read what is in a room of a class: this server, too, or only the two who sealed it."""
    since, first = place.sealed_since, place.conversation.head().first_id
    if not since:
        return UNSEALED
    old, new = "", "the messages here"
    if not place.is_all_sealed:
        old = f"The server can still read {named(range(first, since))}: you wrote that before. "
        new = f"the messages from {since} on"
    return (
        f"You sealed this room. {old}If all seven emoji were the same, the server cannot read {new}: that is "
        "**end-to-end encryption**. It still sees who writes, when, and how long the messages are. The key "
        f"is only in the page where you compared. If you left it, press “{OPEN}”, and compare once more."
    )
