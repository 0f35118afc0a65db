"""The errors: each kind has a code that other programs know it by."""

from __future__ import annotations

from securechat import errors
from securechat.errors import SecureChatError

KINDS = {
    item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, SecureChatError)
}

CODES = {
    "ClassEnded",
    "ClassroomError",
    "ClassroomFull",
    "EmptyMessage",
    "ImpossibleAttack",
    "InvalidAlias",
    "InvalidFrame",
    "InvalidKey",
    "InvalidMessage",
    "InvalidPublicKey",
    "InvalidSetting",
    "InvalidTicket",
    "InvalidToken",
    "JoiningClosed",
    "KeyNeeded",
    "KeyNotSaved",
    "KeySetOutside",
    "KeysChanged",
    "MessageTooLong",
    "NoServerKey",
    "NoSuchClass",
    "NotSeated",
    "OwnRoomOnly",
    "PresenterOnly",
    "RoomSealed",
    "SealFirst",
    "SealingRefused",
    "SecureChatError",
    "StoreFull",
    "StoreUnavailable",
    "TooFast",
    "TooManyKeys",
    "WritingClosed",
    "WritingLocked",
    "WritingReserved",
}


def test_each_kind_has_a_code_of_its_own() -> None:
    """It does not share that of the kind it belongs to, nor any other's."""
    own = [vars(kind).get("code") for kind in KINDS]
    assert all(own)
    assert len(set(own)) == len(KINDS)


def test_codes_stay() -> None:
    """Clients that exist rely on these: one may be added here, and none is taken away or changed."""
    assert {kind.code for kind in KINDS} >= CODES
