"""Chat, without a browser: what the server draws and what it refuses."""

from __future__ import annotations

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from securechat.keyring import KeyRing
from securechat.store import InMemoryMessageStore
from securechat.ui import state
from tests.apptest import (
    component_data,
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
    """A sent message stands in both panes as its token, and its text is nowhere on the page."""
    at = send(open_app(), "A", CANARY)
    assert _sent(at) == shown_tokens(at, "A") == shown_tokens(at, "B")
    assert state.conversation().keyring.decrypt(_sent(at)[0]) == CANARY
    assert CANARY not in sent_to_browser(at)


def test_a_plaintext_stays_nowhere_in_the_session() -> None:
    """After sending, no value of the session state holds the text."""
    at = send(open_app(), "A", CANARY)
    run(at)
    assert CANARY not in str(dict(at.session_state.items()))


def test_each_pane_has_its_composer() -> None:
    """The placeholders are names that hold."""
    at = open_app()
    assert [box.placeholder for box in at.chat_input] == ["Message as User A", "Message as User B"]


def test_another_session_sees_the_message() -> None:
    """The store is shared: what one session sends, another shows."""
    writer, reader = open_app(), open_app()
    send(writer, "B", "hello")
    assert shown_tokens(run(reader)) == shown_tokens(writer)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("x" * 2001, "2,000 are allowed"), ("  \n ", "nothing to send")],
)
def test_a_refused_message_goes_back_into_the_composer(text: str, reason: str) -> None:
    """Too long or empty: nothing is stored, the reason is said, what was typed is kept."""
    at = open_app()
    send(at, "A", text)
    assert _sent(at) == []
    assert any(reason in warning.value for warning in at.warning)
    assert next(part for part in at.chat_input if part.placeholder.endswith("A")).proto.value == text


def test_a_refusal_is_gone_after_the_next_message() -> None:
    """The reason does not stay when the next message went through."""
    at = send(send(open_app(), "A", " "), "A", "hello")
    assert not at.warning
    assert len(_sent(at)) == 1


def test_too_fast_names_the_seconds_to_wait() -> None:
    """The 21st message within ten seconds is refused, kept, and told how long to wait; B may go on."""
    at = open_app()
    for number in range(21):
        send(at, "A", f"message {number}")
    assert len(_sent(at)) == 20
    assert any("Wait" in warning.value and "second" in warning.value for warning in at.warning)
    assert at.chat_input[0].proto.value == "message 20"
    send(at, "B", "I am not slowed")
    assert len(_sent(at)) == 21


@pytest.mark.parametrize("side", ["A", "B"])
def test_one_side_alone(side: str) -> None:
    """?as=A and ?as=B show that pane and no other."""
    at = open_app(**{"as": side})
    assert [box.placeholder for box in at.chat_input] == [f"Message as User {side}"]
    assert component_data(at, f"transcript_{side}")["announce"] is True


def test_the_side_is_remembered_until_both_are_asked_for() -> None:
    """Who comes back from the Inspector finds their side, and leaves it by "Show both sides" for good."""
    at = go_to_inspector(open_app(**{"as": "B"}))
    at.query_params.clear()
    at.switch_page("pages/chat.py")
    assert [box.placeholder for box in run(at).chat_input] == ["Message as User B"]
    at.query_params["as"] = "B"
    next(button for button in run(at).button if button.label == "Show both sides").click()
    assert len(run(at).chat_input) == 2
    assert "as" not in at.query_params
    assert len(run(at).chat_input) == 2


def test_a_refusal_does_not_outlive_its_text() -> None:
    """On a page change the refused text is gone, and so is the word about it."""
    at = go_to_inspector(send(open_app(), "A", " "))
    at.switch_page("pages/chat.py")
    assert not run(at).warning


@pytest.mark.parametrize("side", ["Z", "a", "", "AB", "<script>"])
def test_any_other_side_is_ignored_with_a_hint(side: str) -> None:
    """An unknown ?as= shows both panes and says what is possible, without repeating what came."""
    at = open_app(**{"as": side})
    assert len(at.chat_input) == 2
    assert "?as=A" in at.info[0].value
    assert "<script>" not in texts(at)


def test_clear_asks_first_and_clears_for_all() -> None:
    """The button to clear is inside a question; pressed, it empties the room of every session."""
    at, other = open_app(), open_app()
    send(at, "A", "hello")
    at.button[0].click()
    run(at)
    assert shown_tokens(at) == shown_tokens(run(other)) == []
    assert "cleared" in component_data(other, "transcript_A")["empty"][0]


def test_an_empty_room_invites() -> None:
    """An empty room says what to type, what will be seen and where to look next."""
    invitation = component_data(open_app(), "transcript_A")["empty"][1]
    assert all(word in invitation for word in ("Type", "ciphertext", "Inspect"))


def test_the_page_says_who_holds_the_key() -> None:
    """Nobody is told that this is end-to-end encryption."""
    said = texts(open_app())
    assert "This server holds the key" in said
    assert "not end-to-end encryption" in said.replace("*", "")


def test_the_page_says_how_many_messages_fell_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older messages fall out of a full room, and the transcript says how many."""
    monkeypatch.setattr(state, "InMemoryMessageStore", partial(InMemoryMessageStore, max_messages=3))
    at = open_app()
    for number in range(5):
        send(at, "A", str(number))
    data = component_data(at, "transcript_A")
    assert len(data["messages"]) == 3
    assert data["dropped"].startswith("2 older messages")


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
