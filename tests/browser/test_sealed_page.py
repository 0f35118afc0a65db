"""The page `/sealed`: a key is made, handed over and pasted, and those who have it read each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from tests.browser.axe import faults
from tests.sealed_relay import SealedRelay, sealed_relay
from tests.sealed_visits import (
    KEY,
    enter,
    expect_live,
    expect_texts,
    join,
    lines,
    make_key,
    room_name,
    said,
    texts,
    tokens,
    wait_until,
    write,
)
from tests.support import PROXIED_HOST, Server, markup_of, running_server

NewPage = Callable[..., Page]
LIVE = "[aria-live], [role=status], [role=log], [role=alert]"


@pytest.fixture
def relay() -> Iterator[SealedRelay]:
    """An honest relay."""
    with sealed_relay() as running:
        yield running


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)


def typed_key(page: Page) -> str:
    """Return the value of the field for a key."""
    return page.locator("#key").input_value()


def test_two_browsers_chat_by_a_link(server: Server, new_page: NewPage) -> None:
    """On the real server: one makes a key, the other comes by the link, and both read each other."""
    alice, bob = new_page(), new_page(width=390, height=844)
    key = make_key(alice, server.url)
    join(alice, "Brave Otter")
    insecure = server.url.replace("127.0.0.1", PROXIED_HOST)
    bob.goto(f"{insecure}/sealed#key={key}")
    expect(bob.get_by_text("The key came with the link")).to_be_visible()
    assert bob.url == f"{insecure}/sealed"
    join(bob, "Quiet Lynx")
    write(alice, "hello")
    expect_texts(bob, "hello")
    write(bob, "and hello to you\n“ö” 😀")
    expect_texts(alice, "hello", "and hello to you\n“ö” 😀")
    expect(alice.locator("#room .people")).to_have_text("2 here: Brave Otter (you), Quiet Lynx")
    expect(alice.locator("#list strong")).to_have_text(["Brave Otter (you)", "Quiet Lynx"])
    expect(alice.locator("#way")).to_contain_text("your browser’s own WebCrypto")
    expect(bob.locator("#way")).to_contain_text("over http somebody in this Wi-Fi", ignore_case=True)
    wait_until(lambda: tokens(alice) == tokens(bob) and len(tokens(bob)) == 2)
    assert room_name(alice) == room_name(bob)


def test_the_page_works_below_a_base_path(tmp_path: Path, new_page: NewPage) -> None:
    """Its files, its feed and the way home are found where the server has them."""
    with running_server(tmp_path, base_path="school") as server:
        page = new_page()
        enter(page, server.url, "Otter")
        write(page, "hello")
        expect_texts(page, "hello")
        page.goto(f"{server.url}/sealed")
        assert page.get_by_role("link", name="SecureChat").get_attribute("href") == "./"


@pytest.mark.parametrize(
    "pasted",
    [
        "{key}\n",
        '"{key}"',
        "  {key}  ",
        "http://x/sealed#key={key}",
        "SEALED\n#key={quoted}",
        "{key}\n{key}\n",
    ],
)
def test_a_key_is_taken_as_it_is_pasted(relay: SealedRelay, new_page: NewPage, pasted: str) -> None:
    """Alone, in quotes, as a whole link, as a file's content."""
    page = new_page()
    enter(page, relay.url, "Otter", pasted.format(key=KEY, quoted=quote(KEY)))
    assert room_name(page) == "sealed-" + room_of_key()
    assert KEY not in markup_of(page)
    assert typed_key(page) == ""


def room_of_key() -> str:
    """Return the digits of the room of `KEY`, as Python computes them."""
    from securechat.crypto.keyring import KeyRing
    from securechat.sealed.key import room_of

    return room_of(KeyRing.from_text(KEY).primary).removeprefix("sealed-")


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        (KEY[:-1], "the = at its end is missing"),
        (f"{KEY}A", "A key has 44 characters, this has 45."),
        ("correct horse battery staple", "A key has 44 characters, this has 28."),
        ("", "There is no key here."),
        ("http://x/sealed", "This link has no key in it"),
    ],
)
def test_what_is_no_key_is_refused_and_kept(
    relay: SealedRelay, new_page: NewPage, pasted: str, reason: str
) -> None:
    """With the reason beside it; nothing is sent, and what was typed stays."""
    page = new_page()
    page.goto(f"{relay.url}/sealed")
    page.locator("#key").fill(pasted)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#key-fault")).to_contain_text(reason)
    assert typed_key(page) == pasted
    assert relay.rooms == {}
    page.locator("#key").fill(KEY)
    expect(page.locator("#key-fault")).to_be_hidden()
    page.locator("#key").press("Enter")
    expect_live(page)


