"""Under which address others reach the app: the one that a QR code, a link or a command has in it."""

from __future__ import annotations

import streamlit as st

from securechat.settings import APP_FOLDER
from securechat.ui import state
from securechat.ui.state import application
from securechat.web.public_address import Base, find_base

PAGES = frozenset(path.stem for path in (APP_FOLDER / "pages").glob("*.py")) - {"chat"}
"""The paths of the app's pages: that of Chat, the front page, is empty."""


def current_base() -> Base:
    """Return the address that others get, as far as it can be found."""
    return base_for(st.context.url)


def base_for(page_url: str | None) -> Base:
    """Return the address that others get, for somebody whose browser has the app at an address.

    Args:
        page_url: That one, if known.

    Raises:
        InvalidSetting: The app cannot start.
    """
    return find_base(
        corrected=application().public_address.corrected,
        chosen=application().public_address.chosen,
        setting=application().settings.public_url,
        page_url=page_url,
        pages=PAGES,
        base_path=state.base_path(),
        listens_on=str(st.get_option("server.address") or ""),
    )
