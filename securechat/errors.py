"""The errors of SecureChat: one tree, each message a sentence that can be shown to people.

No error carries a key or a plaintext, neither in its message nor in an attribute nor in the
exceptions chained to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from securechat.wording import counted, named


class SecureChatError(Exception):
    """Everything that SecureChat refuses to do. `str(error)` says what is wrong and what to do."""

    code: ClassVar[str] = "SecureChatError"
    """What other programs know this kind of error by: the name of its class. One that gets another name sets
    `code` to what it was."""

    said: ClassVar[str] = ""
    """The message, where it is always the same."""

    def __init_subclass__(cls) -> None:
        """Set the code."""
        super().__init_subclass__()
        cls.code = vars(cls).get("code", cls.__name__)

    def __init__(self, text: str = "") -> None:
        super().__init__(text or self.said)


class InvalidSetting(SecureChatError):
    """A setting, or the file it should come from, cannot be used.

    Args:
        problem: What is wrong, as a sentence. It must not quote the setting.
        where: The file or setting that is meant, such as `secret.key`; empty if unknown.
        remedy: What to do about it, as one or more sentences; empty if there is nothing to say.
    """

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.where = where
        self.remedy = remedy
        prefix = f"{where}: " if where else ""
        super().__init__(f"{prefix}{problem} {remedy}".strip())


class InvalidKey(InvalidSetting):
    """A key, or the place it should come from, cannot be used."""


class KeyNotSaved(SecureChatError):
    """Keys could not be written to where they are kept. Nothing was changed, neither there nor here.

    Args:
        name: The name of the key file.
        reason: What the system said.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} could not be written ({reason}), so the keys stay as they were. Let the app write into "
            "the folder of that file and try again."
        )


class KeySetOutside(SecureChatError):
    """The keys come from a setting, so they are changed there and not here.

    Args:
        where: The setting, such as `SECURECHAT_KEY in the environment`.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(
            f"The key is set from outside, by {where}, so it is changed there: put the new key first and "
            "the old ones after it, separated by commas; then start the app again."
        )


class TooManyKeys(SecureChatError):
    """A key ring is full.

    Args:
        limit: How many keys it may have.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"There would be more than {limit} keys. Re-encrypt the messages and drop the retired keys first."
        )


class InvalidPublicKey(SecureChatError):
    """A public key that nobody honest has: no key may be agreed on with it."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem} No key was made. Ask for the public key again.")


class ImpossibleAttack(SecureChatError):
    """An attack that cannot be tried like that. The message says what is missing."""


class InvalidToken(SecureChatError):
    """A token does not open.

    Where there are keys, there is one message for every reason, so that it tells nothing.
    """

    said = "This token does not open with the keys that are here."


class InvalidMessage(SecureChatError):
    """A message that cannot be sent as it is."""


class EmptyMessage(InvalidMessage):
    """A message with nothing but white space in it."""

    said = "There is nothing to send yet. Type a message first."


class MessageTooLong(InvalidMessage):
    """A message over a size limit.

    Args:
        size: How long the message is.
        limit: How long it may be.
        unit: What both are counted in, such as `characters`.
    """

    def __init__(self, size: int, limit: int, unit: str) -> None:
        self.size = size
        self.limit = limit
        self.unit = unit
        super().__init__(
            f"The message has {size:,} {unit}; {limit:,} are allowed. Shorten it by {size - limit:,}."
        )


class InvalidFrame(SecureChatError):
    """Something that came by the live feed is no frame of it. The message quotes nothing."""

    said = (
        'This is no frame. Expected {"type": "send", "sender": "…", "token": "…", "client_id": "…"}, or '
        '"write" with "text" instead of "token", and with "to" for one person alone. Each is a text, and '
        "each name has 1 to 64 characters."
    )


class TooFast(SecureChatError):
    """Somebody does something more often than is allowed.

    Args:
        action: What was tried, as the start of the message, such as `Not sent`.
        retry_after: Whole seconds to wait until it is allowed again, at least 1.
    """

    def __init__(self, action: str, retry_after: int) -> None:
        self.retry_after = retry_after
        wait = counted(retry_after, "second")
        super().__init__(f"{action}: too many in a short time. Wait {wait} and try again.")


class StoreFull(SecureChatError):
    """The message store holds as many rooms as it may.

    Args:
        limit: How many rooms it may hold.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"There are already {limit:,} rooms, and no more fit. Use one of them.")


