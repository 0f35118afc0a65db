"""Chat, without a browser: what the server draws and what it refuses."""

from __future__ import annotations

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from securechat.keyring import KeyRing
from securechat.passcode import PasscodeGate
from securechat.store import InMemoryMessageStore
from securechat.ui import state
from tests.apptest import (
    component_data,
    composers,
    go_to_inspector,
    open_app,
    run,
    send,
    sent_to_browser,
    shown_tokens,
    texts,
)
from tests.support import CANARY, CANARY_KEY


def _sent(at: AppTest) -> list[str]:
    return [message.token for message in state.conversation().view().messages]


def test_both_panes_show_the_whole_token_and_only_that() -> None:
    """A sent message goes to the page as its token, and its text is nowhere on it."""
    at = send(open_app(), "A", CANARY)
    assert _sent(at) == shown_tokens(at)
    assert state.conversation().keyring.decrypt(_sent(at)[0]) == CANARY
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
    assert component_data(at, f"transcript_{side}")["announce"] is True


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
    assert component_data(other, "room")["cleared"] is True


def test_with_a_passcode_only_the_presenter_clears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one is set, the question asks for it, and a button that was there before does nothing."""
    at = send(open_app(), "A", "hello")
    gate = PasscodeGate("open sesame")
    monkeypatch.setattr(state, "presenter_gate", lambda: gate)
    monkeypatch.setattr(state, "passcode_is_set", lambda: True)
    at.button[0].click()
    assert len(shown_tokens(run(at))) == 1
    assert not any(button.label == "Clear for everyone" for button in at.button)
    at.text_input(key="passcode_guess").set_value("open sesame")
    at.button[0].click()
    run(at)
    next(button for button in at.button if button.label == "Clear for everyone").click()
    assert shown_tokens(run(at)) == []


def test_an_empty_room_invites() -> None:
    """An empty room says what to type, what will be seen and where to look next."""
    invitation = component_data(open_app(), "transcript_A")["empty"]
    assert all(word in invitation for word in ("Type", "ciphertext", "Inspect"))


def test_the_page_says_who_holds_the_key() -> None:
    """Nobody is told that this is end-to-end encryption."""
    said = texts(open_app())
    assert "This server holds the key" in said
    assert "not end-to-end encryption" in said.replace("*", "")


def test_the_page_says_how_many_messages_fell_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older messages fall out of a full room, and the page is told how many."""
    monkeypatch.setattr(state, "InMemoryMessageStore", partial(InMemoryMessageStore, max_messages=3))
    at = open_app()
    for number in range(5):
        send(at, "A", str(number))
    data = component_data(at, "room")
    assert [message["id"] for message in data["messages"]] == [3, 4, 5]
    assert (data["first_id"], data["dropped"]) == (3, 2)


def test_only_one_transcript_announces() -> None:
    """A screen reader is told of a new message once, although two panes show it."""
    at = open_app()
    assert [component_data(at, f"transcript_{side}")["announce"] for side in "AB"] == [True, False]


def test_the_key_is_not_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the key nor one of its halves is sent to the browser by Chat."""
    monkeypatch.setenv("SECURECHAT_KEY", CANARY_KEY)
    sent = sent_to_browser(send(open_app(), "A", "hello"))
    key = KeyRing.from_text(CANARY_KEY).primary
    assert not any(secret in sent for secret in (CANARY_KEY, key.signing_key.hex(), key.encryption_key.hex()))