@pytest.mark.parametrize("name", ["", "   ", "x" * 25, "a\u202eb"])
def test_a_name_that_nobody_can_have_is_refused(relay: SealedRelay, new_page: NewPage, name: str) -> None:
    """With a sentence; a friendly one stands there from the start."""
    page = new_page()
    page.goto(f"{relay.url}/sealed")
    field = page.get_by_label("Your name")
    assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", field.input_value())
    assert field.get_attribute("maxlength") == "24"
    field.evaluate("field => { field.maxLength = 100; }")  # as a browser's extension could
    page.locator("#key").fill(KEY)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#name-fault")).to_contain_text("name")
    assert relay.rooms == {}


@pytest.mark.parametrize("fragment", ["#key={}", "#a=b&key={}", "#key={}#key={}", "?x=1#key={}"])
def test_a_key_does_not_stay_in_the_address(relay: SealedRelay, new_page: NewPage, fragment: str) -> None:
    """It is taken out at once, with = as addresses write it, too, and Back does not bring it again."""
    page = new_page()
    page.goto(f"{relay.url}/sealed/nothing")
    page.goto(f"{relay.url}/sealed{fragment.format(KEY, KEY)}")
    expect(page.locator("#from-link")).to_be_visible()
    assert KEY[:12] not in page.url
    assert "#" not in page.url
    join(page, "Otter")
    page.go_back()
    page.go_forward()
    expect(page.locator("#start")).to_be_visible()
    assert KEY[:12] not in page.url


def test_a_link_over_an_open_page_is_taken(relay: SealedRelay, new_page: NewPage) -> None:
    """Somebody pastes the link where the address of the page stands: the browser loads nothing."""
    page = new_page()
    page.goto(f"{relay.url}/sealed")
    expect(page.locator("#start")).to_be_visible()
    page.goto(f"{relay.url}/sealed#key={KEY.replace('=', '%3D')}")
    expect(page.locator("#from-link")).to_be_visible()
    assert page.url == f"{relay.url}/sealed"
    join(page, "Otter")


def test_a_key_is_masked_until_it_is_asked_for(relay: SealedRelay, new_page: NewPage) -> None:
    """Neither the key nor the link or QR code is on the screen before somebody presses Show."""
    page = new_page()
    page.goto(f"{relay.url}/sealed")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_text("Whoever sees it can read and write here")).to_be_visible()
    expect(page.get_by_text("they keep it in the history")).to_be_visible()
    assert not re.search(r"[\w-]{43}=", markup_of(page))
    assert page.locator("svg").count() == 0
    page.get_by_role("button", name="Show the QR code").click()
    assert page.get_by_role("img", name="QR code of the link with the key").is_visible()
    assert not re.search(r"[\w-]{43}=", markup_of(page))
    small = page.locator(".qr").bounding_box()
    page.get_by_role("button", name="Large").click()
    large = page.locator(".large .qr").bounding_box()
    assert small
    assert large
    assert large["width"] > 1.5 * small["width"]
    assert faults(page) == []
    page.get_by_role("button", name="Close").locator("visible=true").click()
    expect(page.locator(".large")).to_have_count(0)
    warning = page.locator(".way", has_text="QR code").locator(".fault")
    expect(warning).to_contain_text("This address leads to this computer only.")
    place = warning.bounding_box()
    assert place
    assert place["y"] < (page.locator(".qr").bounding_box() or place)["y"]
    page.get_by_role("button", name="Show the link").click()
    link = str(page.locator(".way code").filter(has_text="#key=").text_content())
    page.get_by_role("button", name="Hide the link").click()
    assert not re.search(r"[\w-]{43}=", markup_of(page))
    other = new_page()
    other.goto(link)
    join(other, "Lynx")
    page.get_by_role("button", name="Use another key").click()
    expect(page.get_by_label("A key, a link, or what is in a key file")).to_be_visible()


