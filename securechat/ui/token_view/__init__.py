"""One token, coloured by field, and the legend that names the colours."""

from __future__ import annotations

from securechat.crypto.anatomy import FIELD_LABELS, character_spans
from securechat.rooms.messages import contained
from securechat.ui.component import component

_component = component(
    "token_view",
    html='<div class="sc-token-view"></div>',
    css=("fields.css", "token_view/token_view.css"),
    js="token_view/token_view.js",
)

_LEGEND = [(name.value, label) for name, label in FIELD_LABELS.items()]


def token_view(token: str) -> None:
    """Draw a token, whole or broken, with its fields told apart and a legend under it."""
    # What is foreign to a token comes after all that decodes, so the spans hold for the contained text, too.
    shown = contained(token)
    _component(key="token", data={"token": shown, "spans": character_spans(token), "legend": _LEGEND})


def legend() -> None:
    """Draw the legend alone; on a phone it is folded."""
    _component(key="legend", data={"token": None, "spans": [], "legend": _LEGEND})
