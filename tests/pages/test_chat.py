"""Chat, without a browser: what the server draws and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from securechat.application import Application
from securechat.crypto.keyring import KeyRing
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.settings import Settings
from securechat.ui import place, state
from securechat.ui.state import application
from tests.apptest import (
    component_data,
    composers,
    go_to_inspector,
    let_in,
    lock,
    open_app,
    room_data,
    run,
    send,
    sent_to_browser,
    shown_tokens,
    texts,
)
from tests.support import CANARY, CANARY_KEY


def _sent(at: AppTest) -> list[str]:
    return [message.token for message in application().conversation.view().messages]


def test_both_panes_show_the_whole_token_and_only_that() -> None:
    """A sent message goes to the page as its token, and its text is nowhere on it."""
    at = send(open_app(), "A", CANARY)
    assert _sent(at) == shown_tokens(at)
    assert application().conversation.keyring.decrypt(_sent(at)[0]) == CANARY
    assert CANARY not in sent_to_browser(at)


def test_each_pane_has_its_composer() -> None:
    """The placeholders are names that hold."""
    at = open_app()
    assert composers(at) == ["Message as User A", "Message as User B"]


def test_another_session_sees_the_message() -> None:
    """The store is shared: what one session sends, another shows."""
    writer, reader = open_app(), open_app()
    send(writer, "B", "hello")
    assert shown_tokens(run(reader)) == shown_tokens(writer)


@pytest.mark.parametrize("side", ["A", "B"])
def test_one_side_alone(side: str) -> None:
    """?as=A and ?as=B show that pane and no other."""
    at = open_app(**{"as": side})
    assert composers(at) == [f"Message as User {side}"]
    assert component_data(at, f"chat_{side}")["transcript"]["announce"] is True


def test_the_side_is_remembered_until_both_are_asked_for() -> None:
    """Who comes back from the Inspector finds their side, and leaves it by "Show both sides" for good."""
    at = go_to_inspector(open_app(**{"as": "B"}))
    at.query_params.clear()
    at.switch_page("pages/chat.py")
    assert composers(run(at)) == ["Message as User B"]
    at.query_params["as"] = "B"
    next(button for button in run(at).button if button.label == "Show both sides").click()
    assert len(composers(run(at))) == 2
    assert "as" not in at.query_params
    assert len(composers(run(at))) == 2


@pytest.mark.parametrize("side", ["Z", "a", "", "AB", "<script>"])
def test_any_other_side_is_ignored_with_a_hint(side: str) -> None:
    """An unknown ?as= shows both panes and says what is possible, without repeating what came."""
    at = open_app(**{"as": side})
    assert len(composers(at)) == 2
    assert "?as=A" in at.info[0].value
    assert "<script>" not in texts(at)


def test_clear_asks_first_and_clears_for_all() -> None:
    """The button to clear is inside a question; pressed, it empties the room of every session."""
    at, other = open_app(), open_app()
    send(at, "A", "hello")
    at.button[0].click()
    run(at)
    assert shown_tokens(at) == shown_tokens(run(other)) == []
    assert room_data(other)["cleared"] is True


def test_with_a_passcode_only_the_presenter_clears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is set, the question asks for it, and a button that was there before does nothing."""
    monkeypatch.setenv("SECURECHAT_PRESENTER_PASSCODE", "open sesame")
    at = send(open_app(), "A", "hello")
    at.button[0].click()
    assert len(shown_tokens(run(at))) == 1
    assert not any(button.label == "Clear for everyone" for button in at.button)
    at.text_input(key="passcode_guess").set_value("open sesame")
    at.button[0].click()
    run(at)
    next(button for button in at.button if button.label == "Clear for everyone").click()
    assert shown_tokens(run(at)) == []


class TestOnlyThePresenter:
    """The presenter can keep Chat to themselves."""

    def _switch(self, at: AppTest, *, on: bool) -> AppTest:
        at.toggle(key="chat_reserved").set_value(on)
        return run(at)

    def _presenter(self) -> AppTest:
        at = open_app()
        let_in(at)
        return run(at)

    def test_the_switch_is_the_presenters(self) -> None:
        """Also where no passcode is set: a switch that anybody could turn back would protect nothing."""
        assert not open_app().toggle
        at = self._presenter()
        assert self._switch(at, on=True).toggle(key="chat_reserved").value
        assert application().policy.reserved
        assert not self._switch(at, on=False).toggle(key="chat_reserved").value
        assert not application().policy.reserved

    def test_the_others_are_told(self) -> None:
        """Their page says why nobody writes, that of the presenter goes on; and when that has ended."""
        at, other = self._presenter(), open_app()
        self._switch(at, on=True)
        assert room_data(run(other))["closed"] == "Only the teacher writes here now."
        assert room_data(at)["closed"] == ""
        self._switch(at, on=False)
        assert room_data(run(other))["closed"] == ""

    def test_a_page_without_the_feed_notices(self) -> None:
        """Its look for news finds that the page is out of date."""
        drawn = place.demo()
        assert drawn.look() == drawn.revision
        application().policy.reserve(on=True)
        assert drawn.look() != drawn.revision

    def test_a_switch_of_before_does_nothing(self) -> None:
        """Pressed after the session was locked."""
        at = self._presenter()
        lock(at)
        self._switch(at, on=True)
        assert not application().policy.reserved

    def test_nobody_else_clears(self) -> None:
        """Where no passcode is set, either: the button does nothing, and then is not there."""
        at, other = self._presenter(), send(open_app(), "A", "hello")
        self._switch(at, on=True)
        other.button[0].click()
        assert len(shown_tokens(run(other))) == 1
        assert "Only the teacher writes here now." in texts(other)
        assert not any(button.label == "Clear for everyone" for button in other.button)
        next(button for button in run(at).button if button.label == "Clear for everyone").click()
        assert shown_tokens(run(at)) == []


def test_an_empty_room_invites() -> None:
    """An empty room says what to type, what will be seen and where to look next."""
    invitation = component_data(open_app(), "chat_A")["transcript"]["empty"]
    assert all(word in invitation for word in ("Type", "encrypted", "Inspect"))


def test_the_page_says_who_holds_the_key() -> None:
    """Nobody is told that this is end-to-end encryption."""
    said = texts(open_app())
    assert "This server holds the key" in said
    assert "not end-to-end encryption" in said.replace("*", "")


def test_the_page_says_how_many_messages_fell_out(tmp_path: Path) -> None:
    """Older messages fall out of a full room, and the page is told how many."""
    settings = Settings(key_file=tmp_path / "secret.key")
    state.use(Application(settings, store=InMemoryMessageStore(max_messages=3)))
    at = open_app()
    for number in range(5):
        send(at, "A", str(number))
    data = room_data(at)
    assert [message["id"] for message in data["messages"]] == [3, 4, 5]
    assert (data["first_id"], data["dropped"]) == (3, 2)


def test_only_one_transcript_announces() -> None:
    """A screen reader is told of a new message once, although two panes show it."""
    at = open_app()
    assert [component_data(at, f"chat_{side}")["transcript"]["announce"] for side in "AB"] == [True, False]


def test_the_key_is_not_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the key nor one of its halves is sent to the browser by Chat."""
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    sent = sent_to_browser(send(open_app(), "A", "hello"))
    key = KeyRing.from_text(CANARY_KEY).primary
    assert not any(secret in sent for secret in (CANARY_KEY, key.signing_key.hex(), key.encryption_key.hex()))
