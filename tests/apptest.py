"""Helpers for tests that run pages without a browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from securechat.classroom.whereabouts import Whereabouts
from securechat.ui.state import application
from securechat.ui.whereabouts import KEY
from tests.support import ROOT

CHAT = "pages/chat.py"
INSPECTOR = "pages/inspector.py"


def open_app(**query: str) -> AppTest:
    """Run the app as a new session, at its front page."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    return run(at)


def run(at: AppTest) -> AppTest:
    """Run the page again and make sure that nothing was raised."""
    at.run()
    assert not at.exception, at.exception
    return at


def send(at: AppTest, sender: str, text: str) -> AppTest:
    """Have a message sent, as by another page, and let this one see it."""
    application().conversation.send(sender, text)
    return run(at)


@contextmanager
def clock_ahead(seconds: int = 3_600) -> Iterator[None]:
    """Set the computer's clock ahead for a while. Sessions do not run meanwhile."""
    true_time = time.time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: true_time() + seconds)
        yield


def go_to_inspector(at: AppTest, **query: str) -> AppTest:
    """Switch to the Inspector, with a query as an address may have it."""
    at.switch_page(INSPECTOR)
    for name, value in query.items():
        at.query_params[name] = value
    return run(at)


def component_data(at: AppTest, key: str) -> dict[str, Any]:
    """Return what the server sends to one of our components."""
    proto: Any = next(part for part in at.get("bidi_component") if part.key == key).proto
    data: dict[str, Any] = json.loads(proto.json)
    return data


def composers(at: AppTest) -> list[str]:
    """Return the placeholders of the composers on the page."""
    parts = [str(part.key) for part in at.get("bidi_component")]
    chats = [component_data(at, key) for key in parts if key.startswith("chat")]
    return [chat["composer"]["placeholder"] for chat in chats if "composer" in chat]


def shown_tokens(at: AppTest) -> list[str]:
    """Return the tokens that the server sends to a page that the feed does not reach, oldest first."""
    return [message["token"] for message in room_data(at)["messages"]]


def room_data(at: AppTest) -> dict[str, Any]:
    """Return what the server tells a page of its room that the feed does not reach."""
    at.session_state["polls"] = True
    run(at)
    told: dict[str, Any] = chat_data(at)["room"]
    return told


def chat_data(at: AppTest) -> dict[str, Any]:
    """Return what the server sends to the first chat on the page."""
    keys = [str(part.key) for part in at.get("bidi_component")]
    return component_data(at, next(key for key in keys if key.startswith("chat")))


def sent_to_browser(at: AppTest) -> str:
    """Return everything that the page sends to the browser, as one text (ASCII only)."""
    return "\n".join(str(getattr(node, "proto", "")) for node in at.main)


def texts(at: AppTest) -> str:
    """Return all texts of the page that people read, as one text."""
    kinds = (
        at.markdown,
        at.caption,
        at.text,
        at.code,
        at.warning,
        at.error,
        at.info,
        at.header,
        at.subheader,
    )
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def where(at: AppTest) -> Whereabouts:
    """Return where a session is."""
    return at.session_state[KEY] if KEY in at.session_state else Whereabouts()


def let_in(at: AppTest) -> None:
    """Make a session the presenter's, as the right passcode does."""
    at.session_state[KEY] = replace(where(at), presenter=application().presenters.enter())


def lock(at: AppTest) -> None:
    """Lock a presenter's session while its page stays as it is."""
    application().presenters.leave(where(at).presenter)