def test_a_key_is_copied_without_https(relay: SealedRelay, new_page: NewPage) -> None:
    """Where the browser has no clipboard object, too."""
    page = new_page()
    key = make_key(page, relay.insecure_url)
    page.get_by_role("button", name="Copy the key", exact=True).click()
    page.get_by_role("button", name="Use another key").click()
    page.locator("#key").press("Control+v")
    expect(page.locator("#key")).to_have_value(key)


def test_the_key_can_be_forgotten(relay: SealedRelay, new_page: NewPage) -> None:
    """Its text is gone, and one reads and writes on."""
    for url in (relay.url, relay.insecure_url):
        page, other = new_page(), new_page()
        enter(page, url, "Otter")
        enter(other, relay.url, "Lynx")
        page.get_by_role("button", name="Show the key").click()
        page.locator("dialog").get_by_role("button", name="Show the key", exact=True).click()
        expect(page.locator("dialog .key")).to_have_text(KEY)
        page.locator("#dialog-close").click()
        assert KEY not in markup_of(page)
        page.get_by_role("button", name="Forget the key’s text").click()
        said_of_it = "copy it out of this page" if url == relay.url else "stays in this page’s memory"
        expect(page.locator("#forgotten")).to_contain_text(said_of_it)
        expect(page.get_by_role("button", name="Show the key")).to_be_hidden()
        write(page, f"still here at {url}")
        expect(other.locator("#list .text").last).to_have_text(f"still here at {url}")
        write(other, "I read you")
        expect(page.locator("#list .text").last).to_have_text("I read you")
        page.close()
        other.close()


def test_leaving_ends_all(relay: SealedRelay, new_page: NewPage) -> None:
    """The others hear of it, and nothing of the room is on the page any more."""
    page, other = new_page(), new_page()
    enter(page, relay.url, "Otter")
    enter(other, relay.url, "Lynx")
    write(page, "a secret thing")
    expect_texts(other, "a secret thing")
    page.get_by_role("button", name="Leave").click()
    expect(page.locator("#start")).to_be_visible()
    expect(other.get_by_text("Otter has left.")).to_be_visible()
    expect(other.locator("#room .people")).to_have_text("1 here: Lynx (you)")
    assert "secret thing" not in markup_of(page)
    assert typed_key(page) == ""
    expect(page.locator("#key-fault")).to_be_hidden()


def test_who_closes_the_page_is_not_here(relay: SealedRelay, new_page: NewPage) -> None:
    """Nothing says so but the number of connections."""
    page, other = new_page(), new_page()
    enter(page, relay.url, "Otter")
    enter(other, relay.url, "Lynx")
    expect(page.locator("#room .people")).to_have_text("2 here: Otter (you), Lynx")
    other.close()
    expect(page.locator("#room .people")).to_have_text("1 here: Otter (you)")
    expect(page.locator("#before")).to_have_text("Heard of before: Lynx.")
    expect(page.locator("#alone")).to_have_text("Nobody else is here now.")


def test_nobody_sees_their_own_double(relay: SealedRelay, new_page: NewPage) -> None:
    """Who comes again is not here twice, not even where the server counts enough connections."""
    page = new_page()
    enter(page, relay.url, "Otter")
    wait_until(lambda: len(relay.only_room().messages) == 1)
    page.reload()
    page.locator("#key").fill(KEY)
    join(page, "Otter")
    relay.say({"type": "present", "count": 2})
    expect(page.locator("#room .people")).to_have_text("2 here: Otter (you)")
    expect(page.locator("#before")).to_be_hidden()
    imposter = new_page()
    enter(imposter, relay.url, "Otter")
    expect(page.locator("#room .people")).to_have_text("2 here: Otter (you), Otter")


