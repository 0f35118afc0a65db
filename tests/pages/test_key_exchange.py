"""Key exchange, without a browser: every step with and without Mallory, what is masked, the room's key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from securechat.crypto.exchange import Exchange
from securechat.crypto.keyring import KeyRing
from securechat.crypto.sas import short_authentication_string
from securechat.errors import EmptyMessage
from securechat.labs.scenes import CLOSING, CLOSING_WITH_MALLORY, DEFAULT_TEXT, LAST, SCENES
from securechat.rooms.messages import MAX_MESSAGE_CHARS
from securechat.ui.key_details import MASK
from securechat.ui.state import application
from tests.apptest import CHAT, lock, open_app, run, sent_to_browser, texts
from tests.support import CANARY, CANARY_KEY

PAGE = "pages/key_exchange.py"


def open_page(*, mallory: bool = False, step: int = 0) -> AppTest:
    """Open the page in a new session and play as far as a step."""
    at = go_to(open_app(), PAGE)
    if mallory:
        switch(at, "exchange_mallory", True)
    for _ in range(step):
        press(at, "exchange_next")
    return at


def press(at: AppTest, key: str) -> AppTest:
    """Press the button with a key, or with a label."""
    next(button for button in at.button if key in (button.key, button.label)).click()
    return run(at)


def switch(at: AppTest, key: str, on: bool) -> AppTest:
    """Turn a switch on or off."""
    at.toggle(key=key).set_value(on)
    return run(at)


def go_to(at: AppTest, page: str) -> AppTest:
    """Go to another page, or come back."""
    at.switch_page(page)
    return run(at)


def has_button(at: AppTest, key: str) -> bool:
    """Say whether there is such a button."""
    return any(button.key == key for button in at.button)


def exchange_of(at: AppTest) -> Exchange:
    """Return what is played in a session."""
    exchange = at.session_state["exchange"]
    assert isinstance(exchange, Exchange)
    return exchange


def write(at: AppTest, text: str) -> AppTest:
    """Have A write and send a text."""
    at.text_input(key="exchange_text").set_value(text)
    return press(at, "Encrypt and send")


def codes(at: AppTest) -> list[str]:
    """Return the values of the step that is shown, A's first, then those in the middle, then B's."""
    columns = at.columns[:3]
    return [str(code.value) for column in columns for code in column.code]


def private_values(exchange: Exchange) -> set[str]:
    """Return everything that only shows when it is asked for."""
    pairs = [exchange.a, exchange.b]
    secrets = [exchange.shared_a, exchange.shared_b]
    keys = [exchange.key_a, exchange.key_b]
    if exchange.mallory:
        pairs.append(exchange.mallory.pair)
        secrets += [exchange.mallory.shared_with_a, exchange.mallory.shared_with_b]
        keys += [exchange.mallory.key_with_a, exchange.mallory.key_with_b]
    return {
        *(pair.reveal().hex() for pair in pairs),
        *(secret.hex() for secret in secrets),
        *(key.reveal() for key in keys),
    }


def shows(at: AppTest, secrets: set[str]) -> set[str]:
    """Return those secrets that the page sends to the browser."""
    sent = sent_to_browser(at)
    return {secret for secret in secrets if secret in sent}


def test_it_opens_before_anything_has_happened() -> None:
    """At first there is no value, no way back, and a button that says what comes."""
    at = open_page()
    assert at.header[0].value == "Key exchange"
    assert codes(at) == []
    assert at.button(key="exchange_next").label == "Next: A and B each make a key pair"
    assert at.button(key="exchange_back").disabled
    assert not any("Step" in part.label for part in at.expander)


@pytest.mark.parametrize("mallory", [False, True])
def test_every_step_is_one_click(mallory: bool) -> None:
    """Each button says what comes; then it has come, is told, and the steps before it are closed under it."""
    at = open_page(mallory=mallory)
    for step, scene in enumerate(SCENES[1:], start=1):
        expected = (mallory and scene.announced_of_mallory) or scene.announced
        assert at.button(key="exchange_next").label == expected
        press(at, "exchange_next")
        assert at.subheader[0].value == f"Step {step} of {LAST}: {scene.title}"
        assert (scene.told_of_mallory if mallory else scene.told) in [part.value for part in at.markdown]
        earlier = [f"Step {number}: {SCENES[number].title}" for number in range(1, step)]
        assert [part.label for part in at.expander if part.label.startswith("Step")] == earlier
    assert at.button(key="exchange_next").disabled


def test_what_each_side_has_without_mallory() -> None:
    """Every value of every step is computed from the exchange, and Eve has the public ones only."""
    at = open_page(step=1)
    exchange = exchange_of(at)
    a, b = exchange.a.public.hex(), exchange.b.public.hex()
    assert codes(at) == [MASK, a, MASK, b]
    assert codes(press(at, "exchange_next")) == [a, b, a, b, b, a]
    assert codes(press(at, "exchange_next")) == [MASK, MASK]
    assert "equal" in at.success[0].value
    mine, recipe, yours = codes(press(at, "exchange_next"))
    assert (mine, yours) == (MASK, MASK)
    assert recipe.startswith("HKDF-SHA256")
    assert "equal" in at.success[0].value
    assert not at.error


def test_what_each_side_has_with_mallory() -> None:
    """Mallory keeps what was sent, sends her own, and has all secrets and keys; the page says they differ."""
    at = open_page(mallory=True, step=1)
    exchange = exchange_of(at)
    assert exchange.mallory is not None
    a, b, mallory = (pair.public.hex() for pair in (exchange.a, exchange.b, exchange.mallory.pair))
    assert codes(at) == [MASK, a, MASK, mallory, MASK, b]
    assert codes(press(at, "exchange_next")) == [a, mallory, a, b, mallory, b, mallory]
    for _ in range(2):
        assert codes(press(at, "exchange_next")) == [MASK] * 4
        assert "different" in at.error[0].value
    assert not at.success


@pytest.mark.parametrize("mallory", [False, True])
def test_the_fingerprints(mallory: bool) -> None:
    """Both sides' seven emoji stand there with their words; whether they are equal is said in words."""
    at = open_page(mallory=mallory, step=5)
    exchange = exchange_of(at)
    drawn = [html.proto.body for html in at.get("html") if html.proto.body.startswith("<ol")]
    assert len(drawn) == 2
    for body, key in zip(drawn, (exchange.key_a, exchange.key_b), strict=True):
        pairs = short_authentication_string(key)
        assert body.count("<li>") == len(pairs)
        places = [body.index(f'<span aria-hidden="true">{emoji}</span>{word}') for emoji, word in pairs]
        assert len(set(pairs)) < 7 or places == sorted(places)
    assert "differ" in at.error[0].value if mallory else "equal" in at.success[0].value
    assert not (at.success if mallory else at.error)


