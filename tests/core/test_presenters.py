"""Which sessions are the presenter's now, and what ends with them."""

from __future__ import annotations

import pytest

from securechat.crypto.keyring import KeyRing
from securechat.rooms import presenters
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.presenters import Presenters
from securechat.rooms.visit import KeyedVisit


def test_a_session_has_the_right_until_it_is_locked() -> None:
    """Each for itself; a name that was never given has none, and neither has an empty one."""
    them = Presenters()
    first, second = them.enter(), them.enter()
    assert first != second
    assert them.right(first).holds
    them.leave(first)
    assert not them.right(first).holds
    assert them.right(second).holds
    assert not any(them.right(name).holds for name in ("", "False", first[:-1], "teacher"))


def test_locking_is_told() -> None:
    """To whom it concerns, once, and after the right has ended."""
    them = Presenters()
    right, other = them.right(them.enter()), them.right(them.enter())
    told: list[tuple[str, bool]] = []
    right.subscribe(lambda: told.append(("first", right.holds)))
    end = other.subscribe(lambda: told.append(("second", other.holds)))
    them.leave(right.session)
    assert told == [("first", False)]
    end()
    them.leave(other.session)
    assert told == [("first", False)]


def test_the_page_of_a_locked_session_is_out_of_date() -> None:
    """It may have drawn what only the presenter may see."""
    them = Presenters()
    session = them.enter()
    room = Conversation(InMemoryMessageStore(), KeyRing.generate())
    visit = KeyedVisit(conversation=room, right=them.right(session))
    before = visit.revision()
    them.leave(session)
    assert visit.revision() != before


def test_they_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that are never locked do not fill the memory: the oldest loses its right, and is told."""
    monkeypatch.setattr(presenters, "MAX_SESSIONS", 3)
    them = Presenters()
    told: list[int] = []
    first = them.right(them.enter())
    first.subscribe(lambda: told.append(1))
    rest = [them.right(them.enter()) for _ in range(3)]
    assert not first.holds
    assert told == [1]
    assert all(right.holds for right in rest)


def test_the_name_of_a_session_is_secret() -> None:
    """It is not in what may be printed of a right."""
    them = Presenters()
    right = them.right(them.enter())
    assert right.session not in f"{right!r} {them!r}"
    assert len(right.session) >= 20
