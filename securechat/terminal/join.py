"""`join`: write and read in a sealed room, at a terminal or in a pipe."""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
import threading
from contextlib import suppress
from time import monotonic
from typing import Protocol

from securechat.crypto.keyring import FernetKey
from securechat.errors import SecureChatError
from securechat.rooms.messages import contained
from securechat.sealed.ledger import NOT_SHOWN
from securechat.terminal.address import Address
from securechat.terminal.screen import PlainView
from securechat.terminal.session import Session
from securechat.terminal.view import View
from securechat.wording import counted

LAST_SECONDS = 0.3
"""How long what was just written may take to go out at the end, and then that somebody leaves."""

CONNECT_SECONDS = 15.0
"""How long a pipe tries to connect."""

ANSWER_SECONDS = 75.0
"""How long a pipe waits for the answer to one message: longer than the server asks to wait."""

SHOWN_SECONDS = 3.0
"""How long a pipe waits until the server shows what it says it has."""


class Begin(Protocol):
    """Shows what comes first, and begins a session."""

    def __call__(self, view: View, *, greets: bool = True) -> Session:
        """Begin one that is seen there: see `Session`."""


def join(
    address: Address,
    key: FernetKey,
    name: str,
    *,
    tls: ssl.SSLContext | None = None,
    shows_tokens: bool = False,
    head: str = "",
) -> int:
    """Be in a room until the user or the standard input ends it.

    Args:
        address: Where the server is.
        key: The key of the room.
        name: What others read beside what is written here.
        tls: How the server proves who it is.
        shows_tokens: Whether the token is shown above each text.
        head: What is shown first.

    Returns:
        0, or 1 where something was not sent.
    """
    for stream in (sys.stdout, sys.stderr):  # rather a strange sign than an end, where it has no emoji
        with suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()

    def begin(view: View, *, greets: bool = True) -> Session:
        for line in filter(None, head.split("\n")):
            view.say(line)
        return Session(address, key, name, view, tls=tls, greets=greets)

    run = _at_terminal if at_terminal else _in_pipe
    return asyncio.run(run(begin, shows_tokens=shows_tokens))


async def _at_terminal(begin: Begin, *, shows_tokens: bool) -> int:
    from securechat.terminal.keyboard import Screen  # a pipe needs no `prompt_toolkit`

    screen = Screen(shows_tokens=shows_tokens)
    session = begin(screen)
    screen.say(f"Connecting to {session.address.url}.")
    screen.say(
        "The server never has the key. It still sees who is connected from where, when somebody writes, and "
        "how long that is."
    )
    screen.say("Type, and press Enter. Ctrl+C ends.")

    def write(text: str) -> None:
        try:
            session.outbox.write(text)
        except SecureChatError as error:
            screen.say(f"{error} Not sent: {text}")
            session.outbox.note_refused(text)

    connected = asyncio.create_task(session.run())
    typing = asyncio.create_task(screen.run(write))
    with suppress(NotImplementedError):  # on Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, typing.cancel)
    await asyncio.wait([connected, typing], return_when=asyncio.FIRST_COMPLETED)
    failure = connected.exception() if connected.done() else None
    typing.cancel()
    await asyncio.gather(typing, return_exceptions=True)
    if failure is None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await session.outbox.drained(0)
        await session.leave(LAST_SECONDS)
    connected.cancel()
    await asyncio.gather(connected, return_exceptions=True)
    screen.finish()
    drafts = (screen.draft,) if screen.draft.strip() else ()
    unsent = (*session.outbox.unsent, *drafts)
    _say_unsent(unsent)
    if failure:
        raise failure
    return int(bool(unsent))


async def _in_pipe(begin: Begin, *, shows_tokens: bool) -> int:
    view = PlainView(shows_tokens=shows_tokens)
    session = begin(view, greets=False)
    connected = asyncio.create_task(session.run())
    sending = asyncio.create_task(_send_lines(session, view))
    is_all_sent = False
    try:
        await asyncio.wait([connected, sending], return_when=asyncio.FIRST_COMPLETED)
        if connected.done():
            await connected  # raises why
        is_all_sent = await sending
    finally:
        sending.cancel()
        connected.cancel()
        await asyncio.gather(sending, connected, return_exceptions=True)
        print(f"{counted(session.outbox.sent, 'text')} sent.", file=sys.stderr)
        _say_unsent(session.outbox.unsent)
    return int(not is_all_sent or bool(session.outbox.unsent))


async def _send_lines(session: Session, view: PlainView) -> bool:
    """Send each line of the standard input; return whether the server has all of them."""
    lines: asyncio.Queue[bytes | None] = asyncio.Queue(100)
    loop = asyncio.get_running_loop()

    def read() -> None:  # in a thread: Windows can wait for a pipe in no other way
        with suppress(RuntimeError, OSError, ValueError):  # it ends before the input does
            for line in sys.stdin.buffer if sys.stdin else ():
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()

    threading.Thread(target=read, daemon=True).start()
    is_all = True
    number = 0
    while (line := await lines.get()) is not None:
        number += 1
        try:
            text = line.rstrip(b"\r\n").decode()
            if text.strip():
                session.outbox.write(text)
        except UnicodeDecodeError:
            is_all = False
            view.say(f"Line {number} is no text in UTF-8. Not sent.")
        except SecureChatError as error:
            is_all = False
            view.say(f"Line {number}: {error} Not sent.")
        await session.outbox.has_few()
    return await _all_sent(session) and is_all


async def _all_sent(session: Session) -> bool:
    done = asyncio.create_task(session.outbox.drained(SHOWN_SECONDS))
    left, since = len(session.outbox.unsent), monotonic()
    try:
        while not done.done():
            await asyncio.wait([done], timeout=0.1)
            if len(session.outbox.unsent) != left:
                left, since = len(session.outbox.unsent), monotonic()
            if monotonic() - since > (ANSWER_SECONDS if session.is_connected else CONNECT_SECONDS):
                return False
    finally:
        done.cancel()
    if not session.outbox.is_shown:
        print(NOT_SHOWN, file=sys.stderr)
    return session.outbox.is_shown


def _say_unsent(texts: tuple[str, ...]) -> None:
    for text in texts:
        print(f"Not sent: {contained(text)}", file=sys.stderr)
    sys.stderr.flush()
