"""A relay that lies to the page `/sealed`: each lie is said in words, no text is lost, and one writes on."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from starlette.websockets import WebSocket

from tests.sealed_relay import FakeRoom, Frame, SealedRelay, be_honest, sealed_relay
from tests.sealed_visits import (
    KEY,
    enter,
    expect_live,
    expect_texts,
    lines,
    opened,
    said,
    texts,
    wait_until,
    write,
)

NewPage = Callable[..., Page]
OTHER_KEY = "Y2FuYXJ5IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU="
THEM = "a" * 16


@pytest.fixture
def relay() -> Iterator[SealedRelay]:
    """A relay that is honest until told."""
    with sealed_relay() as running:
        yield running


@pytest.fixture
def page(relay: SealedRelay, new_page: NewPage) -> Page:
    """Somebody in a room, who has greeted."""
    opened_page = new_page()
    enter(opened_page, relay.url, "Brave Otter")
    wait_until(lambda: len(relay.only_room().messages) == 1)
    return opened_page


def hear(relay: SealedRelay, n: int, text: str, *, sender: str = THEM, token: str = "") -> Frame:
    """Have the room tell of a message that somebody has written."""
    room = relay.only_room()
    sent = {"sender": sender, "token": token or said(n, text), "client_id": secrets.token_hex(8)}
    message = room.keep(sent)
    relay.say(message)
    return message


def expect_usable(page: Page) -> None:
    """Write, and see it."""
    write(page, "and on we go")
    expect(page.locator("#list .text").last).to_have_text("and on we go")
    expect(page.locator("#pending li")).to_have_count(0)
    expect(page.locator("#failure")).to_be_hidden()


def expect_notices(page: Page, *wanted: str) -> None:
    """Wait until these sentences stand over the messages."""
    expect(page.locator("#notices li")).to_have_text(list(wanted))


def test_a_repeated_message_is_said_and_not_shown(relay: SealedRelay, page: Page) -> None:
    """Under another id; the same under the same id is nothing."""
    message = hear(relay, 1, "pay 5 euros")
    relay.say(message, message)
    hear(relay, 1, "", token=message["token"])
    expect(lines(page)).to_have_text(
        ["The server sent an earlier message of Quiet Lynx again. It is not shown twice."]
    )
    expect_texts(page, "pay 5 euros")
    expect_usable(page)


def test_a_message_stored_twice_is_shown_once_and_nobody_is_accused(relay: SealedRelay, page: Page) -> None:
    """Sent again after two hundred others, when no server knows its name any more. The own one, too."""
    message = hear(relay, 1, "pay 5 euros")
    expect_texts(page, "pay 5 euros")
    room = relay.only_room()
    greeting = room.messages[0]
    room.known.clear()
    room.first_id = 300 - len(room.messages)  # two hundred others have come and gone
    hear(relay, 1, "", token=message["token"])
    hear(relay, 1, "", sender=greeting["sender"], token=greeting["token"])
    expect(lines(page)).to_have_text(
        [
            f"An earlier message of {name} came again. It is not shown twice. "
            f"After a bad connection {name} may have sent it again; or the server did."
            for name in ("Quiet Lynx", "Brave Otter")
        ]
    )
    expect_texts(page, "pay 5 euros")
    expect_usable(page)


def test_a_missing_message_is_counted_until_it_comes(relay: SealedRelay, page: Page) -> None:
    """And when it comes late, its order is said."""
    hear(relay, 1, "one")
    hear(relay, 4, "four")
    expect_notices(page, "2 messages of Quiet Lynx are missing.")
    hear(relay, 2, "two")
    expect_notices(page, "1 message of Quiet Lynx is missing.")
    expect(lines(page)).to_have_text(
        ["The server changed the order: this message of Quiet Lynx was written earlier."]
    )
    hear(relay, 3, "three")
    expect_notices(page)
    expect_texts(page, "one", "four", "two", "three")
    expect_usable(page)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_newest_message_stays_in_sight(relay: SealedRelay, page: Page, width: int) -> None:
    """Also where sentences over the messages make less room for them; who reads further up is left there."""
    page.set_viewport_size({"width": width, "height": 700})
    for n in range(1, 13):
        hear(relay, n, f"number {n}")
    hear(relay, 15, "number 15")
    hear(relay, 1, "", token=said(1, "x", key=OTHER_KEY))
    expect(page.locator("#notices li")).to_have_count(2)
    expect(page.locator("#list .message:not(.silent) .sc-token")).to_have_count(13)
    expect(page.get_by_text("number 15")).to_be_in_viewport()
    expect(page.locator("#newest")).to_be_hidden()
    at_end = """() => {
        const { scrollHeight, scrollTop, clientHeight } = document.querySelector("#scroll");
        return scrollHeight - scrollTop - clientHeight < 2;
    }"""
    wait_until(lambda: bool(page.evaluate(at_end)))
    page.get_by_text("number 1", exact=True).scroll_into_view_if_needed()
    page.locator("#scroll").evaluate("scroller => { scroller.scrollTop = 0; }")
    wait_until(lambda: not page.evaluate(at_end))
    page.wait_for_timeout(200)
    hear(relay, 16, "number 16")
    expect(page.locator("#newest")).to_be_visible()
    expect(page.get_by_text("number 1", exact=True)).to_be_in_viewport()
    page.locator("#newest").click()
    expect(page.get_by_text("number 16", exact=True)).to_be_in_viewport()
    expect(page.locator("#newest")).to_be_hidden()


def test_another_sender_is_said(relay: SealedRelay, page: Page) -> None:
    """The name inside counts."""
    hear(relay, 1, "hello", sender="b" * 16)
    expect(lines(page)).to_have_text(["The server said that somebody else sent this."])
    expect(page.locator("#list strong")).to_have_text("Quiet Lynx")
    expect_usable(page)


def test_what_was_not_sent_from_here_is_said(relay: SealedRelay, page: Page) -> None:
    """Whoever has the key can write in my name; it is not shown as mine."""
    me = opened(relay.only_room().messages[0]["token"])["by"]
    hear(relay, 9, "", sender=me, token=said(9, "give me money", by=me, name="Brave Otter"))
    expect(lines(page)).to_have_text(["This was not sent from here, although it says so."])
    expect(page.locator("#list .own")).to_have_count(0)
    expect_usable(page)


def test_tokens_of_strangers_are_counted_not_drawn(relay: SealedRelay, page: Page) -> None:
    """Of another key, with a bit turned over, too long, and no token at all."""
    flipped = said(1, "x")
    flipped = flipped[:60] + ("A" if flipped[60] != "A" else "B") + flipped[61:]
    for token in (said(1, "x", key=OTHER_KEY), flipped, "gAAAAAB" + "A" * 64 * 1024, "<b>no token</b>"):
        hear(relay, 1, "", token=token)
    expect_notices(
        page,
        "4 messages that your key does not open.",
        "This was not made with your key. Compare keys, or ask for the link again.",
    )
    hear(relay, 1, "hello")
    expect_notices(page, "4 messages that your key does not open.")
    expect_texts(page, "hello")
    expect_usable(page)


def test_messages_of_other_programs_are_shown_as_such(relay: SealedRelay, page: Page) -> None:
    """A Fernet tool with the same key, and a newer version of this one."""
    from cryptography.fernet import Fernet

    hear(relay, 1, "", token=Fernet(KEY).encrypt(b"just <i>text</i>").decode())
    hear(relay, 1, "", token=said(1, "x", v=2))
    expect(lines(page)).to_have_text(
        [
            "no name, no number: made by another program",
            "This comes from a newer SecureChat. Reload the page.",
        ]
    )
    expect(page.locator("#list .text").first).to_have_text("just <i>text</i>")
    expect_usable(page)


def test_a_false_acknowledgement_is_said_and_the_text_sent_again(relay: SealedRelay, page: Page) -> None:
    """`stored` under the id of another message; once it is honest, the text is there, once."""
    answered: list[str] = []

    async def lie(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        answered.append(frame["client_id"])
        await websocket.send_json({"type": "stored", "client_id": frame["client_id"], "id": 1})

    relay.take = lie
    write(page, "important")
    expect(page.locator("#note, .line").filter(has_text="but did not show it")).not_to_have_count(0)
    expect(page.locator("#pending")).to_contain_text("important")
    relay.take = be_honest
    expect_texts(page, "important")
    assert set(answered) == {relay.only_room().received[-1]["client_id"]}
    expect_usable(page)


def test_a_message_that_is_stored_and_never_shown_is_sent_again(relay: SealedRelay, page: Page) -> None:
    """It is noticed when what comes after it is shown."""

    async def swallow(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        await websocket.send_json({"type": "stored", "client_id": frame["client_id"], "id": 2})

    relay.take = swallow
    write(page, "important")
    wait_until(lambda: len(relay.only_room().received) == 2)
    relay.take = be_honest
    hear(relay, 1, "from another")
    expect(lines(page)).to_have_text(["The server said that it has your message, but did not show it."])
    expect_texts(page, "from another", "important")
    expect_usable(page)


def test_a_message_that_is_stored_and_not_shown_for_long_is_sent_again(
    relay: SealedRelay, page: Page
) -> None:
    """Also where nothing at all is shown any more."""

    async def swallow(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        await websocket.send_json({"type": "stored", "client_id": frame["client_id"], "id": 2})

    relay.take = swallow
    write(page, "important")
    wait_until(lambda: len(relay.only_room().received) == 2)
    expect(lines(page)).to_have_text(
        ["The server said that it has your message, but did not show it."], timeout=40_000
    )
    expect(page.locator("#pending")).to_contain_text("important")
    relay.take = be_honest
    expect_texts(page, "important")
    expect_usable(page)


def test_another_epoch_is_said_and_what_was_there_stays(relay: SealedRelay, page: Page) -> None:
    """Also each second: it is said once while there is nothing to lose."""
    hear(relay, 1, "before")
    expect_texts(page, "before")
    for _ in range(4):
        relay.say({**relay.only_room().room_frame(), "epoch": secrets.token_hex(4)})
    relay.start_anew()
    expect(lines(page)).to_have_text(
        ["The server has started again. What it had is gone; what you see here stays until you leave."]
    )
    expect_live(page)
    hear(relay, 1, "before")
    hear(relay, 2, "after")
    expect_texts(page, "before", "after")
    expect_usable(page)


def test_what_comes_again_after_a_restart_is_no_repetition(relay: SealedRelay, page: Page) -> None:
    """Its sender was not answered, and sent it again: the messages of a connection come before its epoch."""
    hear(relay, 1, "one")
    message = hear(relay, 2, "two")
    expect_texts(page, "one", "two")
    room = relay.only_room()
    relay.is_down = True
    relay.start_anew()
    room.keep({"sender": THEM, "token": message["token"], "client_id": "c"})
    room.keep({"sender": THEM, "token": said(3, "three"), "client_id": "d"})
    relay.is_down = False
    expect_texts(page, "one", "two", "three")
    expect(lines(page)).to_have_text(
        ["The server has started again. What it had is gone; what you see here stays until you leave."]
    )
    expect_notices(page)


def test_what_is_no_frame_changes_nothing(relay: SealedRelay, page: Page) -> None:
    """Unknown types, and fields that are missing."""
    relay.say(
        {"type": "dance"}, {"type": "people", "people": []}, {"type": "stored", "client_id": "x", "id": 99}
    )
    relay.say({"type": "error", "error": "TooFast", "message": "no", "client_id": "y", "retry_after": 5})
    hear(relay, 1, "hello")
    expect_texts(page, "hello")
    write(page, "still here")
    expect_texts(page, "hello", "still here")


def test_a_message_without_a_time_is_shown(relay: SealedRelay, page: Page) -> None:
    """The time is the server's word, and the text is not."""
    room = relay.only_room()
    message = room.keep({"sender": THEM, "token": said(1, "hello"), "client_id": "x"})
    relay.say({**message, "sent_at": "never"})
    expect_texts(page, "hello")
    expect_usable(page)


