"""How messages look at a terminal. It obeys nothing of what it shows."""

from __future__ import annotations

import sys

from securechat.rooms.messages import contained

OWN = "· "
"""What begins a sentence of the program, and a note of it below a message. Nothing of people begins so."""


def lines_of(name: str, text: str, notes: tuple[str, ...]) -> str:
    """Return a message, of somebody by their `Said.shown_name`. Further lines of it stand behind a bar."""
    said = contained(text).replace("\n", "\n  | ")
    beside = "".join(f"\n  {OWN}{note}" for note in notes)
    who = f"“{name}”" if name.startswith(OWN.strip()) else name
    return f"{who}: {said}{beside}"


class PlainView:
    """Shows things line by line: messages on the standard output, sentences where errors go.

    Args:
        shows_tokens: Whether tokens are shown, too.
    """

    def __init__(self, *, shows_tokens: bool) -> None:
        self.shows_tokens = shows_tokens

    def say(self, sentence: str) -> None:
        """See `View.say`."""
        print(f"{OWN}{contained(sentence)}", file=sys.stderr, flush=True)

    def show(self, name: str, text: str, notes: tuple[str, ...], *, is_news: bool) -> None:
        """Show a message that came just now: see `View.show`."""
        if is_news:
            print(lines_of(name, text, notes), flush=True)

    def show_token(self, token: str) -> None:
        """See `View.show_token`."""
        if self.shows_tokens:
            print(f"  {contained(token)}", flush=True)

    async def settle(self) -> None:
        """See `View.settle`."""