class StoreUnavailable(SecureChatError):
    """The database in which messages are kept does not answer. What it was asked to do may have been done."""

    said = "The database does not answer. Wait a moment and try again."


class KeysChanged(SecureChatError):
    """A token is under keys that were the room's before: its keys were changed meanwhile."""

    said = "The keys of this room have just been changed. Try again."


class NoServerKey(SecureChatError):
    """Somebody wants the server to encrypt in a room whose keys it does not have."""

    said = "This server has no key of this room: encrypt it yourself."


class ClassroomError(SecureChatError):
    """Something that cannot be done in a class, or not by whoever tries it."""


class NoSuchClass(ClassroomError):
    """No class has this code. The message does not quote what was typed."""

    said = (
        "There is no class with this code. It has six characters: look at the board again. The class may "
        "also have ended."
    )


class ClassEnded(ClassroomError):
    """The class is over.

    Args:
        why: What ended it, as a sentence.
    """

    def __init__(self, why: str = "This class has ended.") -> None:
        super().__init__(f"{why} Its messages and its keys are forgotten.")


class NotSeated(ClassroomError):
    """Somebody is not in this class, or not in this room of it."""

    said = "You are not in this room."


class PresenterOnly(SecureChatError):
    """Only the presenter may do this, and whoever tries it has not given the passcode."""

    said = "Only the presenter can do this. Type the presenter's passcode first."


class OwnRoomOnly(ClassroomError):
    """Something that is not done in the room of the whole class."""

    said = "This is not done in the room of the whole class. Do it in your own room."


class KeyNeeded(ClassroomError):
    """A key that messages of the room need would be dropped.

    Args:
        ids: The numbers of those messages, in rising order.
    """

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = tuple(ids)
        super().__init__(
            f"Not dropped: {named(ids)} would not open any more, for the others in this room and for "
            "the teacher, too. Re-encrypt first."
        )


class WritingClosed(SecureChatError):
    """Somebody may not write now, and may again later.

    Attributes:
        reason: Why, as a sentence.
    """

    reason = ""

    def __init__(self, text: str = "") -> None:
        super().__init__(text or f"Not sent: {self.reason[:1].lower()}{self.reason[1:]}")


class WritingLocked(WritingClosed):
    """The teacher lets nobody write just now."""

    reason = "Your teacher has paused writing."


class WritingReserved(WritingClosed):
    """Only the presenter writes in the room of the front page now."""

    reason = "Only the teacher writes here now."


class SealFirst(WritingClosed):
    """The teacher wants this pair to seal their room before they write."""

    reason = "Your teacher wants you to seal this room first. Press “Seal this room”."


class RoomSealed(WritingClosed):
    """The two who sit in a room have sealed it, so this server has no key of what is new there.

    Args:
        text: What cannot be done, where it is something else than writing, and why.
    """

    reason = "You sealed this room: your phones make its key, not this server. Open the sealed room to write."


class SealingRefused(ClassroomError):
    """A step of sealing a room that cannot be done now, or not by whoever tries it. Nothing has changed."""


class JoiningClosed(ClassroomError):
    """The teacher lets nobody in any more."""

    said = "Nobody else can join this class now. Ask your teacher to let you in."


class InvalidAlias(ClassroomError):
    """A name that cannot be had in this class. The message says why."""


class ClassroomFull(ClassroomError):
    """No more classes, or no more people in a class, fit.

    Args:
        limit: How many there may be.
        what: Of what, such as `classes`.
        remedy: What to do, as a sentence.
    """

    def __init__(self, limit: int, what: str, remedy: str) -> None:
        self.limit = limit
        super().__init__(f"There are already {limit:,} {what}, and no more fit. {remedy}")


class InvalidTicket(SecureChatError):
    """A ticket for a room's live feed is not valid there, or not any more."""

    said = "This ticket does not open that room. The page hands out another one."
