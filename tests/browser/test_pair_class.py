"""Two of a class seal their room: two browsers and the real server, with what the teacher can do to them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from playwright.sync_api import Page, expect

from securechat.crypto.exchange import KeyPair, derive_key
from securechat.crypto.key_text import decode_key
from securechat.sealed.page import FOLDER
from securechat.ui.sealing.words import OPEN, SEAL
from tests.browser.test_sealed_leaks import forms_of, record
from tests.classes import Lesson, enter, expect_in_room
from tests.pair_visits import (
    DIFFER,
    MATCH,
    SLOW,
    emoji,
    expect_sealed,
    expect_stage,
    expect_to_talk,
    match,
    press,
)
from tests.sealed_visits import lines, texts, tokens, wait_until, write
from tests.support import CANARY, PROXIED_HOST

KEEP = """
    window.kept = [];
    const keep = (secret) => window.kept.push([...new Uint8Array(secret.buffer ?? secret)]);
    const { subtle } = crypto;
    if (subtle) { // the secret of both, and the two halves of the key
        const { importKey, deriveBits } = subtle;
        subtle.deriveBits = async (...all) => {
            const made = await deriveBits.apply(subtle, all);
            keep(made.slice(0));
            return made;
        };
        subtle.importKey = (...all) => {
            if (all[1].length === 16) keep(all[1].slice());
            return importKey.apply(subtle, all);
        };
    } else { // the private key: the nonce, which is random, too, is no secret once it was opened
        const { getRandomValues } = crypto;
        crypto.getRandomValues = (bytes) => {
            const made = getRandomValues.call(crypto, bytes);
            if (made.length === 32 && window.kept.length === 0) keep(made.slice());
            return made;
        };
    }
