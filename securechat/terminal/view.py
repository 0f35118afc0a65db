"""Where what happens in a sealed room is seen."""

from __future__ import annotations

from typing import Protocol


class View(Protocol):
    """Where things are seen.

    Attributes:
        shows_tokens: Whether tokens are shown, too.
    """

    shows_tokens: bool

    def say(self, sentence: str) -> None:
        """Show a sentence of the program."""

    def show(self, name: str, text: str, notes: tuple[str, ...], *, is_news: bool) -> None:
        """Show a message: who says it, what, what is to be said about it, and whether it came just now."""

    def show_token(self, token: str) -> None:
        """Show a token, above what is in it."""

    async def settle(self) -> None:
        """Wait until what was shown is seen."""
