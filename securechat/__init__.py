"""SecureChat: encrypted messages that can be looked into."""

from securechat.anatomy import TokenAnatomy, parse_token
from securechat.conversation import Conversation
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
from securechat.keyfile import load_keyring
from securechat.keyring import KeyRing
from securechat.messages import Message
from securechat.store import InMemoryMessageStore, MessageStore
from securechat.verification import Verification, verify

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
    "load_keyring",
    "parse_token",
    "verify",
]
