"""The errors of SecureChat: one tree, each message a sentence that can be shown to people.

No error carries a key or a plaintext, neither in its message nor in an attribute nor in the
exceptions chained to it.
"""

from __future__ import annotations


class SecureChatError(Exception):
    """Everything that SecureChat refuses to do. `str(error)` says what is wrong and what to do."""


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
    """A token does not open. There is one message for every reason, so that it tells nothing."""

    def __init__(self) -> None:
        super().__init__("This token does not open with the keys that are here.")


class InvalidMessage(SecureChatError):
    """A message that cannot be sent as it is."""


class EmptyMessage(InvalidMessage):
    """A message with nothing but white space in it."""

    def __init__(self) -> None:
        super().__init__("There is nothing to send yet. Type a message first.")


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


class TooFast(SecureChatError):
    """Somebody does something more often than is allowed.

    Args:
        action: What was tried, as the start of the message, such as `Not sent`.
        retry_after: Whole seconds to wait until it is allowed again, at least 1.
    """

    def __init__(self, action: str, retry_after: int) -> None:
        self.retry_after = retry_after
        unit = "second" if retry_after == 1 else "seconds"
        super().__init__(f"{action}: too many in a short time. Wait {retry_after} {unit} and try again.")


class StoreFull(SecureChatError):
    """The message store holds as many rooms as it may.

    Args:
        limit: How many rooms it may hold.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"There are already {limit:,} rooms, and no more fit. Use one of them.")


class ClassroomError(SecureChatError):
    """Something that cannot be done in a class, or not by whoever tries it."""


class NoSuchClass(ClassroomError):
    """No class has this code. The message does not quote what was typed."""

    def __init__(self) -> None:
        super().__init__(
            "There is no class with this code. It has six characters: look at the board again. The class may "
            "also have ended."
        )


class ClassEnded(ClassroomError):
    """The class is over."""

    def __init__(self) -> None:
        super().__init__("This class has ended. Its messages and its keys are forgotten.")


class NotSeated(ClassroomError):
    """Somebody is not in this class, or not in this room of it."""

    def __init__(self, problem: str = "You are not in this room.") -> None:
        super().__init__(problem)


class WritingLocked(ClassroomError):
    """The teacher lets nobody write just now."""

    def __init__(self) -> None:
        super().__init__("Not sent: your teacher has paused writing. Try again when it goes on.")


class JoiningClosed(ClassroomError):
    """The teacher lets nobody in any more."""

    def __init__(self) -> None:
        super().__init__("Nobody else can join this class now. Ask your teacher to let you in.")


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

    def __init__(self) -> None:
        super().__init__("This ticket does not open that room. The page hands out another one.")