def test_a_message_without_mallory() -> None:
    """It is sent with the last step: Eve sees the token that A's key made, B reads the text."""
    at = open_page(step=LAST)
    token, read = codes(at)
    assert read == DEFAULT_TEXT
    assert KeyRing((exchange_of(at).key_a,)).decrypt(token) == DEFAULT_TEXT
    assert "32 to 47 bytes" in texts(at)
    other, read = codes(write(at, CANARY))
    assert read == CANARY
    assert other != token


def test_a_message_with_mallory() -> None:
    """She reads it and passes on another token, B reads it, too, and what would have caught her is said."""
    at = open_page(mallory=True, step=LAST)
    exchange = exchange_of(at)
    sent, read_by_mallory, delivered, read = codes(write(at, CANARY))
    assert read_by_mallory == read == CANARY
    assert KeyRing((exchange.key_a,)).decrypt(sent) == CANARY
    assert KeyRing((exchange.key_b,)).decrypt(delivered) == CANARY
    for key in (exchange.key_a, exchange.key_b):
        assert ", ".join(word for _, word in short_authentication_string(key)) in at.warning[0].value


@pytest.mark.parametrize("mallory", [False, True])
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "![](https://example.org/x.png)", ":red[colour] $x^2$ **bold** `x`"]
)
def test_markup_is_shown_as_typed(mallory: bool, text: str) -> None:
    """What B and Mallory read is code to look at, never Markdown or HTML."""
    at = write(open_page(mallory=mallory, step=LAST), text)
    assert codes(at).count(text) == 1 + mallory
    assert not any(text in str(part.value) for part in (*at.markdown, *at.caption, *at.text))


