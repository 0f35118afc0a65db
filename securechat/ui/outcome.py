"""The outcome of an action: kept in the session, and said beside its button until something else is done."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from securechat.errors import SecureChatError

DOUBLE_SECONDS = 1.0
"""For how long the same button does nothing more: a double click, or a click delivered twice, counts once."""

_KEY = "outcomes"
"""In the session state: what is to be said, by the page."""


def as_typed(text: str) -> str:
    """Return a text as Markdown that shows it as it is: it may quote what somebody typed."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def forget_all() -> None:
    """Forget what came of anything done, on all pages."""
    st.session_state.pop(_KEY, None)


@dataclass(frozen=True)
class _Said:
    section: str
    text: str
    refused: bool


class Outcome:
    """The outcome of the last action on a page, or on a part of one.

    Args:
        page: The name of the page or the part: its outcome is its own.
        written: Makes Markdown of what is to be said.
        icon: Stands before a refusal.
    """

    def __init__(
        self, page: str, *, written: Callable[[str], str] = str, icon: str = ":material/block:"
    ) -> None:
        self._page = page
        self._done = f"{page}_done"
        self._written = written
        self._icon = icon

    def attempt(self, action: Callable[[], object], section: str = "") -> bool:
        """Do something, and return whether it was done. What it refuses by an error is kept to be said."""
        self.forget()
        try:
            action()
        except SecureChatError as error:
            self.refuse(str(error), section)
            return False
        return True

    def act(self, section: str, button: str, action: Callable[[], str], *, may: Callable[[], bool]) -> None:
        """Do what a button asks for. For callbacks: a page that was locked may still send its buttons.

        Args:
            section: Where the button is.
            button: Which one: the same one counts once within `DOUBLE_SECONDS`.
            action: Does it, and says what came of it; nothing if that is plain to see. What it refuses by
                an error is said, too.
            may: Says whether this session may do it.
        """
        done = st.session_state.get(self._done)
        if done and done[0] == button and time.monotonic() - done[1] < DOUBLE_SECONDS:
            return
        self.forget()
        if not may():
            return

        def do() -> None:
            text = action()
            st.session_state[self._done] = button, time.monotonic()
            if text:
                self.tell(text, section)

        self.attempt(do, section)

    def tell(self, text: str, section: str = "") -> None:
        """Keep what was done, or what has happened meanwhile."""
        self._keep(_Said(section, text, refused=False))

    def refuse(self, text: str, section: str = "") -> None:
        """Keep why something is refused."""
        self._keep(_Said(section, text, refused=True))

    def draw(self, section: str = "") -> bool:
        """Say what came of the last thing done, if it was done here; return whether it was."""
        said = _kept().get(self._page)
        if said is None or said.section != section:
            return False
        if said.refused:
            st.error(self._written(said.text), icon=self._icon)
        else:
            st.success(self._written(said.text), icon=":material/check_circle:")
        return True

    def forget(self) -> None:
        """Forget what came of the last thing done."""
        _kept().pop(self._page, None)

    def _keep(self, said: _Said) -> None:
        _kept()[self._page] = said


def _kept() -> dict[str, _Said]:
    kept: dict[str, _Said] = st.session_state.setdefault(_KEY, {})
    return kept
