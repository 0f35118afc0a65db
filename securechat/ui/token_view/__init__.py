"""One token, coloured by field, and the legend that names the colours."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from securechat.anatomy import FIELD_LABELS, character_spans
from securechat.messages import contained

_HERE = Path(__file__).parent


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "securechat_token_view",
    html='<div class="sc-token-view"></div>',
    css=_text("../fields.css") + _text("token_view.css"),
    js=_text("../fields.js") + _text("token_view.js"),
    isolate_styles=False,
)

_LEGEND = [(name.value, label) for name, label in FIELD_LABELS.items()]


def token_view(token: str) -> None:
    """Draw a token, whole or broken, with its fields told apart and a legend under it."""
    # What is foreign to a token comes after all that decodes, so the spans hold for the contained text, too.
    shown = contained(token)
    _component(key="token", data={"token": shown, "spans": character_spans(token), "legend": _LEGEND})


def legend() -> None:
    """Draw the legend alone."""
    _component(key="legend", data={"token": None, "spans": [], "legend": _LEGEND})