def test_invisible_characters_are_written_out() -> None:
    """Direction overrides and control characters cannot deceive the reader."""
    at = write(open_page(mallory=True, step=LAST), "a\u202eb\x1b[31mc")
    assert codes(at)[1] == codes(at)[3] == "a⟨U+202E⟩b⟨U+001B⟩[31mc"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", str(EmptyMessage())),
        (" \t ", str(EmptyMessage())),
        ("x" * (MAX_MESSAGE_CHARS + 1), "2,000 are allowed"),
    ],
    ids=["empty", "white space", "too long"],
)
def test_a_text_that_cannot_be_sent(text: str, problem: str) -> None:
    """The page says what is wrong, and nothing arrives; a good text then does."""
    at = write(open_page(step=LAST), text)
    assert problem in at.error[0].value
    assert codes(at) == []
    assert SCENES[LAST].told not in [part.value for part in at.markdown]
    assert codes(write(at, "better"))[-1] == "better"
    assert not at.error


def test_the_longest_text_is_sent() -> None:
    """2,000 characters arrive."""
    text = "é" * MAX_MESSAGE_CHARS
    assert codes(write(open_page(step=LAST), text))[-1] == text


def test_the_text_is_not_kept() -> None:
    """What A wrote is in the session no longer than its field: after leaving there are tokens only."""
    at = write(open_page(step=LAST), CANARY)
    go_to(at, CHAT)
    assert CANARY not in str(dict(at.session_state.items()))
    go_to(at, PAGE)
    assert codes(at)[-1] == at.text_input(key="exchange_text").value == CANARY


def test_back_and_forth_is_the_same_exchange() -> None:
    """Going back and on again changes no key, and the message is sent anew."""
    at = open_page(step=LAST)
    exchange, tokens = exchange_of(at), codes(at)[0]
    for step in range(LAST - 1, -1, -1):
        press(at, "exchange_back")
        assert SCENES[step].title in at.subheader[0].value
    assert at.session_state["exchange_tokens"] is None
    for _ in range(LAST):
        press(at, "exchange_next")
    assert exchange_of(at) is exchange
    assert codes(at)[0] != tokens


@pytest.mark.parametrize("mallory", [False, True])
def test_start_again_makes_new_keys(mallory: bool) -> None:
    """It leads to the beginning, with other key pairs; Mallory stays where she was."""
    at = open_page(mallory=mallory, step=3)
    before = exchange_of(at)
    press(at, "exchange_restart")
    assert at.subheader[0].value == SCENES[0].title
    assert exchange_of(at).a.public != before.a.public
    assert (exchange_of(at).mallory is not None) == mallory == at.toggle(key="exchange_mallory").value


def test_the_switch_restarts_the_exchange() -> None:
    """Mallory comes and goes with a new exchange, from the beginning."""
    at = open_page(step=4)
    before = exchange_of(at)
    for there in (True, False):
        switch(at, "exchange_mallory", there)
        assert at.subheader[0].value == SCENES[0].title
        assert (exchange_of(at).mallory is not None) == there
        assert exchange_of(at).a.public != before.a.public
        assert ("Mallory, in the middle" in texts(at)) == there
        assert ("What Eve sees" in texts(at)) != there


def test_the_page_is_found_as_it_was_left() -> None:
    """Coming back, exchange, step and Mallory are the same."""
    at = open_page(mallory=True, step=3)
    exchange = exchange_of(at)
    go_to(at, CHAT)
    go_to(at, PAGE)
    assert exchange_of(at) is exchange
    assert at.toggle(key="exchange_mallory").value
    assert "Step 3" in at.subheader[0].value
    press(at, "exchange_restart")
    assert exchange_of(at).mallory is not None


def test_everybody_plays_alone() -> None:
    """Two sessions have two exchanges."""
    assert exchange_of(open_page()).key_a != exchange_of(open_page()).key_a


@pytest.mark.parametrize("mallory", [False, True])
def test_private_values_are_masked_until_asked_for(mallory: bool) -> None:
    """No private key, secret or key goes to the browser in any step, unless the switch is on."""
    at = open_page(mallory=mallory)
    secrets = private_values(exchange_of(at))
    for _ in range(LAST):
        assert shows(press(at, "exchange_next"), secrets) == set()
    switch(at, "exchange_revealed", True)
    assert shows(at, secrets) == secrets
    switch(at, "exchange_revealed", False)
    assert shows(at, secrets) == set()


def test_private_values_are_masked_again_after_leaving() -> None:
    """Whoever comes back to the page finds the switch off."""
    at = open_page(step=4)
    secrets = private_values(exchange_of(at))
    switch(at, "exchange_revealed", True)
    assert shows(at, secrets) == secrets
    go_to(at, CHAT)
    assert shows(go_to(at, PAGE), secrets) == set()


