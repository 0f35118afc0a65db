"""A line to type in, and above it what others write."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from prompt_toolkit import PromptSession
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from securechat.rooms.messages import contained
from securechat.terminal.screen import OWN, lines_of


class Screen:
    """Shows things above the line that somebody types in.

    Args:
        shows_tokens: Whether tokens are shown, too.

    Attributes:
        draft: What was typed and not sent when the typing ended.
    """

    def __init__(self, *, shows_tokens: bool) -> None:
        # Else it would ask the terminal where the cursor is, and wait for the answer, before each line.
        os.environ["PROMPT_TOOLKIT_NO_CPR"] = "1"
        self.shows_tokens = shows_tokens
        self._waiting: list[str] = []
        self._send: Callable[[str], None] = lambda text: None
        self.draft = ""
        self._prompt: PromptSession[str] = PromptSession(key_bindings=self._bindings(), mouse_support=False)

    async def run(self, send: Callable[[str], None]) -> None:
        """Have somebody type until they press Ctrl+C or Ctrl+D.

        Args:
            send: Called with each line.
        """
        self._send = send
        with suppress(KeyboardInterrupt, EOFError):
            try:
                await self._prompt.prompt_async("> ", set_exception_handler=False)
            finally:
                self.draft = self._prompt.default_buffer.text

    def say(self, sentence: str) -> None:
        """See `View.say`."""
        self._add(f"{OWN}{contained(sentence)}")

    def show(self, name: str, text: str, notes: tuple[str, ...], *, is_news: bool) -> None:
        """See `View.show`."""
        self._add(lines_of(name, text, notes))

    def show_token(self, token: str) -> None:
        """See `View.show_token`."""
        if self.shows_tokens:
            self._add(f"  {contained(token)}")

    async def settle(self) -> None:
        """See `View.settle`."""
        await asyncio.sleep(0)

    def finish(self) -> None:
        """Show what still waits."""
        self._write()

    def _add(self, line: str) -> None:
        self._waiting.append(line)
        if len(self._waiting) == 1:  # all that come meanwhile at once: the line is drawn anew after each time
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        """Write what waits above the line that is typed.

        Not by `run_in_terminal`: that gives the terminal its own line editing back for a moment, in which
        Ctrl+D is lost.
        """
        lines, self._waiting = self._waiting, []
        app = self._prompt.app
        if not lines:
            return
        if app.is_running:
            app.renderer.erase()
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
        if app.is_running:
            app.invalidate()

    def _bindings(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            text = buffer.text
            buffer.reset(append_to_history=bool(text.strip()))
            self._take(text)

        @keys.add(Keys.BracketedPaste)
        def _(event: KeyPressEvent) -> None:
            first, *others = event.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            buffer = event.current_buffer
            buffer.insert_text(first)
            if others:  # each line is a message; what stands after the last line break is still to be sent
                text = buffer.text
                buffer.reset()
                for line in (text, *others[:-1]):
                    self._take(line)
                buffer.insert_text(others[-1])

        @keys.add("c-d")
        @keys.add("c-c")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(exception=EOFError)

        @keys.add(Keys.Vt100MouseEvent)
        def _(event: KeyPressEvent) -> None:
            """Do nothing: typed escape sequences may look like a mouse, and break what reads one."""

        return keys

    def _take(self, text: str) -> None:
        if text.strip():
            self._send(text)