def test_who_is_alone_is_told_what_to_compare(relay: SealedRelay, new_page: NewPage) -> None:
    """The beginning of the room's name, until somebody comes."""
    page, other = new_page(), new_page()
    enter(page, relay.url, "Otter")
    expect(page.locator("#alone")).to_contain_text("Do the others have the same key?")
    expect(page.locator("#alone")).to_contain_text(f"sealed-{room_of_key()[:8]}…")
    enter(other, relay.url, "Lynx")
    expect(page.locator("#alone")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (844, 390), (1280, 800)])
def test_many_names_take_one_line(relay: SealedRelay, new_page: NewPage, width: int, height: int) -> None:
    """Their number comes first and is seen; the rest is cut. Those who were heard of last are named."""
    page = new_page(width=width, height=height)
    enter(page, relay.url, "Yusuf")
    bar = page.locator("#room .people")
    relay.say({"type": "present", "count": 1})
    expect(bar).to_have_text("1 here: Yusuf (you)")
    before = bar.bounding_box()
    room = relay.only_room()
    for number in range(26):
        by, name = f"{number:016x}", f"Whoever Is Number {number}"
        token = said(1, "", by=by, name=name)
        relay.say(room.keep({"sender": by, "token": token, "client_id": f"c-{number}"}))
    relay.say({"type": "present", "count": 27})
    expect(bar).to_contain_text("27 here: Yusuf (you), Whoever Is Number 0, ")
    assert bar.bounding_box() == before
    assert bar.evaluate("bar => getComputedStyle(bar).textOverflow") == "ellipsis"
    expect(page.locator("#list .line")).to_have_text(["26 people have come."])
    relay.say({"type": "present", "count": 2})
    expect(bar).to_have_text("2 here: Yusuf (you), Whoever Is Number 25")
    token = said(2, "hello", by="0" * 16, name="Whoever Is Number 0")
    relay.say(room.keep({"sender": "0" * 16, "token": token, "client_id": "d"}))
    expect(bar).to_have_text("2 here: Yusuf (you), Whoever Is Number 0")


