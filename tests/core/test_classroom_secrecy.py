"""Canaries in a class: no plaintext, key, token of a seat or ticket is where it must not be."""

from __future__ import annotations

import logging
import pprint
from contextlib import suppress

import pytest

from securechat import frames
from securechat.classroom import TEACHER, ClassWall, Ticket, TicketOffice, wall_frame
from securechat.classroom.export import rows
from securechat.errors import SecureChatError
from tests.core.classes import Lesson, alias
from tests.core.test_secrecy import (
    CANARY_KEY,
    CANARY_RAW,
    PLAINTEXT,
    REFUSALS,
    RING,
    lesson,
    secrets_in,
    shown,
    texts_within,
)
from tests.sealing import post, seal, seat_of


def busy() -> Lesson:
    """Hold a class whose rooms have the canary key, and in which the canary was sent everywhere.

    Two pairs have sealed their rooms and sent it there, too, one of them with Mallory in between.
    """
    held = lesson(4)
    for person in ("p1", "p3"):
        held.say(person, PLAINTEXT, held.room_of(person))
    held.say("p1", PLAINTEXT)
    held.say("p1", PLAINTEXT, to="p2")
    held.say(TEACHER, PLAINTEXT, to="p3")
    held.desk.put_mallory(held.room_of("p3"), there=True)
    for pair in (("p1", "p2"), ("p3", "p4")):
        for phone in seal(held.classroom, *pair):
            message = post(held.classroom, phone, PLAINTEXT)
            for person in pair:
                seat_of(held.classroom, person).message_frame(message)
    return held


def things_of(held: Lesson) -> dict[str, object]:
    """Return whatever of a class might be printed."""
    classroom, view = held.classroom, held.classroom.view()
    room, seat = held.room(held.everyone), held.seat("p1", reads=True)
    message = room.conversation.view().messages[1]
    return {
        "registry": held.classes,
        "class": classroom,
        "view": view,
        "participants": view.participants,
        "presence": classroom.presence,
        "desk": held.desk,
        "room": room,
        "rooms": view.rooms,
        "seat": seat,
        "conversation": room.conversation,
        "messages": room.conversation.view(),
        "keys of two": seat.keyring_for(message),
        "frame": seat.people(),
        "wall": ClassWall(classroom, held.right),
        "wall frame": wall_frame(classroom),
        "row": rows(classroom, decrypted=True)[0],
        "rows": rows(classroom, decrypted=True),
        "policy": classroom.policy,
        "joined": classroom.join(alias(50)),
        "tickets": TicketOffice(RING),
        "ticket": Ticket(room.name, "p1", True, held.right.session),
        "right": held.right,
        "presenters": held.presenters,
        "store": held.store,
        "seat for sealing": seat_of(classroom, "p1"),
        "sealing": seat_of(classroom, "p1").sealing(),
        "who is in between": classroom.mallory,
    }


def test_nothing_shows_a_secret() -> None:
    """Where anything of a class is printed, there is no plaintext, no key and no token of a seat."""
    held = busy()
    for name, thing in things_of(held).items():
        texts = shown(thing)
        assert secrets_in(*texts) == [], name
        assert not [token for token in held.tokens.values() for text in texts if token in text], name


def test_attributes_show_no_secret() -> None:
    """Printing their attributes does not either, but where somebody asked for it: in what who joins gets."""
    held = busy()
    for name, thing in things_of(held).items():
        if name in ("joined", "row") or not hasattr(thing, "__dict__"):
            continue
        texts = [repr(vars(thing)), pprint.pformat(vars(thing))]
        assert secrets_in(*texts) == [], name
        assert not [token for token in held.tokens.values() for text in texts if token in text], name


def test_no_plaintext_is_kept() -> None:
    """After sending, publicly and privately, it is in no form anywhere in the class, the store or a seat."""
    held = busy()
    token = held.store.view(held.everyone).messages[-1].token
    for place in (held.classes, held.classroom, held.store, held.seat("p1", reads=True)):
        texts = texts_within(place)
        assert token in texts, "the control: the walk gets as far as the messages"
        assert PLAINTEXT not in secrets_in(*texts)


def test_no_key_is_in_the_store() -> None:
    """Whoever sees all of the store can open nothing, and knows no private key of two people."""
    held = busy()
    assert secrets_in(*texts_within(held.store.view(held.everyone))) == []
    message = held.store.view(held.everyone).messages[1]
    keyring = held.seat("p1").keyring_for(message)
    assert keyring is not None
    texts = texts_within([held.store.view(room) for room in held.classroom.view().rooms])
    assert message.token in texts
    assert not [text for text in texts if keyring.primary.reveal() in str(text)]
    assert CANARY_RAW.decode() in secrets_in(*texts_within(held.room(held.everyone).conversation.keyring))


def test_tokens_of_seats_are_kept_as_digests() -> None:
    """Nothing that a class holds opens a seat, of those who are there or of those who were removed."""
    held = busy()
    held.desk.remove("p4")
    texts = texts_within(held.classes)
    assert "p1" in texts, "the control: the walk gets as far as the participants"
    assert not [token for token in held.tokens.values() if token in texts or token.encode() in texts]


def test_nothing_opens_after_the_end() -> None:
    """A class that was closed holds no key, no digest, no name and no message any more."""
    held = busy()
    held.desk.remove("p4")
    names = [person.alias for person in held.classroom.view().participants.values()]

    def left() -> tuple[list[str], list[str], int]:
        texts = texts_within(held.classroom)
        digests = [text for text in texts if isinstance(text, bytes) and len(text) == 32]
        return secrets_in(*texts), [name for name in names if name in texts], len(digests)

    keys, known, digests = left()
    assert (keys, known) == ([CANARY_RAW.decode()], names), "the control: before, they are there"
    assert digests >= 4
    held.desk.close()
    assert left() == ([], [], 0)
    assert not [text for text in texts_within(held.store) if str(text).startswith("gAAAA")]


def test_frames_for_who_does_not_read_have_no_secret() -> None:
    """What goes over the feed to them is what an eavesdropper sees."""
    held = busy()
    told: list[frames.Frame] = [wall_frame(held.classroom)]
    for holder in ("p1", "p2", "p3", TEACHER):
        for room in held.classroom.view().rooms.values():
            if held.classroom.view().is_member(holder, room.name):
                seat = held.seat(holder, room.name)
                told += filter(None, [seat.people()])
                told += [seat.message_frame(message) for message in room.conversation.view().messages]
    text = "".join(map(frames.encode, told))
    assert secrets_in(text) == []
    assert not [token for token in held.tokens.values() if token in text]


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """A whole lesson, and whatever is refused in it, writes no secret to a log or to the terminal."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("control").debug(CANARY_KEY)
    held = busy()
    things_of(held)
    office = TicketOffice(RING)
    ticket = office.issue(Ticket(held.everyone, "p1"))
    office.check(ticket, place=held.everyone)
    held.classroom.leave("p1")
    held.classroom.resume(held.tokens["p1"])
    held.desk.remove("p2")
    held.desk.close()
    for _, refuse in REFUSALS.values():
        with suppress(SecureChatError):
            refuse()
    records = [record for record in caplog.records if record.name != "control"]
    lines = [text for record in records for text in texts_within(vars(record))]
    assert CANARY_KEY in caplog.text
    assert secrets_in(*lines, *capfd.readouterr()) == []
    assert not [line for line in lines if ticket in str(line) or held.tokens["p1"] in str(line)]
