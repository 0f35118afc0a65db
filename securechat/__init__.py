"""SecureChat: encrypted messages that can be looked into."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securechat.crypto.anatomy import TokenAnatomy, parse_token
    from securechat.crypto.keyring import KeyRing
    from securechat.crypto.verification import Verification, verify
    from securechat.errors import (
        EmptyMessage,
        InvalidKey,
        InvalidMessage,
        InvalidToken,
        MessageTooLong,
        SecureChatError,
        StoreFull,
        TooFast,
    )
    from securechat.rooms.conversation import Conversation
    from securechat.rooms.memory_store import InMemoryMessageStore
    from securechat.rooms.messages import Message
    from securechat.rooms.store import MessageStore

_NAMES = {
    "crypto.anatomy": ("TokenAnatomy", "parse_token"),
    "crypto.keyring": ("KeyRing",),
    "crypto.verification": ("Verification", "verify"),
    "errors": (
        "EmptyMessage",
        "InvalidKey",
        "InvalidMessage",
        "InvalidToken",
        "MessageTooLong",
        "SecureChatError",
        "StoreFull",
        "TooFast",
    ),
    "rooms.conversation": ("Conversation",),
    "rooms.memory_store": ("InMemoryMessageStore",),
    "rooms.messages": ("Message",),
    "rooms.store": ("MessageStore",),
}
_HOMES = {name: f"{__name__}.{module}" for module, names in _NAMES.items() for name in names}

__all__ = [
    "Conversation",
    "EmptyMessage",
    "InMemoryMessageStore",
    "InvalidKey",
    "InvalidMessage",
    "InvalidToken",
    "KeyRing",
    "Message",
    "MessageStore",
    "MessageTooLong",
    "SecureChatError",
    "StoreFull",
    "TokenAnatomy",
    "TooFast",
    "Verification",
    "parse_token",
    "verify",
]

if not TYPE_CHECKING:  # else it would take any name for one that is there

    def __getattr__(name: str) -> object:
        """Import a name when it is asked for: `python -m securechat` needs few, and says what is missing."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
