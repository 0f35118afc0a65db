"""Helpers for tests that run pages without a browser."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from securechat.ui import state
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
    state.conversation().send(sender, text)
    return run(at)


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
    return [component_data(at, key)["placeholder"] for key in parts if key.startswith("composer_")]


def shown_tokens(at: AppTest) -> list[str]:
    """Return the tokens that the server sends to the page, oldest first."""
    return [message["token"] for message in component_data(at, "room")["messages"]]


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
