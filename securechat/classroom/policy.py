"""The policy of a class: who may do what in its rooms."""

from __future__ import annotations

from collections.abc import Callable

from securechat.classroom.people import TEACHER
from securechat.classroom.view import ClassView, Room
from securechat.errors import (
    ClassEnded,
    InvalidMessage,
    KeyNeeded,
    NotSeated,
    OwnRoomOnly,
    PresenterOnly,
    RoomSealed,
    SealFirst,
    SealingRefused,
    WritingLocked,
)
from securechat.rooms.policy import IN_GENERAL, About, Action, Actor, Policy


class ClassPolicy(Policy):
    """The rules of one class. People do what they do in the rooms that they sit in; the teacher, in the rest.

    Args:
        view: Returns the class as it is now.
    """

    def __init__(self, view: Callable[[], ClassView]) -> None:
        self._view = view

    def check(self, actor: Actor, action: Action, room: str = "", about: About = IN_GENERAL) -> None:
        """See `Policy.check`.

        Raises:
            ClassEnded: The class is over.
            PresenterOnly: Only its teacher may.
            NotSeated: Who does it, or the sender, is not in the room; or it is another one's name.
            WritingLocked: Writing is paused.
            OwnRoomOnly: It is not done in the room of the whole class.
            RoomSealed: The two who sit there have sealed it, so that this server cannot do it any more.
            SealFirst: The two have to seal the room before they write.
            SealingRefused: A message is under a key of the two, and they have not sealed the room.
            KeyNeeded: A key would go that messages need.
            InvalidMessage: The message cannot go to this recipient.
        """
        view, sender, recipient = self._view(), about.sender, about.recipient
        if view.closed:
            raise ClassEnded
        if action in (Action.CLEAR, Action.LOCK, Action.MANAGE):
            if not actor.is_presenter or actor.id not in ("", TEACHER):
                raise PresenterOnly
            return
        if not view.is_member(actor.id, room) or (actor.id == TEACHER and not actor.is_presenter):
            raise NotSeated
        if action is Action.WRITE and sender not in (None, actor.id):
            raise NotSeated("Not sent: you can write here only under your own name.")
        if action is Action.OPEN and recipient is not None and actor.id not in (sender, recipient):
            raise NotSeated("You cannot read this: it is for somebody else.")
        if action is Action.REPLAY and sender is not None and not view.is_member(sender, room):
            raise NotSeated
        if action in (Action.CHANGE_KEYS, Action.REPLAY) and view.rooms[room].is_everyone:
            raise OwnRoomOnly
        self._check_sealed(view.rooms[room], action)
        if action in (Action.WRITE, Action.REPLAY):
            self._check_key(view, actor, room, about)
        if action in (Action.WRITE, Action.REPLAY) and view.is_locked(room) and not actor.is_presenter:
            raise WritingLocked
        if action is Action.WRITE and recipient is not None:
            self._check_recipient(view, actor, recipient, room)
        if about.closes:
            raise KeyNeeded(about.closes)

    def _check_sealed(self, there: Room, action: Action) -> None:
        if not there.sealed_since:
            return
        if action is Action.CHANGE_KEYS:
            raise RoomSealed(
                "You sealed this room: your two phones make the key of new messages, so this server "
                "cannot change it. To get a new key, open the sealed room and press “Start again”."
            )
        if action is Action.REPLAY:
            raise RoomSealed(
                "You sealed this room: only your two phones can send in it, so nothing can be sent again "
                "from here. Try it with the messages of Chat."
            )

    def _check_key(self, view: ClassView, actor: Actor, room: str, about: About) -> None:
        """Refuse a message that is not under the key that the room has now."""
        there = view.rooms[room]
        if about.sealed:
            if not there.sealing.since or actor.id not in (there.sealing.first, there.sealing.second):
                raise SealingRefused("Not sent: compare the emoji first, and both press “They match”.")
        elif there.sealed_since:
            raise RoomSealed
        elif view.must_seal(room):
            raise SealFirst

    def _check_recipient(self, view: ClassView, actor: Actor, recipient: str, room: str) -> None:
        if not view.rooms[room].is_everyone:
            raise InvalidMessage("In this room every message is for everybody in it.")
        if recipient == actor.id:
            raise InvalidMessage("Not sent: a private message is for somebody else.")
        if not view.is_member(recipient, room):
            raise InvalidMessage("Not sent: whom it is for is not in the class any more.")