def test_who_is_at_the_end_stays_there(relay: SealedRelay, new_page: NewPage) -> None:
    """When a phone is turned; when the box grows and shrinks before the browser says that it scrolled."""
    page = new_page(width=390, height=844)
    enter(page, relay.url, "Otter")
    for number in range(12):
        write(page, f"number {number} " + "and more " * 20)
    expect(page.get_by_text("number 11")).to_be_in_viewport()
    expect(page.locator("#list .message:not(.silent) .sc-token")).to_have_count(12)
    at_end = """() => {
        const { scrollHeight, scrollTop, clientHeight } = document.querySelector("#scroll");
        return scrollHeight - scrollTop - clientHeight < 2;
    }"""
    for width, height in ((844, 390), (390, 844), (320, 568), (1280, 800), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        wait_until(lambda: bool(page.evaluate(at_end)))
    page.evaluate(
        """async () => {
            const [scroller, bar] = ["#scroll", ".bar"].map((place) => document.querySelector(place));
            const stretch = (height) => { bar.style.minHeight = height; return scroller.scrollTop; };
            const next = (go) => requestAnimationFrame(() => requestAnimationFrame(go));
            const drawn = () => new Promise(next);
            stretch("200px");
            await drawn();
            stretch("");
            stretch("150px");
            await drawn();
        }"""
    )
    wait_until(lambda: bool(page.evaluate(at_end)))
    expect(page.locator("#newest")).to_be_hidden()


def test_what_is_typed_is_asked_for_before_it_is_lost(relay: SealedRelay, new_page: NewPage) -> None:
    """By a reload and by Leave; who says no has it still."""
    page = new_page()
    enter(page, relay.url, "Otter")
    box = page.get_by_placeholder("Message to this sealed room")
    box.press_sequentially("half a thought")
    asked: list[str] = []

    def say_no(dialog: Dialog) -> None:
        asked.append(dialog.message if dialog.type == "confirm" else dialog.type)
        dialog.dismiss()

    page.on("dialog", say_no)
    page.get_by_role("button", name="Leave").click()
    assert asked == ["What you have typed is not sent yet. Leave without it?"]
    page.evaluate("() => { setTimeout(() => location.reload(), 0); }")
    wait_until(lambda: page.evaluate("1") == 1 and len(asked) == 2)
    assert asked[1] == "beforeunload"
    expect(box).to_have_value("half a thought")


def test_who_leaves_without_a_server_has_left(relay: SealedRelay, new_page: NewPage) -> None:
    """Nothing is loaded, and nothing of the room is left on the page."""
    page = new_page()
    enter(page, relay.url, "Otter")
    write(page, "a secret thing")
    expect_texts(page, "a secret thing")
    relay.is_down = True
    relay.disconnect()
    expect(page.locator("#sign")).to_contain_text("No connection")
    asked: list[str] = []
    page.on("request", partial(_note, asked))
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    assert "secret thing" not in markup_of(page)
    assert asked == []
    page.wait_for_timeout(1_500)
    assert page.locator("#failure").count() == 0
    relay.is_down = False
    page.get_by_role("link", name="Join again").click()
    expect(page.locator("#start")).to_be_visible()
    expect(page.locator("#key-fault")).to_be_hidden()


def test_a_page_loaded_anew_says_why_it_has_no_key(relay: SealedRelay, new_page: NewPage) -> None:
    """The key is kept nowhere: it has to be pasted again."""
    page = new_page()
    enter(page, relay.url, "Otter")
    page.reload()
    expect(page.locator("#key-fault")).to_contain_text("or scan the QR code again")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert KEY[:12] not in kept
    page.locator("#key").fill(KEY)
    join(page, "Otter")


def test_an_eavesdropper_sees_tokens_alone(relay: SealedRelay, new_page: NewPage) -> None:
    """The view for the projector, by the address of the room without its key."""
    page, eve = new_page(), new_page()
    enter(page, relay.url, "Brave Otter")
    write(page, "a secret thing")
    expect_texts(page, "a secret thing")
    eve.goto(f"{relay.url}/sealed?room={room_name(page)}")
    expect(eve.get_by_text("You have no key.")).to_be_visible()
    wait_until(lambda: len(tokens(eve)) == 2)  # the greeting and the message
    assert tokens(eve)[1] == tokens(page)[0]
    assert "secret thing" not in markup_of(eve)
    assert "Brave Otter" not in markup_of(eve)
    expect(eve.get_by_placeholder("Message to this sealed room")).to_be_hidden()
    eve.get_by_role("button", name="Inspect message 2").click()
    expect(eve.locator("dialog")).to_contain_text("That takes the key, which is not here.")
    eve.locator("#dialog-close").click()
    write(page, "another")
    wait_until(lambda: len(tokens(eve)) == 3)


@pytest.mark.parametrize(
    "query", ["?room=sealed-x", "?room=demo", f"?room=SEALED-{'0' * 32}", f"?room=sealed-{'A' * 32}"]
)
def test_what_is_no_room_leads_to_the_start(relay: SealedRelay, new_page: NewPage, query: str) -> None:
    """Names of other forms are none."""
    page = new_page()
    page.goto(f"{relay.url}/sealed{query}")
    expect(page.locator("#start")).to_be_visible()


def test_as_the_server_sees_it(relay: SealedRelay, new_page: NewPage) -> None:
    """All that takes the key is hidden, and what Eve sees stands there instead: greetings and all."""
    page, other, eve = new_page(), new_page(), new_page()
    enter(page, relay.url, "Brave Otter")
    enter(other, relay.url, "Quiet Lynx")
    write(page, "a secret thing")
    expect(page.get_by_text("a secret thing")).to_be_visible()
    room = relay.only_room()
    for n in (1, 8):
        token = said(n, "hi", name="Mild Eve")
        relay.say(room.keep({"sender": "a" * 16, "token": token, "client_id": f"c-{n}"}))
    expect(page.get_by_text("6 messages of Mild Eve are missing.")).to_be_visible()
    stranger = said(1, "x", key="Y2FuYXJ5IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU=")
    relay.say(room.keep({"sender": "b" * 16, "token": stranger, "client_id": "d"}))
    relay.say(room.keep({"sender": "a" * 16, "token": room.messages[-2]["token"], "client_id": "e"}))
    expect(page.get_by_text("Quiet Lynx is here.")).to_be_visible()
    expect(lines(page).filter(has_text="again. It is not shown twice.")).to_be_visible()
    assert len(tokens(page)) == 3
    eve.goto(f"{relay.url}/sealed?room={room_name(page)}")
    page.get_by_label("As the server sees it").check()
    expect(page.get_by_text("a secret thing")).to_be_hidden()
    page.locator("#announcer").evaluate("announcer => announcer.remove()")  # not seen, only heard
    for name in ("Brave Otter", "Quiet Lynx", "Mild Eve"):
        assert page.get_by_text(name).locator("visible=true").count() == 0
    sent = [(message["sender"], message["token"]) for message in room.messages]
    assert len(sent) == 7, "two greetings, three texts, one of them twice, and a token of a stranger"
    for each in (page, eve):
        for place, wanted in ((".outer", [one for one, _ in sent]), (".sc-token", [one for _, one in sent])):
            expect(each.locator(f"#list .message {place}")).to_have_text(wanted)
            assert each.locator(f"#list .message {place}").locator("visible=true").count() == 7
    page.get_by_label("As the server sees it").uncheck()
    assert page.locator("#list .message").locator("visible=true").count() == 3


def test_a_message_is_inspected_in_the_browser(relay: SealedRelay, new_page: NewPage) -> None:
    """Fields, HMAC, padding and text, by either kind of cryptography; the server is asked nothing."""
    for url in (relay.url, relay.insecure_url):
        page = new_page()
        enter(page, url, "Otter")
        write(page, f"inspect this at {url}")
        expect(page.locator("#list .text").last).to_have_text(f"inspect this at {url}")
        asked: list[str] = []
        page.on("request", partial(_note, asked))
        page.get_by_role("button", name=re.compile("Inspect message")).last.click()
        cut, whole = page.locator("#list .sc-token").last, page.locator("dialog .sc-token")
        assert cut.evaluate("token => getComputedStyle(token.parentElement).webkitLineClamp") == "2"
        expect(whole).to_have_text(str(cut.text_content()))
        dialog = page.locator("dialog")
        expect(dialog.locator(".step.passed")).to_have_count(7)
        values = dict(
            zip(
                dialog.locator("dt").all_text_contents(),
                dialog.locator("dd").all_text_contents(),
                strict=True,
            )
        )
        assert values["found"] == values["expected"] == "0x80"
        assert values["in the token"] == values["computed"]
        assert f'"text":"inspect this at {url}"' in values["text"]
        padded = bytes.fromhex(values["decrypted, with padding"])
        assert padded[-padded[-1] :] == bytes([padded[-1]]) * padded[-1]
        assert padded[: -padded[-1]].decode() == values["text"]
        assert asked == []
        page.close()


SLOW = """
    const { decrypt } = crypto.subtle;
    crypto.subtle.decrypt = async (...all) => {
        const isLong = all[2].byteLength > 1000;
        if (isLong) await new Promise((resolve) => { setTimeout(resolve, 300); });
        return decrypt.apply(crypto.subtle, all);
    };
"""


def test_a_short_message_does_not_overtake_a_long_one(relay: SealedRelay, new_page: NewPage) -> None:
    """Here it takes much longer to open the long one."""
    page, other = new_page(), new_page()
    other.add_init_script(SLOW)
    enter(page, relay.url, "Otter")
    enter(other, relay.url, "Lynx")
    for text in ("x" * 2_000, "short", "shorter"):
        write(page, text)
    expect_texts(other, "x" * 2_000, "short", "shorter")
    expect(lines(other)).to_have_count(0)


def test_messages_stay_in_their_order(relay: SealedRelay, new_page: NewPage) -> None:
    """Long and short ones in turn, by the page's own JavaScript."""
    page, other = new_page(), new_page()
    enter(page, relay.insecure_url, "Otter")
    enter(other, relay.insecure_url, "Lynx")
    wanted = []
    for number in range(6):
        wanted += [f"{number}" + "😀" * 1_999, f"short {number}"]
        for text in wanted[-2:]:
            write(page, text)
    expect_texts(other, *wanted)
    expect_texts(page, *wanted)
    expect(lines(other).filter(has_text="order")).to_have_count(0)


def test_who_joins_sees_what_was_written(relay: SealedRelay, new_page: NewPage) -> None:
    """Two hundred messages, in their order, once; the list stands at its end."""
    room = relay.room(f"sealed-{room_of_key()}")
    for n in range(1, 201):
        room.keep({"sender": "a" * 16, "token": said(n, f"number {n}"), "client_id": f"c-{n}"})
    page = new_page()
    enter(page, relay.url, "Otter")
    expect_texts(page, *(f"number {n}" for n in range(1, 201)))
    expect(page.get_by_text("number 200")).to_be_in_viewport()
    expect(page.locator("#notices li")).to_have_count(0)
    relay.disconnect()
    write(page, "hello")
    expect_texts(page, *(f"number {n}" for n in range(1, 201)), "hello")


def test_a_text_that_cannot_be_sent_stays_in_the_box(relay: SealedRelay, new_page: NewPage) -> None:
    """Too long, empty, or half a character: with a sentence; Shift and Enter break the line."""
    page = new_page()
    enter(page, relay.url, "Otter")
    box = page.get_by_placeholder("Message to this sealed room")
    for text, reason in (("x" * 2_001, "Shorten it by 1."), (" ", "nothing to send")):
        write(page, text)
        expect(page.locator("#fault")).to_contain_text(reason)
        expect(box).to_have_value(text)
    box.fill("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    box.press("Enter")
    expect_texts(page, "one\ntwo")
    expect(box).to_have_value("")


def test_what_somebody_is_called_is_inert(relay: SealedRelay, new_page: NewPage) -> None:
    """Markup, escapes and overrides in names and texts are shown, and do nothing."""
    page = new_page()
    enter(page, relay.url, "Otter")
    name = "<img src=x onerror=a()>"
    room = relay.only_room()
    message = room.keep(
        {"sender": "a" * 16, "token": said(1, f"{name}\x1b[31m\u202e", name=name), "client_id": "c"}
    )
    relay.say(message)
    expect(page.locator("#list strong")).to_have_text(name)
    expect_texts(page, f"{name}⟨U+001B⟩[31m⟨U+202E⟩")
    assert page.locator("img").count() == 0


def test_the_policy_stops_a_script_that_is_slipped_in(relay: SealedRelay, new_page: NewPage) -> None:
    """Neither inline nor from elsewhere, nor as markup, nor as a handler; nor is a foreign host asked."""
    page = new_page()
    enter(page, relay.url, "Otter")
    results = page.evaluate(
        """async () => {
            const script = document.createElement("script");
            script.append("window.hacked = 1");
            let refused = 0;
            try { document.body.append(script); } catch { refused += 1; }
            const image = "<img src=x onerror='window.hacked = 1'>";
            try { document.body.innerHTML = image; } catch { refused += 1; }
            try { document.body.setAttribute("onclick", "window.hacked = 1"); } catch { refused += 1; }
            document.body.click();
            const away = await fetch("http://127.0.0.2:1/").then(() => "sent", () => "stopped");
            let socket = "sent";
            document.addEventListener("securitypolicyviolation", () => { socket = "stopped"; });
            try { new WebSocket("ws://127.0.0.2:1/"); } catch { socket = "stopped"; }
            await new Promise((resolve) => { setTimeout(resolve, 300); });
            return [window.hacked ?? "inert", refused > 0, away, socket];
        }"""
    )
    assert results == ["inert", True, "stopped", "stopped"]


def test_the_page_cannot_be_framed(relay: SealedRelay, new_page: NewPage) -> None:
    """Not by a page of its own host, either."""
    page = new_page()
    page.goto(f"{relay.insecure_url}/sealed/nothing")
    page.evaluate(
        "url => { const f = document.createElement('iframe'); f.src = url; document.body.append(f); }",
        f"{relay.insecure_url}/sealed",
    )
    wait_until(lambda: len(page.frames) == 2)
    page.wait_for_timeout(500)
    assert "sealed" not in page.frames[1].url or page.frames[1].locator("h1").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_has_no_serious_fault(
    relay: SealedRelay, new_page: NewPage, scheme: str, width: int
) -> None:
    """Before joining, with a key and its QR code, in a room, over a message, and without a key."""
    page = new_page(width=width, height=844, scheme=scheme)
    make_key(page, relay.insecure_url)
    page.get_by_role("button", name="Show the QR code").click()
    assert faults(page) == []
    enter(page, relay.insecure_url, "Otter")
    write(page, "hello")
    expect(page.locator(".message:not(.silent) .sc-token")).to_be_visible()
    relay.say(
        {
            "type": "message",
            "id": 9,
            "sender": "a" * 16,
            "token": "gAAAAAB",
            "sent_at": "2026-01-01T00:00:00Z",
        }
    )
    expect(page.locator("#notices li").first).to_be_visible()
    assert faults(page) == []
    if width < 900:
        page.get_by_role("button", name="More").click()
        assert faults(page) == []
        page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name=re.compile("Inspect")).first.click()
    expect(page.locator("dialog .step").first).to_be_visible()
    assert faults(page) == []
    room = room_name(page)
    page.goto(f"{relay.insecure_url}/sealed?room={room}")
    expect(page.locator(".message").first).to_be_visible()
    assert faults(page) == []


def test_a_message_is_announced_once_and_without_its_text(relay: SealedRelay, new_page: NewPage) -> None:
    """Screen readers hear who wrote; the key is never read out."""
    page, other = new_page(), new_page()
    enter(page, relay.url, "Otter")
    enter(other, relay.url, "Lynx")
    expect(page.get_by_text("Lynx is here.")).to_be_visible()
    page.locator(LIVE).evaluate_all(
        """regions => {
            window.said = [];
            for (const region of regions)
                new MutationObserver(() => window.said.push(region.textContent.trim()))
                    .observe(region, {childList: true, subtree: true, characterData: true});
        }"""
    )
    write(other, "a secret thing")
    expect_texts(page, "a secret thing")
    page.get_by_role("button", name="Show the key").click()
    page.locator("dialog").get_by_role("button", name="Show the key", exact=True).click()
    page.wait_for_timeout(300)
    announced = [text for text in page.evaluate("window.said") if text]
    assert announced == ["New message from Lynx, number 3"]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (320, 568), (1280, 720)])