"""
"""Keeps what must not leave a page."""

NewPage = Callable[..., Page]
PHONE = {"width": 360, "height": 640}


@pytest.fixture(scope="module")
def lesson_bounds() -> dict[str, float]:
    """Tickets are renewed while one looks on, and news of people come soon."""
    return {"renew_seconds": 1.0, "people_seconds": 0.1}


@dataclass
class Pair:
    """Two who sit in a room of a class.

    Attributes:
        lesson: Their class.
        room: The name of their room.
        first: The id of one of them.
        second: That of the other one.
    """

    lesson: Lesson
    room: str
    first: str
    second: str

    def link(self, person: str, *, is_secure: bool = True) -> str:
        """Return where "Seal this room" leads somebody."""
        ticket = f"Ticket({self.room!r}, {person!r}, seals=True)"
        new = "__import__('securechat.classroom.tickets', fromlist=['Ticket'])"
        issued = self.lesson.ask(f"application.tickets.issue({new}.{ticket})")
        url = self.lesson.server.url
        url = url if is_secure else url.replace("127.0.0.1", PROXIED_HOST)
        return f"{url}/sealed#pair={quote(self.room)}&ticket={quote(issued)}"

    def name(self, person: str) -> str:
        """Return what somebody is called."""
        return self.lesson.people()[person]

    def since(self) -> int:
        """Return the id of the first message under the key of the two."""
        since: int = self.lesson.ask(f"room.view().rooms[{self.room!r}].sealing.since")
        return since

    def stored(self) -> list[str]:
        """Return the tokens that the server has of the room."""
        do = f"[m.token for m in room.view().rooms[{self.room!r}].conversation.view().messages]"
        found: list[str] = self.lesson.ask(do)
        return found

    def come(self, new_page: NewPage, *, ways: tuple[bool, bool] = (True, True)) -> tuple[Page, Page]:
        """Let both come to the page, one after the other."""
        first, second = new_page(**PHONE), new_page()
        first.goto(self.link(self.first, is_secure=ways[0]))
        expect_stage(first, "waiting")
        second.goto(self.link(self.second, is_secure=ways[1]))
        return first, second


@pytest.fixture
def pair(lesson: Lesson) -> Pair:
    """Two in a room."""
    first, second = lesson.join()[0], lesson.join()[0]
    return Pair(lesson, lesson.rooms()[1], first, second)


@pytest.mark.parametrize("ways", [(True, True), (False, False), (False, True)])
def test_two_of_a_class_seal_their_room(pair: Pair, new_page: NewPage, ways: tuple[bool, bool]) -> None:
    """From then on the server has no key for what they write; what it could open before, it still can."""
    pair.lesson.say(pair.first, "before", 1)
    first, second = pair.come(new_page, ways=ways)
    expect(first.locator("#sealing")).to_contain_text(pair.name(pair.second))
    match(first, second)
    expect_to_talk(first, second, about=CANARY)
    assert texts(first) == texts(second) == [f"{CANARY} 0", f"{CANARY} 1"]
    assert pair.since() == 2
    room = f"room.view().rooms[{pair.room!r}].conversation"
    asked = f"(lambda c: [c.is_sealed(m) for m in c.view().messages])({room})"
    assert pair.lesson.ask(asked) == [False, True, True]
    wait_until(lambda: len(tokens(first)) == 2 and tokens(first) == tokens(second) == pair.stored()[1:])
    name, other = pair.name(pair.first), pair.name(pair.second)
    expect(first.locator("#room .people")).to_have_text(f"Here: {name} (you), {other}.", timeout=SLOW)
    for page in (first, second):
        expect(page.locator("#notices li")).to_have_count(0)
        expect(lines(page)).to_have_count(0)
    second.close()
    expect(first.locator("#room .people")).to_contain_text(f"{other} is not here now.", timeout=SLOW)


def test_both_come_at_the_same_moment(pair: Pair, new_page: NewPage) -> None:
    """Whoever is quicker begins."""
    first, second = new_page(), new_page()
    links = pair.link(pair.first), pair.link(pair.second)
    for page, link in zip((first, second), links, strict=True):
        page.goto(link, wait_until="commit")
    match(first, second)
    expect_to_talk(first, second, about="hello")


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("stage", ["compare", "matched", "sealed"])
def test_who_loads_the_page_anew_compares_anew(pair: Pair, new_page: NewPage, stage: str, who: int) -> None:
    """By the ticket that was renewed; messages under the key that is gone are not asked for."""
    pages = pair.come(new_page)
    before = emoji(pages[who])
    if stage == "matched":
        press(pages[who], MATCH)
        expect_stage(pages[who], "matched")
    if stage == "sealed":
        match(*pages)
        expect_to_talk(*pages, about="before")
    pages[who].reload()
    assert match(*pages) != before
    expect_to_talk(*pages, about="after")
    assert texts(pages[who]) == ["after 0", "after 1"]
    expect(pages[who].locator("#notices li")).to_have_count(0)
    assert pair.since() == (3 if stage == "sealed" else 1)


def test_a_second_tab_takes_the_room_over(pair: Pair, new_page: NewPage) -> None:
    """The first one says so, and begins nothing."""
    first, second = pair.come(new_page)
    match(first, second)
    double = first.context.new_page()
    double.goto(pair.link(pair.first))
    expect_stage(first, "double")
    match(double, second)
    expect_to_talk(double, second, about="hello")
    assert pair.lesson.ask(f"room.view().rooms[{pair.room!r}].sealing.round") == 2


def test_emoji_that_differ_seal_nothing(pair: Pair, new_page: NewPage) -> None:
    """Whoever says so."""
    first, second = pair.come(new_page)
    emoji(first)
    press(second, DIFFER)
    for page in (first, second):
        expect_stage(page, "differs")
    assert pair.since() == 0
    press(first, "Start again")
    match(first, second)
    expect_to_talk(first, second, about="hello")


def test_mallory_is_noticed_by_who_compares(pair: Pair, new_page: NewPage) -> None:
    """Both see other emoji; whoever says so ends it."""
    pair.lesson.desk(f"put_mallory({pair.room!r}, there=True)")
    first, second = pair.come(new_page)
    assert emoji(first) != emoji(second)
    press(second, DIFFER)
    for page in (first, second):
        expect_stage(page, "differs")
    assert pair.lesson.ask("list(room.desk.comparisons().values())") == ["noticed"]
    pair.lesson.desk(f"put_mallory({pair.room!r}, there=False)")
    for page in (first, second):
        expect_stage(page, "ended")
    press(second, "Start again")
    match(first, second)
    expect_to_talk(first, second, about="hello")


def test_mallory_reads_along_where_nobody_compares(pair: Pair, new_page: NewPage) -> None:
    """All works as ever; but what one sent is not what the other got, so somebody opened it in between."""
    pair.lesson.desk(f"put_mallory({pair.room!r}, there=True)")
    first, second = pair.come(new_page)
    assert emoji(first) != emoji(second)
    for page in (first, second):
        press(page, MATCH)
    expect_sealed(first, pair.name(pair.second))
    expect_sealed(second, pair.name(pair.first))
    expect_to_talk(first, second, about="nobody sees it")
    wait_until(lambda: len(tokens(first)) == len(tokens(second)) == 2)
    assert not set(tokens(first)) & set(tokens(second))
    stored = pair.stored()
    assert tokens(first)[0] == stored[0]
    assert tokens(second)[1] == stored[1]
    for page in (first, second):
        expect(page.locator("#notices li")).to_have_count(0)
        expect(lines(page)).to_have_count(0)


def test_a_pause_of_the_teacher_is_shown(pair: Pair, new_page: NewPage) -> None:
    """The draft is kept, and goes out afterwards."""
    first, second = pair.come(new_page)
    match(first, second)
    pair.lesson.desk(f"lock({pair.room!r}, locked=True)")
    expect(first.locator("#closed")).to_have_text("Your teacher has paused writing.", timeout=SLOW)
    write(first, "half a thought")
    expect(first.locator("#text")).to_have_value("half a thought")
    assert pair.stored() == []
    pair.lesson.desk(f"lock({pair.room!r}, locked=False)")
    expect(first.locator("#closed")).to_be_hidden(timeout=SLOW)
    first.locator("#text").press("Enter")
    expect(second.get_by_text("half a thought")).to_be_visible()


def test_what_the_teacher_clears_goes_from_the_pages_too(pair: Pair, new_page: NewPage) -> None:
    """Also where it was opened already; what comes afterwards stays."""
    first, second = pair.come(new_page)
    match(first, second)
    expect_to_talk(first, second, about=CANARY)
    pair.lesson.desk(f"clear({pair.room!r})")
    for page in (first, second):
        expect(page.get_by_text("Your teacher has cleared this room.")).to_be_visible(timeout=SLOW)
        assert texts(page) == []
    expect_to_talk(first, second, about="afterwards")


def test_who_is_left_alone_is_told(pair: Pair, new_page: NewPage) -> None:
    """The other one was taken out of the class: nobody reads what comes now."""
    first, second = pair.come(new_page)
    match(first, second)
    pair.lesson.desk(f"remove({pair.second!r})")
    expect(first.get_by_text("Nobody else is in this room any more.")).to_be_visible(timeout=SLOW)
    expect_stage(second, "lost")


@pytest.mark.parametrize("way", ["removed", "ended"])
@pytest.mark.parametrize("stage", ["waiting", "sealed"])
def test_who_has_no_seat_any_more_is_told(pair: Pair, new_page: NewPage, stage: str, way: str) -> None:
    """Removed by the teacher, or the class has ended."""
    if stage == "sealed":
        page, second = pair.come(new_page)
        match(page, second)
        expect_to_talk(page, second, about=CANARY)
    else:
        page = new_page(**PHONE)
        page.goto(pair.link(pair.first))
        expect_stage(page, "waiting")
    pair.lesson.desk(f"remove({pair.first!r})" if way == "removed" else "close()")
    expect_stage(page, "lost")
    assert CANARY not in (page.locator("body").text_content() or "")  # nor hidden
    press(page, "Back to the class")
    page.wait_for_url("**/join")


def test_a_room_of_three_and_a_rule_against_it_are_said(pair: Pair, new_page: NewPage) -> None:
    """With the sentence of the server; when it may be, the page begins."""
    rules = "__import__('securechat.classroom', fromlist=['SealRule']).SealRule"
    pair.lesson.desk(f"allow(seal_rule={rules}.FORBIDDEN)")
    page = new_page(**PHONE)
    page.goto(pair.link(pair.first))
    expect_stage(page, "refused")
    expect(page.locator("#sealing")).to_contain_text("Your teacher lets nobody seal a room now.")
    pair.lesson.desk(f"allow(seal_rule={rules}.ALLOWED)")
    expect_stage(page, "waiting")


def test_from_the_class_and_back(lesson: Lesson, new_page: NewPage) -> None:
    """By the buttons of the class alone; who went back comes again, and both compare anew."""
    phones = new_page(**PHONE), new_page(**PHONE)
    for phone in phones:
        enter(phone, lesson)
    for phone in phones:
        phone.get_by_role("button", name=SEAL).click(timeout=SLOW)
    match(*phones)
    expect_to_talk(*phones, about="hello")
    phones[0].on("dialog", lambda dialog: dialog.accept())
    phones[0].get_by_role("button", name="More").click()
    press(phones[0], "Back to the class")
    expect_in_room(phones[0])
    expect(phones[1].locator("#room .people")).to_contain_text("Here:")
    phones[0].get_by_role("button", name=OPEN).click(timeout=SLOW)
    expect(phones[0].locator("#sealing .why")).to_contain_text("This room was sealed before.", timeout=SLOW)
    match(*phones)
    expect_to_talk(*phones, about="again")
    assert texts(phones[1]) == ["hello 0", "hello 1", "again 0", "again 1"]
    assert texts(phones[0]) == ["again 0", "again 1"]


def test_the_page_names_the_buttons_of_the_class() -> None:
    """As they are."""
    source = (FOLDER / "pair" / "panel.js").read_text(encoding="utf-8")
    assert f'? "{OPEN}" : "{SEAL}";' in source


@pytest.mark.parametrize("is_secure", [True, False])
def test_no_secret_leaves_the_browsers(pair: Pair, new_page: NewPage, *, is_secure: bool) -> None:
    """No key, no private key, no emoji and no text in anything that is sent or logged."""
    pages = [new_page(), new_page()]
    sent = [record(page) for page in pages]
    for page in pages:
        page.add_init_script(KEEP)
    for page, person in zip(pages, (pair.first, pair.second), strict=True):
        page.goto(pair.link(person, is_secure=is_secure))
    shown = match(*pages)
    expect_to_talk(*pages, about=CANARY)
    pages[0].get_by_role("button", name=re.compile("Inspect message")).first.click()
    expect(pages[0].locator("dialog .step.passed")).to_have_count(7)
    pages[0].locator("#dialog-close").click()
    press(pages[1], "Show the emoji")
    pages[1].locator("#dialog-close").click()
    kept = [bytes(each) for page in pages for each in page.evaluate("window.kept")]
    assert len(kept) == (6 if is_secure else 2), "else not all was kept, and the search proves nothing"
    secrets = [*kept, *([] if is_secure else keys_of(*kept))]
    pages[0].reload()
    match(*pages)
    for page in pages:
        page.goto("about:blank")
    log = pair.lesson.server.log.read_text(errors="replace")
    everything = "\n".join([*sent[0](), *sent[1](), log])
    for step in ("begin", "answer", "open", "match"):
        assert everything.count(f'"step":"{step}"') >= 2, "else not all was recorded"
    assert everything.count('"type":"send"') == 2
    for secret in secrets:
        for form in (secret.hex(), secret.hex()[:32], base64.b64encode(secret).decode().rstrip("=")):
            assert form not in everything
            assert form.replace("+", "-").replace("/", "_") not in everything
    for form in forms_of(CANARY).values():
        assert form not in everything
    assert not {each[0] for each in shown} & set(everything), "an emoji"


def keys_of(one: bytes, other: bytes) -> list[bytes]:
    """Return what two private keys lead to: the secret of both, and the keys of either order."""
    first, second = (KeyPair(X25519PrivateKey.from_private_bytes(each)) for each in (one, other))
    shared = first.agree(second.public)
    orders = ((first.public, second.public), (second.public, first.public))
    return [shared, *(decode_key(derive_key(shared, *order).reveal()) for order in orders)]