@pytest.mark.parametrize("mallory", [False, True])
def test_what_it_has_shown_and_what_not(mallory: bool) -> None:
    """Both are said at the end, and not before; they are others with Mallory."""
    at = open_page(mallory=mallory, step=LAST - 1)
    assert "This has shown:" not in texts(at)
    said = texts(press(at, "exchange_next"))
    for part in CLOSING_WITH_MALLORY if mallory else CLOSING:
        assert part in said
    assert "server computed" in said
    assert not set(CLOSING) & set(CLOSING_WITH_MALLORY)


class TestRoom:
    """Use this key for the room."""

    def test_it_becomes_the_primary_key(self, tmp_path: Path) -> None:
        """New messages are under it, older ones still open, the file has both, and the page says so."""
        room = application().conversation
        old = room.send("A", "before").token
        retired = room.keyring.primary
        at = press(open_page(step=LAST), "exchange_use")
        key = exchange_of(at).key_a
        assert room.keyring.keys == (key, retired)
        assert room.keyring.decrypt(old) == "before"
        assert KeyRing((key,)).decrypt(room.send("B", "after").token) == "after"
        assert KeyRing.from_text((tmp_path / "secret.key").read_text()).keys == (key, retired)
        assert key.fingerprint in at.success[0].value
        assert not has_button(at, "exchange_use")

    def test_only_at_the_end(self) -> None:
        """Before the last step there is nothing to use."""
        at = open_page()
        for _ in range(LAST):
            assert not has_button(at, "exchange_use")
            press(at, "exchange_next")
        assert has_button(at, "exchange_use")

    def test_not_with_mallory(self) -> None:
        """With her there are two keys, and the page says why neither will do."""
        at = open_page(mallory=True, step=LAST)
        assert not has_button(at, "exchange_use")
        assert "Mallory has both" in at.info[0].value

    def test_without_a_passcode_the_page_says_that_anyone_can(self) -> None:
        """Where no passcode is set, nobody is led to think that there is one."""
        assert "everybody can change the key here" in texts(open_page(step=LAST))

    def test_a_key_set_from_outside_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the key is a setting, the page says where to change it, and the room keeps its key."""
        monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
        at = press(open_page(step=LAST), "exchange_use")
        assert "SECURECHAT_KEY" in at.error[0].value
        assert application().conversation.keyring.primary.reveal() == CANARY_KEY
        assert has_button(at, "exchange_use")
        assert not run(at).error, "it is said once"


class TestPasscode:
    """With SECURECHAT_PRESENTER_PASSCODE set."""

    @pytest.fixture(autouse=True)
    def _passcode(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")

    @staticmethod
    def _guess(at: AppTest, guess: str) -> AppTest:
        at.text_input(key="passcode_guess").set_value(guess)
        return press(at, "Open")

    def test_it_is_asked_for(self) -> None:
        """Anybody may play; the button is there for the presenter only, after the right passcode."""
        at = open_page(step=LAST)
        assert codes(at)[-1] == DEFAULT_TEXT
        assert not has_button(at, "exchange_use")
        at = self._guess(at, "open simsim")
        assert not has_button(at, "exchange_use")
        at = self._guess(at, "open sesame")
        press(at, "exchange_use")
        assert application().conversation.keyring.primary == exchange_of(at).key_a
        assert not has_button(open_page(step=LAST), "exchange_use")

    def test_a_button_from_before_does_nothing(self) -> None:
        """Pressed after the session was locked, it changes no key."""
        at = self._guess(open_page(step=LAST), "open sesame")
        before = application().conversation.keyring
        lock(at)
        press(at, "exchange_use")
        assert application().conversation.keyring is before

    def test_the_key_of_the_room_is_the_presenters(self) -> None:
        """Once it is used, private values of the exchange are shown to the presenter only."""
        at = self._guess(open_page(step=LAST), "open sesame")
        secrets = private_values(exchange_of(at))
        switch(at, "exchange_revealed", True)
        press(at, "exchange_use")
        assert shows(at, secrets) == secrets
        press(at, "Lock again")
        assert shows(at, secrets) == set()
        assert at.toggle(key="exchange_revealed").disabled


def test_mallory_searches_for_equal_emoji() -> None:
    """Three are found at once, and the page says how long all seven would take, and what helps."""
    at = open_page(step=5)
    assert "Found:" not in texts(at)
    press(at, "exchange_search_start")
    assert re.search(
        r"Found: .* begin with \*\*\S+ \S+ \S+\*\*\. .* All seven: \*\*about [\d,]+ minutes?\*\*", texts(at)
    )
    assert "commit" in texts(at)
