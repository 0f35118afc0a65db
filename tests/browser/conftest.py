"""What tests of a pair's page share: an honest relay, and two browsers at it. A module may have others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.pair_visits import PHONE, emoji, expect_stage, match
from tests.sealing_relay import PairRelay, pair_relay

NewPage = Callable[..., Page]


@pytest.fixture
def relay() -> Iterator[PairRelay]:
    """An honest relay."""
    with pair_relay() as running:
        yield running


@pytest.fixture
def pair(relay: PairRelay, new_page: NewPage) -> tuple[Page, Page]:
    """Two who see the emoji: the first one has begun."""
    first, second = new_page(**PHONE), new_page(**PHONE)
    first.goto(relay.link("p1"))
    expect_stage(first, "waiting")
    second.goto(relay.link("p2"))
    emoji(second)
    return first, second


@pytest.fixture
def sealed(pair: tuple[Page, Page]) -> tuple[Page, Page]:
    """Two in their sealed room."""
    match(*pair)
    return pair
