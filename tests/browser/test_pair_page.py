"""The page of a pair: two browsers seal their room, whatever happens on the way, and then write in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Dialog, Page, expect
from starlette.websockets import WebSocket

from tests.browser.axe import faults
from tests.pair_visits import (
    DIFFER,
    MATCH,
    PHONE,
    emoji,
    expect_sealed,
    expect_stage,
    expect_to_talk,
    match,
    press,
)
from tests.sealed_relay import FakeRoom, Frame, SealedRelay
from tests.sealed_visits import expect_texts, lines, texts, wait_until, write
from tests.sealing_relay import NEW, ROOM, PairRelay, take
from tests.support import markup_of

NewPage = Callable[..., Page]


def begun(relay: PairRelay) -> int:
    """Return how often somebody has begun."""
    return sum(frame["step"] == "begin" for _, frame in relay.steps)


def has_begun(relay: PairRelay, times: int) -> bool:
    """Say whether somebody has begun so often."""
    return begun(relay) == times


@pytest.mark.parametrize("ways", [(True, True), (False, False), (True, False), (False, True)])
def test_two_seal_their_room(relay: PairRelay, new_page: NewPage, ways: tuple[bool, bool]) -> None:
    """With WebCrypto or without; what was written before stays what it is, and is not asked for."""
    room = relay.room(ROOM)
    for number in range(3):
        room.keep({"sender": "p1", "token": f"of the server {number}", "client_id": f"{number}"})
    first, second = new_page(**PHONE), new_page()
    first.goto(relay.link("p1", is_secure=ways[0]))
    expect_stage(first, "waiting")
    expect(first.locator("#sealing")).to_contain_text("Quiet Lynx has to press “Seal this room”, too.")
    second.goto(relay.link("p2", is_secure=ways[1]))
    assert "#" not in first.url + second.url
    match(first, second)
    expect_to_talk(first, second, about="hello")
    expect_texts(first, "hello 0", "hello 1")
    expect(first.locator("#list strong")).to_have_text(["Brave Otter (you)", "Quiet Lynx"])
    expect(first.locator("#room .people")).to_have_text("Here: Brave Otter (you), Quiet Lynx.")
    expect(second).to_have_title("Sealed room with Brave Otter")
    for page in (first, second):
        expect(page.locator("#notices li")).to_have_count(0)
        expect(lines(page)).to_have_count(0)
    assert relay.sealing["since"] == 4
    assert [query["after"] for query in relay.queries[2:]] == ["3", "3"]
    assert [message["sender"] for message in room.messages[3:]] == ["p1", "p2"]
    assert begun(relay) == 1


def test_both_begin_at_the_same_time(relay: PairRelay, new_page: NewPage) -> None:
    """One of them is quicker, and the other one answers."""
    waiting: list[tuple[WebSocket, Frame]] = []

    async def hold(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        waiting.append((websocket, frame))
        if len(waiting) == 2:
            relay.take = take
            for each in waiting:
                await take(relay, room, *each)

    relay.take = hold
    first, second = new_page(**PHONE), new_page(**PHONE)
    first.goto(relay.link("p1"))
    second.goto(relay.link("p2"))
    match(first, second)
    assert [frame["step"] for _, frame in waiting] == ["begin", "begin"]
    assert begun(relay) == 2
    expect_to_talk(first, second, about="hello")


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("stage", ["compare", "matched", "sealed"])
def test_a_page_that_is_loaded_anew_seals_anew(
    relay: PairRelay, pair: tuple[Page, Page], stage: str, who: int
) -> None:
    """Its key is gone, so both compare again, and nobody has to do anything but that."""
    page, other = pair[who], pair[1 - who]
    before = emoji(page)
    if stage != "compare":
        press(page, MATCH)
        expect_stage(page, "matched")
    if stage == "sealed":
        press(other, MATCH)
        expect_sealed(page, "Quiet Lynx" if who == 0 else "Brave Otter")
        expect_to_talk(*pair, about="before")
    relay.renew(f"p{who + 1}", "7")
    expect(page.locator("#sign")).to_have_text("● Live")
    wait_until(lambda: f"p{who + 1}.7" in page.evaluate("JSON.stringify({...sessionStorage})"))
    page.reload()
    if stage == "sealed":
        expect(page.locator("#sealing .why")).to_contain_text("This room was sealed before. That key is gone")
        expect(other.locator("#sealing .why")).to_contain_text("has begun again")
        expect(lines(other)).to_have_text(re.compile("has begun again. A page that is loaded anew"))
        assert texts(other) == ["before 0", "before 1"]
    assert match(*pair) != before
    expect_to_talk(*pair, about="after")
    assert begun(relay) == 2
    assert f"p{who + 1}.7" in [query["ticket"] for query in relay.queries[-2:]], "it came with the newest one"
    if stage == "sealed":
        assert texts(other) == ["before 0", "before 1", "after 0", "after 1"]
        expect(lines(other)).to_have_count(2)
        assert texts(page) == ["after 0", "after 1"]


def test_a_page_loaded_anew_before_anybody_came_begins_again(relay: PairRelay, new_page: NewPage) -> None:
    """Who waits may do that as often as they like."""
    first, second = new_page(**PHONE), new_page(**PHONE)
    first.goto(relay.link("p1"))
    expect_stage(first, "waiting")
    for times in (2, 3):
        first.reload()
        expect_stage(first, "waiting")
        wait_until(partial(has_begun, relay, times))
    second.goto(relay.link("p2"))
    match(first, second)
    assert begun(relay) == 3


def test_a_room_that_is_open_twice_stops_on_the_older_page(
    relay: PairRelay, sealed: tuple[Page, Page]
) -> None:
    """It says so, and begins nothing: two pages of one person would else begin in turn for ever."""
    page, other = sealed
    double = page.context.new_page()
    double.goto(relay.link("p1"))
    expect_stage(page, "double")
    match(double, other)
    expect_to_talk(double, other, about="hello")
    assert begun(relay) == 2
    press(page, "Go on here")
    expect_stage(double, "double")
    match(page, other)
    assert begun(relay) == 3


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("is_late", [True, False])
def test_different_emoji_seal_nothing(
    relay: PairRelay, pair: tuple[Page, Page], who: int, *, is_late: bool
) -> None:
    """Either may say so, also who said that they match; both are told what it may mean, and start again."""
    page, other = pair[who], pair[1 - who]
    names = ["Brave Otter", "Quiet Lynx"]
    before = emoji(page)
    if is_late:
        press(page, MATCH)
        press(page, "No, they are different")
    else:
        press(page, DIFFER)
    for each, sentence in ((page, "You say that"), (other, f"{names[who]} says that")):
        expect_stage(each, "differs")
        expect(each.locator("#sealing")).to_contain_text(sentence)
        expect(each.locator("#sealing")).to_contain_text("Somebody may be in between")
        expect(each.locator("#sealing")).to_contain_text("Nothing is sealed. Tell your teacher.")
        expect(each.locator("#composer")).to_be_hidden()
    assert relay.sealing["since"] == 0
    press(other, "Start again")
    assert match(*pair) != before
    expect_to_talk(*pair, about="hello")


def test_the_other_ones_word_is_shown_and_does_not_count(relay: PairRelay, pair: tuple[Page, Page]) -> None:
    """Nobody is in a sealed room who has not compared, whatever the server says of it."""
    first, second = pair
    press(first, MATCH)
    expect(second.locator("#sealing")).to_contain_text("Brave Otter says that they match. Look for yourself.")
    relay.change(matched=["p1", "p2"], since=1)
    expect_sealed(first, "Quiet Lynx")
    expect_stage(second, "compare")
    expect(second.locator("#composer")).to_be_hidden()
    press(second, MATCH)
    expect_sealed(second, "Brave Otter")


def test_no_button_is_pressed_by_the_enter_key(pair: tuple[Page, Page]) -> None:
    """Neither of the two is the usual one: one has to choose."""
    first, _ = pair
    first.keyboard.press("Enter")
    first.keyboard.press("Space")
    same = "buttons => new Set(buttons.map((each) => each.className)).size === 1"
    assert first.locator(".choice button").evaluate_all(same)
    expect_stage(first, "compare")


def test_a_second_tap_is_not_taken_for_another_button(pair: tuple[Page, Page]) -> None:
    """A button that has just come where another one stood is not pressed yet."""
    first, _ = pair
    first.locator("#sealing").evaluate(
        """panel => new MutationObserver(() => {
            for (const button of panel.querySelectorAll(".choice button"))
                window.atFirst = getComputedStyle(button).pointerEvents;
        }).observe(panel, { childList: true, subtree: true })"""
    )
    press(first, MATCH)
    expect_stage(first, "matched")
    assert first.evaluate("window.atFirst") == "none"
    press(first, "No, they are different")
    expect_stage(first, "differs")


def test_the_keyboard_goes_on_from_where_it_was(pair: tuple[Page, Page]) -> None:
    """What was pressed is gone: the focus is on the title of what came in its place."""
    first, second = pair
    first.get_by_role("button", name=MATCH).press("Enter")
    expect(first.get_by_role("heading", name="Waiting for Quiet Lynx")).to_be_focused()
    first.keyboard.press("Tab")
    expect(first.get_by_role("button", name="No, they are different")).to_be_focused()
    press(second, MATCH)
    expect(first.locator("#text")).to_be_focused()


def flip(digits: str) -> str:
    """Turn over a bit of what stands there in hexadecimal digits, if anything does."""
    return digits and f"{int(digits[0], 16) ^ 1:x}{digits[1:]}"


@pytest.mark.parametrize("field", ["opening", "nonce"])
def test_an_opening_that_was_not_promised_is_refused(relay: PairRelay, new_page: NewPage, field: str) -> None:
    """Somebody in between who has looked for a fitting key has to change it: that is seen, and said."""

    def change(holder: str, frame: Frame) -> Frame:
        opening = str(frame["opening"])
        if holder != "p2" or not opening:
            return frame
        changed = flip(opening) if field == "opening" else opening[:64] + flip(opening[64:])
        return {**frame, "opening": changed}

    relay.alter = change
    first, second = new_page(**PHONE), new_page(**PHONE)
    first.goto(relay.link("p1"))
    expect_stage(first, "waiting")
    second.goto(relay.link("p2"))
    expect_stage(second, "broken")
    expect(second.locator("#sealing")).to_contain_text("Nothing is sealed. Tell your teacher.")
    expect_stage(first, "differs")


def test_a_key_that_everybody_could_have_is_refused(relay: PairRelay, new_page: NewPage) -> None:
    """A point of low order in place of the answer."""
    relay.alter = lambda holder, frame: (
        {**frame, "answer": "0" * 64} if holder == "p1" and frame["answer"] else frame
    )
    first, second = new_page(**PHONE), new_page(**PHONE)
    first.goto(relay.link("p1"))
    expect_stage(first, "waiting")
    second.goto(relay.link("p2"))
    expect_stage(first, "broken")
    assert not any(frame["step"] == "open" for _, frame in relay.steps)


@pytest.mark.parametrize(("field", "who"), [("answer", "p1"), ("commitment", "p2"), ("opening", "p2")])
def test_what_came_once_does_not_change(
    relay: PairRelay, pair: tuple[Page, Page], field: str, who: str
) -> None:
    """A server that changes it later, within the round, is not believed: no other key is made of it."""
    relay.alter = lambda holder, frame: {**frame, field: flip(frame[field])} if holder == who else frame
    relay.change()
    page = pair[int(who[1]) - 1]
    expect_stage(page, "broken")
    relay.alter = lambda holder, frame: frame
    relay.change()
    expect_stage(page, "broken")


def test_a_room_that_cannot_be_sealed_says_why(relay: PairRelay, new_page: NewPage) -> None:
    """And begins by itself as soon as it can be."""
    relay.refusal = "Three sit in this room, and only two can seal one."
    first, second = new_page(**PHONE), new_page(**PHONE)
    first.goto(relay.link("p1"))
    second.goto(relay.link("p2"))
    for page in (first, second):
        expect_stage(page, "refused")
        expect(page.locator("#sealing")).to_contain_text(relay.refusal)
    assert begun(relay) == 0
    relay.refusal = ""
    relay.change()
    match(first, second)


def test_a_step_that_is_refused_is_said(relay: PairRelay, pair: tuple[Page, Page]) -> None:
    """In the words of the server; the next state takes them away."""

    async def refuse(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        await websocket.send_json({"type": "error", "error": "SealingRefused", "message": "Wait a moment."})

    relay.take = refuse
    press(pair[0], MATCH)
    expect(pair[0].locator("#sealing .fault")).to_have_text("Wait a moment.")
    relay.take = take
    relay.change()
    expect(pair[0].locator("#sealing .fault")).to_be_hidden()
    assert relay.sealing["matched"] == ["p1"]


@pytest.mark.parametrize("stage", ["compare", "sealed"])
def test_a_sealing_that_the_teacher_ends_waits_for_a_button(
    relay: PairRelay, pair: tuple[Page, Page], stage: str
) -> None:
    """No page begins by itself what somebody else has ended."""
    if stage == "sealed":
        match(*pair)
    relay.change(**{**NEW, "round": 1})
    for page in pair:
        expect_stage(page, "ended")
    assert begun(relay) == 1
    press(pair[1], "Start again")
    match(*pair)
    assert begun(relay) == 2
    expect_to_talk(*pair, about="hello")


def test_who_is_taken_out_is_told(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """The page ends, and a reload leads to the class, not back here."""
    page, _ = sealed
    relay.throw_out("p1")
    expect_stage(page, "lost")
    expect(page.locator("#sealing")).to_contain_text("You are not in this room any more")
    expect(page.locator("#sign")).to_be_empty()
    assert page.evaluate("sessionStorage.length") == 0
    count = len(relay.queries)
    page.reload()
    page.wait_for_url("**/join")
    assert len(relay.queries) == count


def test_the_way_back_to_the_class_asks_about_the_key(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """It goes with the page; who says no stays, with what was typed."""
    page, _ = sealed
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.get_by_role("button", name="More").click()
    page.once("dialog", refuse)
    press(page, "Back to the class")
    assert asked[0].startswith("If you leave this page, its key is lost.")
    press(page, "Close")
    expect_to_talk(*sealed, about="still here")
    page.get_by_role("button", name="More").click()
    page.on("dialog", lambda dialog: dialog.accept())
    press(page, "Back to the class")
    page.wait_for_url("**/join")
    assert page.evaluate("sessionStorage.length") == 0
    page.go_back()
    page.wait_for_url("**/join")


def test_the_page_for_everybody_is_still_there(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """In the same tab: only a reload of the pair's page leads back to the pair."""
    page, _ = sealed
    page.goto(f"{relay.url}/sealed?x=1")
    expect(page.locator("#start")).to_be_visible()
    page.goto(relay.link("p1"))
    expect_stage(page, "compare")