def test_nothing_scrolls_but_the_messages(
    relay: SealedRelay, new_page: NewPage, width: int, height: int
) -> None:
    """The newest message and the box to write in are in sight, on every screen."""
    page = new_page(width=width, height=height)
    enter(page, relay.insecure_url, "Otter")
    for number in range(12):
        write(page, f"number {number}")
    expect(page.get_by_text("number 11")).to_be_in_viewport()
    expect(page.get_by_placeholder("Message to this sealed room")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.querySelector('#scroll').clientHeight") > 130


def test_what_goes_wrong_at_the_start_is_said(relay: SealedRelay, new_page: NewPage) -> None:
    """A file that does not arrive, and an error of a script: on the page, not only in the console."""
    page = new_page()
    page.route("**/sealed/room.js", lambda route: route.abort())
    page.goto(f"{relay.url}/sealed")
    expect(page.locator("#failure")).to_contain_text("a file of it did not arrive")
    other = new_page()
    other.add_init_script("crypto.subtle.importKey = async () => { throw new Error('no such key'); };")
    other.goto(f"{relay.url}/sealed#key={KEY}")
    other.get_by_role("button", name="Join").click()
    expect(other.locator("#failure")).to_contain_text("no such key")


def test_the_source_is_a_link_away(relay: SealedRelay, new_page: NewPage) -> None:
    """A class can read all of it."""
    page = new_page()
    page.goto(f"{relay.url}/sealed")
    page.get_by_text("Read the source of this page").click()
    page.get_by_role("link", name="fernet.js", exact=True).click()
    expect(page.locator("body")).to_contain_text("Fernet tokens")
    assert texts(page) == []
