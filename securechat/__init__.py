"""SecureChat: encrypted messages that can be looked into."""

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
