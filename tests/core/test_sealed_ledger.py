"""What is said of a server that lies, for every case that the page is held to, too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from securechat.crypto.keyring import KeyRing
from securechat.frames import Send
from securechat.sealed.ledger import REMEMBERED, Finding, Ledger
from securechat.sealed.rooms import SealedRooms
from securechat.sealed.said import Said, Unread
from tests.core.classes import Clock
from tests.sealed import by, name_of
from tests.support import CANARY, ROOT

CASES = json.loads((ROOT / "tests/vectors_sealed/ledger.json").read_text(encoding="utf-8"))
"""Each case is a list of steps.

A step is what happens (`room`, `sealed`: a token of mine, `message`, `stored`, or `not_shown`: the number of
one of mine that was not shown for too long), and what is to come of it: `new`, `says`, `unsent`, each false
or empty unless told; and `standing` where that is to be looked at. A message with neither `said` nor `unread`
is one that the key does not open.
"""

Step = dict[str, Any]


def opened(message: Step) -> Said | Unread | None:
    """Return what is in a message of a case."""
    if said := message.get("said"):
        return Said(**said)
    return Unread[message["unread"].upper()] if "unread" in message else None


def take(ledger: Ledger, step: Step) -> Finding:
    """Let a step happen."""
    if "sealed" in step:
        ledger.sealed(step["sealed"])
        return Finding()
    if "room" in step:
        return ledger.room(**step["room"])
    if "stored" in step:
        return ledger.stored(step["stored"]["n"], step["stored"]["id"])
    if "not_shown" in step:
        return ledger.not_shown(step["not_shown"])
    message = step["message"]
    return ledger.message(message["id"], message["sender"], message["token"], opened(message))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_what_a_server_does_is_said(case: Step) -> None:
    """Each step brings the sentences of the case, and only they."""
    ledger = Ledger(case["me"])
    for number, step in enumerate(case["steps"]):
        wanted = Finding(step.get("new", False), tuple(step.get("says", ())), tuple(step.get("unsent", ())))
        assert take(ledger, step) == wanted, number
        assert list(ledger.standing) == step.get("standing", list(ledger.standing)), number
    if not any("standing" in step for step in case["steps"]):
        assert ledger.standing == ()


def test_what_an_honest_server_stores_twice_counts_as_that() -> None:
    """Whose name it knows is stored once; whose it has just forgotten is that far behind."""
    clock = Clock()
    visit = SealedRooms(clock=clock).visit(name_of(1))
    assert visit
    token = KeyRing.generate().encrypt("x")

    def send(number: int) -> int:
        clock.now += 1
        return visit.store(Send(sender=by(1), client_id=f"{by(1)}-{number}", token=token)).id

    first = send(0)
    for number in range(1, REMEMBERED):
        send(number)
    assert send(0) == first
    send(REMEMBERED)
    assert send(0) - first > REMEMBERED


def test_a_ledger_shows_no_text() -> None:
    """Its `repr`, and that of what was said, have neither a name nor a text."""
    ledger = Ledger("0" * 16)
    ledger.room("e", 1)
    said = Said("a" * 16, 1, CANARY[:20], CANARY)
    finding = ledger.message(1, said.by, "token", said)
    assert CANARY[:20] not in f"{ledger!r}{said!r}{finding!r}"
