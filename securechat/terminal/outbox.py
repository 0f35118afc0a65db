"""What one visit to a sealed room writes: one text at a time, each kept until the server has it."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from securechat import frames
from securechat.crypto.keyring import KeyRing
from securechat.rooms.messages import check_plaintext
from securechat.sealed.ledger import Finding, Ledger
from securechat.sealed.said import Said
from securechat.terminal.view import View
from securechat.wording import counted

ANSWER_SECONDS = 10.0
"""How long an answer may take, until a message is sent once more under its name."""

SHOWN_SECONDS = 10.0
"""How long it may take until a message is shown that the server says it has."""

MAX_LIES = 3
"""How often a message is sent again that the server says it has, and does not show."""

MAX_REASON = 300
"""Characters of a reason that a server gives."""

NOT_SENT_YET = "(not sent yet)"
"""What stands beside a text that was written without a connection."""

MAX_WAITING = 100
"""Texts of a pipe that wait to be sent, until it has to wait, too."""


@dataclass
class Letter:
    """Something to send. Its `repr` has no text in it.

    Attributes:
        text: What is written; empty for a greeting.
        left: Whether it says that this visit ends.
        n: Its number in this visit; 0 until it is encrypted.
        token: Its token, from then on.
        lies: How often the server said that it has it, and did not show it.
        waits: Whether it was written while there was no connection, and is not sent yet.
    """

    text: str = field(repr=False)
    left: bool = False
    n: int = 0
    token: str = field(default="", repr=False)
    lies: int = 0
    waits: bool = False


class Outbox:
    """What is to be sent, what is under way, and what is stored and not shown yet.

    A text that was not answered is sent again under its name, and stored once.

    Args:
        by: The visit: `Said.by`.
        name: What others read beside what is written here.
        ring: The key of the room.
        ledger: What is noted of the server.
        view: Where things are seen.
        say: Says a sentence about the server, and not the same one all the time.
        heed: Takes what is found out about the server by waiting.
        is_connected: Says whether there is a connection now.
        greets: Whether others are told of this visit.
    """

    def __init__(
        self,
        by: str,
        name: str,
        ring: KeyRing,
        ledger: Ledger,
        view: View,
        say: Callable[[str], None],
        heed: Callable[[Finding], None],
        is_connected: Callable[[], bool],
        *,
        greets: bool,
    ) -> None:
        self._by = by
        # Nobody else can guess what a message will be called, and store another one under that name first.
        self._secret = secrets.token_hex(8)
        self._name = name
        self._ring = ring
        self._ledger = ledger
        self._view = view
        self._say = say
        self._heed = heed
        self._is_connected = is_connected
        self._greets = greets
        self._sent = 0
        self._waited = 0
        self._tokens: set[str] = set()
        self._n = 0
        self._queue: deque[Letter] = deque([Letter("")] if greets else [])
        self._stored: dict[int, Letter] = {}
        self._refused: list[str] = []
        self._something = asyncio.Event()
        self._done = asyncio.Event()
        self._flying: Letter | None = None
        self._answer: asyncio.Future[float] | None = None  # seconds to wait before the next one
        self._refresh()

    @property
    def sent(self) -> int:
        """How many texts the server has, as far as can be seen."""
        return self._sent - sum(bool(letter.text) for letter in self._stored.values())

    @property
    def unsent(self) -> tuple[str, ...]:
        """The texts that the server has not taken, those first that it refused."""
        waiting = [self._flying] if self._flying else []
        return (*self._refused, *(letter.text for letter in (*waiting, *self._queue) if letter.text))

    def write(self, text: str) -> None:
        """Send a text, as soon as that can be done.

        Args:
            text: What somebody wrote.

        Raises:
            InvalidMessage: Nobody may send it.
        """
        check_plaintext(text)
        self._ring.encrypt(text)  # refuses what is not text
        letter = Letter(text, waits=not self._is_connected())
        self._queue.append(letter)
        self._refresh()
        if not self._view.shows_tokens:
            self._view.show(self._name, text, (NOT_SENT_YET,) if letter.waits else (), is_news=False)
        elif letter.waits:
            self._view.say("This waits until there is a connection.")

    def note_refused(self, text: str) -> None:
        """Note that a text was refused before it came here: it counts as not sent."""
        self._refused.append(text)

    async def has_few(self) -> None:
        """Wait until there are not many texts to send."""
        while len(self._queue) > MAX_WAITING:
            await asyncio.sleep(0.05)

    async def drained(self, shown_seconds: float) -> None:
        """Wait until everything is sent, and then so many seconds at the most until it is shown."""
        await self._done.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(shown_seconds):
                while self._stored:
                    await asyncio.sleep(0.02)

    @property
    def is_shown(self) -> bool:
        """Whether the server has shown all that it says it has stored."""
        return not self._stored

    def is_own(self, token: str) -> bool:
        """Say whether this visit has made a token."""
        return token in self._tokens

    def note_shown(self, n: int) -> None:
        """Note that the server has shown what it stored."""
        self._stored.pop(n, None)

    def send_again(self, numbers: tuple[int, ...]) -> None:
        """Send what the server says it has and did not show; give it up after some times."""
        for n in reversed(numbers):
            if letter := self._stored.pop(n, None):
                letter.lies += 1
                self._sent -= bool(letter.text)
                if letter.lies > MAX_LIES:
                    self._give_up(letter, "the server did not show it.")
                else:
                    self._queue.appendleft(letter)
        self._refresh()

    def farewell(self) -> str | None:
        """Return the frame that says that this visit ends; None where there is no time for it."""
        if self._queue or self._flying or not self._greets:
            return None
        letter = Letter("", left=True)
        self._seal(letter)
        return self._frame(letter)

    async def send(self, transmit: Callable[[str], Awaitable[None]]) -> None:
        """Send what there is, one after the other, until this is cancelled.

        Args:
            transmit: Sends a frame. What it raises ends this, and loses nothing.
        """
        while True:
            while self._flying is None and not self._queue:
                self._something.clear()
                await self._something.wait()
            # What was not answered before the connection was lost is sent again, under its name.
            self._flying = letter = self._flying or self._queue.popleft()
            if not letter.n:
                self._seal(letter)
                self._show_own(letter)
            self._answer = asyncio.get_running_loop().create_future()
            await transmit(self._frame(letter))
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    wait = await self._answer
            except TimeoutError:
                self._say("The server does not answer. Trying again.")
                wait = 0.0
            finally:
                self._answer = None
            await asyncio.sleep(wait)

    def _show_own(self, letter: Letter) -> None:
        """Show an own text below its token, where tokens are shown: it was not shown when it was written."""
        if self._view.shows_tokens:
            self._view.show_token(letter.token)
            if letter.text:
                self._view.show(self._name, letter.text, (), is_news=False)

    def _is_answer(self, client_id: str) -> bool:
        """Say whether something answers what is under way. An error may not know to what it belongs."""
        letter = self._flying
        return self._answer is not None and letter is not None and client_id in ("", self._name_of(letter))

    def take(self, answer: frames.Stored | frames.Error) -> Finding:
        """Take an answer, and return what it tells of the server."""
        letter, waiter = self._flying, self._answer
        if letter is None or waiter is None or waiter.done() or not self._is_answer(answer.client_id):
            return Finding()
        if isinstance(answer, frames.Error) and answer.retry_after:
            self._say(f"{_one_line(answer.message).partition(' Wait ')[0]} It is sent a little later.")
            waiter.set_result(float(min(answer.retry_after, 60)))
            return Finding()
        self._flying = None
        waiter.set_result(0.0)
        finding = Finding()
        if isinstance(answer, frames.Stored):
            self._count(letter)
            finding = self._ledger.stored(letter.n, answer.id)
            if finding.unsent or not self._ledger.is_shown(letter.n):
                self._stored[letter.n] = letter
                self._look_later(letter)
        else:
            # Its number is not used again: a server that lies may have shown it all the same, and then the
            # next message would look like a repetition.
            self._give_up(letter, _one_line(answer.message) or "The server has refused it.")
        self._refresh()
        return finding

    def _count(self, letter: Letter) -> None:
        """Count a text that the server has taken; say so when those have gone that had to wait."""
        self._sent += bool(letter.text)
        self._waited += letter.waits
        letter.waits = False
        if self._waited and self._greets and not any(other.waits for other in self._queue):
            verb = "is" if self._waited == 1 else "are"
            self._view.say(f"{counted(self._waited, 'text')} that waited {verb} sent.")
            self._waited = 0

    def _look_later(self, letter: Letter) -> None:
        asyncio.get_running_loop().call_later(SHOWN_SECONDS, self._look_for, letter, letter.lies)

    def _look_for(self, letter: Letter, lies: int) -> None:
        """Note that a message was not shown for too long, although the server has it, as it says."""
        if self._stored.get(letter.n) is not letter or letter.lies != lies:
            return
        if not self._is_connected():
            self._look_later(letter)
            return
        finding = self._ledger.not_shown(letter.n)
        if finding.unsent:
            self._heed(finding)
        else:  # it fell out of the room while nobody was connected here: that is no lie
            del self._stored[letter.n]
            self._view.say("The server had your message, and dropped it before it was shown here.")

    def _seal(self, letter: Letter) -> None:
        self._n += 1
        letter.n = self._n
        letter.token = self._ring.encrypt(
            Said(self._by, letter.n, self._name, letter.text, letter.left).to_json()
        )
        self._tokens.add(letter.token)
        self._ledger.sealed(letter.token)

    def _frame(self, letter: Letter) -> str:
        return frames.encode(frames.Send(self._by, self._name_of(letter), letter.token))

    def _name_of(self, letter: Letter) -> str:
        return f"{self._secret}-{letter.n}"

    def _give_up(self, letter: Letter, why: str) -> None:
        if letter.text:
            self._refused.append(letter.text)
            self._view.say(f"{why} Not sent: {letter.text}" if why[0].isupper() else f"Not sent, {why}")

    def _refresh(self) -> None:
        if self._queue or self._flying:
            self._something.set()
            self._done.clear()
        else:
            self._done.set()


def _one_line(said: str) -> str:
    """Return what a server says as one short line: only the program and people have lines of their own."""
    return " ".join(said.split())[:MAX_REASON]
