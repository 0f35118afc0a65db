"""The page of a pair against a server, or a partner, that lies: what is noticed, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.websockets import WebSocket

from tests.pair_visits import PHONE, expect_stage, match, press
from tests.sealed_relay import FakeRoom, Frame, SealedRelay
from tests.sealed_visits import expect_texts, lines, wait_until, write
from tests.sealing_relay import NEW, ROOM, PairRelay, take

NewPage = Callable[..., Page]
AT_FIRST = """panel => new MutationObserver(() => {
    for (const button of panel.querySelectorAll(".choice button"))
        window.atFirst = getComputedStyle(button).pointerEvents;
}).observe(panel, { childList: true, subtree: true })"""
"""Notes whether a button takes a tap when it has just come."""


def round_of_the_first(number: int) -> dict[str, Any]:
    """Return how far a sealing has come that the first one has just begun."""
    return {**NEW, "round": number, "first": "p1", "second": "p2", "commitment": f"{number:064x}"}


def test_no_page_joins_round_after_round(relay: PairRelay, new_page: NewPage) -> None:
    """In each, a server could look for emoji that are nearly the same: after ten a person has to go on."""
    relay.sealing = round_of_the_first(1)
    page = new_page(**PHONE)
    page.goto(relay.link("p2"))
    expect_stage(page, "agreeing")
    for number in range(2, 31):
        relay.change(**round_of_the_first(number))
    expect_stage(page, "endless")
    expect(page.locator("#sealing")).to_contain_text("Sealing begins again and again.")
    assert len([frame for _, frame in relay.steps if frame["step"] == "answer"]) == 10
    press(page, "Start again")
    expect_stage(page, "agreeing")
    assert relay.steps[-1][1]["round"] == 30


def test_no_page_begins_again_because_its_round_was_not_taken(relay: PairRelay, new_page: NewPage) -> None:
    """Two pages of one person would else begin in turn for ever."""
    begun: list[Frame] = []

    async def swallow(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        begun.append(frame)

    relay.take = swallow
    page = new_page(**PHONE)
    page.goto(relay.link("p1"))
    expect_stage(page, "waiting")
    wait_until(lambda: bool(begun))
    relay.change(**round_of_the_first(1))
    expect_stage(page, "double")
    assert len(begun) == 1


@pytest.mark.parametrize("field", ["names", "second"])
def test_another_partner_ends_the_round(relay: PairRelay, sealed: tuple[Page, Page], field: str) -> None:
    """The key is shared with one person, and a server cannot put somebody else in their place."""
    other = {"names": {"p1": "Brave Otter", "p9": "Quiet Lynx"}, "second": "p9"}[field]
    relay.alter = lambda holder, frame: {**frame, field: other} if holder == "p1" else frame
    relay.change()
    expect_stage(sealed[0], "broken")
    expect(lines(sealed[0])).to_have_text(
        "Something was changed on its way, so this key is not used any more."
    )


def test_another_name_is_told(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """Of the same person, and says who tells that."""
    relay.names = {**relay.names, "p2": "Teacher"}
    relay.change()
    expect(lines(sealed[0])).to_have_text("Quiet Lynx is now called Teacher, says the server.")
    write(sealed[1], "hello")
    expect_texts(sealed[0], "hello")
    expect(sealed[0].locator("#list strong")).to_have_text("Teacher")
    expect(lines(sealed[0])).to_have_count(1)


def test_a_name_inside_a_message_is_not_believed(relay: PairRelay, pair: tuple[Page, Page]) -> None:
    """Whoever wrote it has the name that the class knows them by."""
    names = {**relay.names, "p2": "Teacher"}
    relay.alter = lambda holder, frame: {**frame, "names": names} if holder == "p2" else frame
    relay.change()
    expect(pair[1].locator("#sign")).to_have_text("● Live")
    match(*pair)
    write(pair[1], "hello")
    expect_texts(pair[0], "hello")
    expect(pair[0].locator("#list strong")).to_have_text("Quiet Lynx")
    expect(lines(pair[0])).to_have_text("Another name is inside this message: Teacher.")


def test_the_first_messages_are_missed(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """Both have been there from the start: what does not begin with the first message is not whole."""

    async def withhold(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        if len(room.messages) == 2:
            await take(relay, room, websocket, frame)
            return
        message = room.keep(frame)
        await websocket.send_json(message)
        await websocket.send_json({"type": "stored", "client_id": frame["client_id"], "id": message["id"]})

    relay.take = withhold
    for number in range(3):
        write(sealed[1], f"hello {number}")
    expect_texts(sealed[0], "hello 2")
    expect(sealed[0].locator("#notices li")).to_have_text("2 messages of Quiet Lynx are missing.")
    assert len(relay.room(ROOM).messages) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"since": 0}, "The server says that this room is not sealed any more."),
        ({"since": 0, "differs": "p2"}, "Quiet Lynx says that the emoji are different."),
    ],
)
def test_why_a_room_is_not_sealed_any_more_is_what_happened(
    relay: PairRelay, sealed: tuple[Page, Page], change: Frame, reason: str
) -> None:
    """Nobody has begun again: so that is not said."""
    relay.change(**change)
    expect(lines(sealed[0])).to_have_text(reason)


def test_other_emoji_do_not_come_without_a_word(pair: tuple[Page, Page]) -> None:
    """And a tap that was meant for those before presses nothing."""
    first, second = pair
    second.locator("#sealing").evaluate(AT_FIRST)
    first.reload()
    expect(second.locator("#sealing .why")).to_have_text("It has begun again: these are other emoji.")
    expect_stage(second, "compare")
    assert second.evaluate("window.atFirst") == "none"
    match(*pair)
