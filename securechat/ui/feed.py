"""The live feed of this app's rooms, as routes of its server."""

from __future__ import annotations

import streamlit as st
from starlette.routing import BaseRoute

from securechat.conversation import DEMO_ROOM, Conversation
from securechat.live import LiveFeed
from securechat.ui import state


def routes() -> list[BaseRoute]:
    """Return the routes to mount beside Streamlit's own."""
    return LiveFeed(_room, allowed_origins=_allowed_origins).routes(st.get_option("server.baseUrlPath") or "")


def _room(name: str) -> Conversation | None:
    return state.conversation() if name == DEMO_ROOM else None


def _allowed_origins() -> tuple[str, ...]:
    """Return the origins that Streamlit itself is set to allow."""
    if not st.get_option("server.enableCORS"):
        return ("*",)
    return tuple(st.get_option("server.corsAllowedOrigins"))