def test_a_wait_without_an_end_is_none(relay: SealedRelay, page: Page) -> None:
    """A wait that no timer can hold would end at once, and the page would send for ever."""

    async def put_off(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        error = {"type": "error", "error": "TooFast", "message": "Not sent: wait.", "retry_after": 3_000_000}
        await websocket.send_json({**error, "client_id": frame["client_id"]})

    relay.take = put_off
    before = len(relay.only_room().received)
    write(page, "one")
    expect(page.locator("#note")).to_have_text("Not sent: wait.")
    page.wait_for_timeout(1_000)  # what is awaited is that nothing comes
    assert len(relay.only_room().received) == before + 1


def test_the_page_quotes_no_server(relay: SealedRelay, page: Page) -> None:
    """What is no JSON ends the connection, and no word of it is shown; the next one is as good as any."""

    async def babble(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        relay.take = be_honest
        await websocket.send_text("Call the headmaster")

    relay.take = babble
    write(page, "one")
    wait_until(lambda: len(relay.only_room().messages) == 2)
    expect_texts(page, "one")
    expect(page.locator("body")).not_to_contain_text("headmaster")
    expect(page.locator("body")).not_to_contain_text("went wrong")


def test_what_is_written_without_a_connection_goes_out_once(relay: SealedRelay, page: Page) -> None:
    """The sign says so within two seconds, typing goes on, and what waited comes in its order."""
    relay.is_down = True
    relay.disconnect()
    expect(page.locator("#sign")).to_contain_text("No connection", timeout=2_000)
    for text in ("one", "two", "three"):
        write(page, text)
    page.get_by_placeholder("Message to this sealed room").press_sequentially("half a")
    expect(page.locator("#pending li")).to_have_count(3)
    relay.is_down = False
    expect_live(page)
    expect_texts(page, "one", "two", "three")
    expect(page.locator("#pending li")).to_have_count(0)
    page.get_by_placeholder("Message to this sealed room").press_sequentially(" line")
    page.keyboard.press("Enter")
    expect_texts(page, "one", "two", "three", "half a line")
    assert [opened(message["token"])["n"] for message in relay.only_room().messages] == [1, 2, 3, 4, 5]


def test_a_restart_between_sending_and_stored_loses_nothing(relay: SealedRelay, page: Page) -> None:
    """The token is sent again under its name, and stored once more where it was lost."""

    async def die(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        relay.take = be_honest
        room.keep(frame)
        room.epoch, room.messages, room.known = secrets.token_hex(8), [], {}
        await websocket.close(1012)

    relay.take = die
    write(page, "important")
    expect_texts(page, "important")
    expect_live(page)
    received = [frame for frame in relay.only_room().received if opened(frame["token"])["text"]]
    assert len(received) == 2
    assert received[0] == received[1]
    expect_usable(page)


def test_an_answer_that_never_comes_is_not_waited_for(relay: SealedRelay, page: Page) -> None:
    """A connection that only seems to be live is opened anew, and the message is there once."""

    async def keep_silent(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        relay.take = be_honest
        await relay.tell(room, room.keep(frame))

    relay.take = keep_silent
    write(page, "important")
    expect_texts(page, "important")
    write(page, "next")
    expect_texts(page, "important", "next")
    wait_until(lambda: len(relay.only_room().messages) == 3)


def test_too_fast_is_waited_for(relay: SealedRelay, page: Page) -> None:
    """A refusal that ends by itself: the text is kept, and sent once when it may be."""
    refused: list[str] = []

    async def refuse_once(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        relay.take = be_honest
        refused.append(frame["client_id"])
        error = {"type": "error", "error": "TooFast", "message": "Not sent: wait.", "retry_after": 1}
        await websocket.send_json({**error, "client_id": frame["client_id"]})

    relay.take = refuse_once
    write(page, "one")
    write(page, "two")
    expect(page.locator("#note")).to_have_text("Not sent: wait.")
    expect_texts(page, "one", "two")
    expect(page.locator("#note")).to_be_hidden()
    assert [frame["client_id"] for frame in relay.only_room().received].count(refused[0]) == 2


def test_what_is_refused_for_good_comes_back(relay: SealedRelay, page: Page) -> None:
    """Into the box, with the reason, before what was typed since. Its number is not used again.

    A server that lies may have shown it: then the next message would count as that one sent again.
    """

    async def refuse_once(relay: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
        relay.take = be_honest
        await asyncio.sleep(0.3)
        error = {"type": "error", "error": "InvalidMessage", "message": "No such message.", "retry_after": 0}
        await websocket.send_json({**error, "client_id": frame["client_id"]})

    relay.take = refuse_once
    write(page, "one")
    page.get_by_placeholder("Message to this sealed room").press_sequentially("two")
    expect(page.locator("#fault")).to_have_text("No such message.")
    box = page.get_by_placeholder("Message to this sealed room")
    expect(box).to_have_value("one\ntwo")
    write(page, "three")
    expect_texts(page, "three")
    assert [opened(message["token"])["n"] for message in relay.only_room().messages] == [1, 3]
    assert not any(frame["client_id"].startswith(frame["sender"]) for frame in relay.only_room().received)


def test_many_ids_do_not_stop_the_page(relay: SealedRelay, page: Page) -> None:
    """Thousands of tokens that nobody opens, and lines without an end, leave a page that works."""
    token = said(1, "x", key=OTHER_KEY)
    relay.say(*(FakeRoom.message(number, THEM, token) for number in range(2, 3_002)))
    mine = said(1, "again and again")
    relay.say(*(FakeRoom.message(number, THEM, mine) for number in range(3_002, 5_002)))
    expect(page.locator("#notices li")).to_contain_text(
        ["3,000 messages that your key does not open."], timeout=30_000
    )
    expect(page.locator("#list .text").first).to_have_text("again and again", timeout=30_000)
    expect(lines(page)).to_have_count(2)  # of those that came soon again, and of those that came long after
    assert texts(page) == ["again and again"]