def test_a_link_over_an_open_page_is_taken(relay: PairRelay, new_page: NewPage) -> None:
    """The browser loads nothing then, and the page loads itself."""
    page = new_page()
    page.goto(f"{relay.url}/sealed")
    expect(page.locator("#start")).to_be_visible()
    page.goto(relay.link("p1"))
    expect_stage(page, "waiting")
    assert "#" not in page.url


@pytest.mark.parametrize("who", [0, 1])
def test_a_sealed_room_stays_when_the_other_one_is_gone(
    relay: PairRelay, sealed: tuple[Page, Page], who: int
) -> None:
    """For either of them: the key is there, and what was written can be read."""
    page, name = sealed[who], ["Quiet Lynx", "Brave Otter"][who]
    expect_to_talk(*sealed, about="hello")
    sealed[1 - who].close()
    person = f"p{who + 1}"
    relay.names = {person: relay.names[person]}
    relay.refusal = "You are alone in this room."
    relay.change()
    relay.say({"type": "people", "people": relay.people_frame(relay.room(ROOM))["people"]})
    expect(page.locator("#room .people")).to_have_text(f"Here: {relay.names[person]} (you).")
    write(page, "still here")
    expect_texts(page, "hello 0", "hello 1", "still here")
    expect_sealed(page, name)


