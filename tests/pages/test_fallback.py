"""What the server answers to a text that Streamlit brings, where the feed cannot be reached."""

from __future__ import annotations

import pytest

from securechat.crypto.keyring import KeyRing
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.policy import DemoPolicy
from securechat.rooms.room import SEND_COUNT
from securechat.ui.chat.fallback import deliver
from tests.support import CANARY


@pytest.fixture
def room() -> Conversation:
    """An empty room."""
    return Conversation(InMemoryMessageStore(), KeyRing.generate())


def test_a_message_is_stored_and_acknowledged(room: Conversation) -> None:
    """The answer names the message, and holds nothing of its text."""
    answer = deliver(room, "A", {"id": "mine", "text": CANARY})
    assert answer == {"type": "stored", "client_id": "mine", "id": 1}
    assert [room.keyring.decrypt(message.token) for message in room.view().messages] == [CANARY]


def test_sent_again_it_is_stored_once(room: Conversation) -> None:
    """A browser that has not heard the answer asks again."""
    answers = [deliver(room, "A", {"id": "mine", "text": "hello"}) for _ in range(3)]
    assert answers == [{"type": "stored", "client_id": "mine", "id": 1}] * 3
    assert len(room.view().messages) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 2001, "2,000 are allowed"),
        ("  \n ", "nothing to send"),
        ("", "nothing to send"),
        ("half a pair \ud83d", "surrogate"),
        (CANARY * 200, "Shorten it"),
    ],
)
def test_a_refused_message_is_told_why(room: Conversation, text: str, reason: str) -> None:
    """Nothing is stored; the reason says what to do, and does not repeat the text."""
    answer = deliver(room, "A", {"id": "mine", "text": text})
    assert answer is not None
    assert (answer["type"], answer["client_id"]) == ("error", "mine")
    assert reason in answer["message"]
    assert CANARY not in str(answer)
    assert room.view().messages == ()


def test_too_fast_names_the_seconds_to_wait(room: Conversation) -> None:
    """The 21st message within ten seconds is refused and told how long to wait; B may go on."""
    answers = [deliver(room, "A", {"id": str(number), "text": "x"}) for number in range(SEND_COUNT + 1)]
    kinds = [answer["type"] for answer in answers if answer]
    assert kinds == ["stored"] * SEND_COUNT + ["error"]
    refused = answers[-1] or {}
    assert "Wait" in refused["message"]
    assert "second" in refused["message"]
    other = deliver(room, "B", {"id": "b", "text": "I am not slowed"})
    assert other
    assert other["type"] == "stored"


def test_a_reason_that_ends_says_when() -> None:
    """After so many seconds, or when the room is open again; others stay until something else is sent."""
    rule = DemoPolicy()
    room = Conversation(InMemoryMessageStore(), KeyRing.generate(), policy=rule)
    answers = [deliver(room, "A", {"id": str(number), "text": "x"}) for number in range(SEND_COUNT + 1)]
    answers.append(deliver(room, "B", {"id": "empty", "text": " "}))
    rule.reserve(on=True)
    answers.append(deliver(room, "B", {"id": "reserved", "text": "x"}))
    rule.pause("class", True)
    answers.append(deliver(room, "B", {"id": "paused", "text": "x"}))
    refused = [answer for answer in answers if answer and answer["type"] == "error"]
    assert [answer.get("retry_after") for answer in refused] == [10, None, None, None]
    assert [answer["error"] for answer in refused[2:]] == ["WritingReserved", "WritingLocked"]


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "text",
        7,
        [],
        {},
        {"id": "mine"},
        {"id": 1, "text": "x"},
        {"id": "mine", "text": None},
        {"id": "mine", "text": "x", "to": 7},
    ],
)
def test_what_is_no_message_is_passed_over(room: Conversation, sent: object) -> None:
    """Somebody who speaks Streamlit's protocol by hand gets no answer and no error."""
    assert deliver(room, "A", sent) is None
    assert room.view().messages == ()


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_name_of_the_wrong_size_is_refused(room: Conversation, name: str) -> None:
    """A name has 1 to 64 characters."""
    answer = deliver(room, "A", {"id": name, "text": "x"})
    assert answer is not None
    assert answer["type"] == "error"
