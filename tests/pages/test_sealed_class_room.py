"""The pages of a session in a room that two of a class have sealed: they run, and show no text of it."""

from __future__ import annotations

import pytest

from tests.apptest import run, sent_to_browser
from tests.core.classes import Clock
from tests.pupils import go, new_class, pair, person_of
from tests.sealing import post, seal
from tests.support import CANARY


@pytest.mark.parametrize("page", ["inspector", "attack_lab", "key_exchange", "key_life", "join"])
def test_no_page_takes_a_key_for_granted(clock: Clock, page: str) -> None:
    """Nothing fails where this server has no key, and what the two have written is on no page."""
    classroom = new_class()
    first, second = pair(classroom)
    for phone in seal(classroom, person_of(first), person_of(second)):
        post(classroom, phone, CANARY)
    at = go(run(first), page)
    assert CANARY not in sent_to_browser(run(at))