def test_a_page_that_is_not_let_in_says_what_to_do(relay: PairRelay, new_page: NewPage) -> None:
    """A ticket that has run out and a server that does not answer look the same to a browser."""
    relay.is_down = True
    page = new_page(**PHONE)
    page.goto(relay.link("p1"))
    expect(page.locator("#sign")).to_contain_text("go back to the class, and come from there again")
    relay.is_down = False
    expect_stage(page, "waiting")


def test_names_that_act_are_shown_as_they_are(relay: PairRelay, new_page: NewPage) -> None:
    """Nothing in them is markup, and nothing turns the text around."""
    relay.names = {"p1": "<b>Otter", "p2": "Ly\u202enx"}
    page = new_page(**PHONE)
    page.goto(relay.link("p1"))
    expect(page.locator("#sealing h2")).to_have_text("Waiting for Ly⟨U+202E⟩nx")
    assert page.locator("#sealing b").count() == 0


def test_a_pause_of_the_teacher_keeps_the_draft(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """It is said, Enter sends nothing, and the text is there when it goes on."""
    page, other = sealed
    room = relay.room(ROOM)
    reason = "Your teacher has paused writing."
    relay.say({**room.room_frame(), "closed": reason}, room=room)
    expect(page.get_by_text(reason)).to_be_visible()
    write(page, "half a thought")
    expect(page.locator("#fault")).to_have_text("Not sent. Your text is kept.")
    expect(page.locator("#text")).to_have_value("half a thought")
    assert not any(frame["type"] == "send" for frame in room.received)
    relay.say(room.room_frame(), room=room)
    expect(page.get_by_text(reason)).to_be_hidden()
    expect(page.locator("#fault")).to_be_hidden()
    page.locator("#text").press("Enter")
    expect_texts(other, "half a thought")


def test_what_was_not_stored_comes_back_into_the_box(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """The other side has begun anew in between: nothing is lost or sent unasked under a new key."""
    page, other = sealed

    async def swallow(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        if frame["type"] == "seal":
            await take(relay, room, websocket, frame)

    relay.take = swallow
    for text in ("one", "two"):
        write(page, text)
    page.locator("#text").fill("and a draft")
    expect(page.locator("#pending li")).to_have_count(2)
    other.reload()
    emoji(page)
    expect(page.locator("#pending li")).to_have_count(0)
    relay.take = take
    match(page, other)
    expect(page.locator("#text")).to_have_value("one\ntwo\nand a draft")
    expect(page.locator("#fault")).to_contain_text("This was not stored before the key changed.")
    page.locator("#text").press("Enter")
    expect_texts(other, "one\ntwo\nand a draft")
    assert len(relay.room(ROOM).messages) == 1


def test_what_came_under_the_old_key_is_opened_first(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """Somebody without a connection comes back when the other one has written, and has begun anew since."""
    page, other = sealed
    relay.away = {"p2"}
    relay.throw_out("p2", 1012)
    write(page, "late")
    expect_texts(page, "late")
    page.reload()
    expect_stage(page, "waiting")
    relay.away = set()
    emoji(other)
    expect_texts(other, "late")
    match(page, other)
    expect_to_talk(page, other, about="after")


def test_a_step_that_comes_too_soon_is_taken_later(relay: PairRelay, new_page: NewPage) -> None:
    """By the page itself, after the time that the server has told."""

    async def refuse_once(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        relay.take = take
        error = {"type": "error", "error": "TooFast", "message": "Wait 1 second.", "retry_after": 1}
        await websocket.send_json(error)

    relay.take = refuse_once
    page = new_page(**PHONE)
    page.goto(relay.link("p1"))
    wait_until(lambda: relay.sealing["round"] == 1)
    expect(page.locator("#sealing .fault")).to_be_hidden()


def test_who_is_told_to_start_again_has_a_button_for_it(relay: PairRelay, new_page: NewPage) -> None:
    """Also in a stage that has no such button else."""

    async def refuse(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        message = "The other phone has begun already. Press “Start again”."
        await websocket.send_json({"type": "error", "error": "SealingRefused", "message": message})

    relay.take = refuse
    page = new_page(**PHONE)
    page.goto(relay.link("p1"))
    expect(page.locator("#sealing .fault")).to_contain_text("Press “Start again”.")
    relay.take = take
    press(page, "Start again")
    wait_until(lambda: relay.sealing["round"] == 1)
    expect(page.locator("#sealing").get_by_role("button", name="Start again")).to_be_hidden()


def test_what_is_pasted_over_the_address_does_not_stay_there(
    relay: PairRelay, sealed: tuple[Page, Page]
) -> None:
    """A key for another kind of room changes nothing here; another link of a class is followed."""
    page, other = sealed
    page.evaluate("location.hash = 'key=abc'")
    wait_until(lambda: page.evaluate("location.hash") == "")
    expect_to_talk(page, other, about="still here")
    assert page.evaluate("history.state") == {"isPair": True}
    page.on("dialog", lambda dialog: dialog.accept())
    page.evaluate(f"location.hash = 'pair={ROOM}&ticket=p1.new'")
    expect_stage(page, "compare")
    assert "#" not in page.url
    assert "p1.new" in [query["ticket"] for query in relay.queries]  # the other one connects anew, too
    other.goto(f"{relay.url}/sealed?room=sealed-{'0' * 32}")
    other.evaluate("location.hash = 'key=abc'")
    wait_until(lambda: other.evaluate("location.hash") == "")


def test_a_connection_that_breaks_changes_nothing(relay: PairRelay, pair: tuple[Page, Page]) -> None:
    """Neither before the key is there nor after: nobody begins anew, and nobody has to compare again."""
    relay.is_down = True
    relay.disconnect()
    expect(pair[0].locator("#sign")).to_contain_text("No connection")
    press(pair[0], MATCH)
    relay.is_down = False
    expect(pair[0].locator("#sign")).to_have_text("● Live", timeout=30_000)
    press(pair[1], MATCH)
    for page, other in zip(pair, ("Quiet Lynx", "Brave Otter"), strict=True):
        expect_sealed(page, other)
    expect_to_talk(*pair, about="before")
    relay.disconnect()
    write(pair[0], "during")
    expect_texts(pair[1], "before 0", "before 1", "during")
    expect_to_talk(*pair, about="after")
    assert begun(relay) == 1
    for page in pair:
        expect(lines(page)).to_have_count(0)


def test_messages_of_both_rounds_are_inspected(sealed: tuple[Page, Page]) -> None:
    """Each with the key that it was made with; as the server sees it, there is no text."""
    page, other = sealed
    write(page, "first round")
    expect_texts(other, "first round")
    page.reload()
    match(*sealed)
    write(page, "second round")
    expect_texts(other, "first round", "second round")
    for number, text in ((0, "first round"), (1, "second round")):
        other.get_by_role("button", name=re.compile("Inspect message")).nth(number).click()
        expect(other.locator("dialog .step.passed")).to_have_count(7)
        expect(other.locator("dialog")).to_contain_text(f'"text":"{text}"')
        other.locator("#dialog-close").click()
    other.get_by_label("As the server sees it").check()
    for text in ("first round", "second round"):
        expect(other.get_by_text(text)).to_be_hidden()
    expect(other.locator(".message .outer")).to_have_text(["p1", "p1"])


def test_the_emoji_can_be_looked_at_again(sealed: tuple[Page, Page]) -> None:
    """In the room, on both sides the same; and one can start again from there."""
    shown = []
    for page in sealed:
        page.get_by_role("button", name="More").click()
        press(page, "Show the emoji")
        expect(page.locator("dialog .emoji li")).to_have_count(7)
        shown.append(page.locator("dialog .emoji li").all_text_contents())
        page.locator("#dialog-close").click()
    assert shown[0] == shown[1]
    press(sealed[0], "Start again")
    assert match(*sealed) != shown[0]
    expect(lines(sealed[0])).to_have_text(["You have begun again.", "Sealed again, with a new key."])


def test_no_key_is_on_the_page_or_kept(relay: PairRelay, sealed: tuple[Page, Page]) -> None:
    """Nothing offers it: no link, no QR code, no text of it; the tab remembers the room and its ticket."""
    page, _ = sealed
    expect_to_talk(*sealed, about="hello")
    page.get_by_role("button", name="More").click()
    assert page.get_by_role("button", name=re.compile("key|QR", re.IGNORECASE)).count() == 0
    page.locator(".cipher").evaluate_all("tokens => tokens.forEach((token) => token.remove())")
    assert not re.search(r"[\w-]{43}=", markup_of(page))
    kept = page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie, history.state]")
    session = {"securechat pair": json.dumps({"room": ROOM, "ticket": "p1.0"}, separators=(",", ":"))}
    assert kept == [{}, session, "", {"isPair": True}]
    expect(page.locator("aside")).to_contain_text("the key is in your browser and in that of Quiet Lynx")
    expect(page.locator("aside")).to_contain_text("Your teacher cannot read them.")
    for sentence in ("those you gave it to", "python -m", "The names are what people say"):
        expect(page.locator("aside")).not_to_contain_text(sentence)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(360, 640), (640, 360), (1280, 800)])
def test_every_stage_has_no_serious_fault(
    relay: PairRelay, new_page: NewPage, scheme: str, width: int, height: int
) -> None:
    """And the emoji and both buttons are on one screen; nothing is wider than that."""
    first, second = (new_page(width=width, height=height, scheme=scheme) for _ in range(2))

    def look_at(page: Page) -> None:
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    first.goto(relay.link("p1", is_secure=False))
    expect_stage(first, "waiting")
    look_at(first)
    second.goto(relay.link("p2"))
    for page in (first, second):
        emoji(page)
        for part in (
            page.locator(".emoji"),
            page.get_by_text("Back to the class").first,
            *page.locator(".choice button").all(),
        ):
            expect(part).to_be_in_viewport(ratio=1)
    look_at(first)
    press(first, MATCH)
    expect_stage(first, "matched")
    look_at(first)
    press(first, "No, they are different")
    expect_stage(second, "differs")
    look_at(second)
    press(second, "Start again")
    match(first, second)
    expect_to_talk(first, second, about="hello")
    look_at(first)
    if width < 900:
        second.get_by_role("button", name="More").click()
        look_at(second)
        press(second, "Close")
    first.reload()
    emoji(second)
    for part in (second.locator("#sealing .emoji"), *second.locator(".choice button").all()):
        expect(part).to_be_in_viewport(ratio=1)
    look_at(second)
    relay.throw_out("p2")
    expect_stage(second, "lost")
    look_at(second)


@pytest.mark.parametrize(
    "words", [["Sunflower", "Butterfly", "Lightning", "Elephant", "Strawberry", "Earth", "Egg"]]
)
def test_emoji_stand_four_and_three(pair: tuple[Page, Page], words: list[str]) -> None:
    """However long their words are: else the same seven would look different on another phone."""
    page, _ = pair
    page.locator("#sealing .emoji li > :last-child").evaluate_all(
        "(places, words) => places.forEach((place, i) => { place.textContent = words[i]; })", words
    )
    boxes = page.locator("#sealing .emoji li").evaluate_all(
        "all => all.map((each) => Math.round(each.getBoundingClientRect().top))"
    )
    assert [boxes.count(top) for top in sorted(set(boxes))] == [4, 3]
    widths = page.locator("#sealing .emoji li").evaluate_all("all => all.map((each) => each.offsetWidth)")
    assert min(widths) > 80, "a quarter of the screen each, so that they can be read from afar"
