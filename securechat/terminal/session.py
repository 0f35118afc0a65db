"""One visit to a sealed room: connected again and again, what is written kept until the server has it.

It knows no screen: whatever is to be seen goes to a `View`.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from securechat import frames
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import InvalidFrame, InvalidSetting, InvalidToken
from securechat.rooms.messages import MAX_TOKEN_CHARS, check_plaintext
from securechat.sealed.key import room_of
from securechat.sealed.ledger import NEWER, Finding, Ledger
from securechat.sealed.said import Said, Unread, read_said
from securechat.terminal.address import Address

ANSWER_SECONDS = 10.0
"""How long an answer may take, until a message is sent once more under its name."""

MAX_LIES = 3
"""How often a message is sent again that the server says it has, and does not show."""

PAUSES = (0.3, 0.6, 1.0, 2.0, 3.0)
"""Seconds before the next try to connect; the last one holds from there on."""

MAX_EARLY = 2_000
"""Messages that are kept until the server tells of the room: ten times as many as one has."""

QUIET_SECONDS = 5.0
"""For how long a sentence about the server is not said again, where no message stands beside it."""

STANDING_SECONDS = 0.5
"""How long what is missing may still come before it is said to be missing."""

MAX_WAITING = 100
"""Texts of a pipe that wait to be sent, until it has to wait, too."""

OPEN_SECONDS = 10.0
"""How long a try to connect may take."""


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


@dataclass
class Letter:
    """Something to send. Its `repr` has no text in it.

    Attributes:
        text: What is written; empty for a greeting.
        left: Whether it says that this visit ends.
        n: Its number in this visit; 0 until it is encrypted.
        token: Its token, from then on.
        lies: How often the server said that it has it, and did not show it.
    """

    text: str = field(repr=False)
    left: bool = False
    n: int = 0
    token: str = field(default="", repr=False)
    lies: int = 0


class Session:
    """One visit.

    Args:
        address: Where the server is.
        key: The key of the room.
        name: What others read beside what is written here.
        view: Where things are seen.
        tls: How the server proves who it is, where the address says https.
        greets: Whether others are told of this visit.
    """

    def __init__(
        self,
        address: Address,
        key: FernetKey,
        name: str,
        view: View,
        *,
        tls: ssl.SSLContext | None = None,
        greets: bool = True,
    ) -> None:
        self._address = address
        self._room_name = room_of(key)
        self._ring = KeyRing((key,))
        self._name = name
        self._view = view
        self._tls = tls
        self._greets = greets
        self._by = secrets.token_hex(8)
        self._ledger = Ledger(self._by)
        self._tokens: set[str] = set()
        self._n = 0
        self._queue: deque[Letter] = deque([Letter("")] if greets else [])
        self._stored: dict[int, Letter] = {}
        self._refused: list[str] = []
        self._something = asyncio.Event()
        self._done = asyncio.Event()
        self._flying: Letter | None = None
        self._answer: asyncio.Future[float] | None = None  # seconds to wait before the next one
        self._websocket: ClientConnection | None = None
        self._was_connected = False
        self._after, self._epoch = 0, ""
        self._said_at: dict[str, float] = {}
        self._standing: tuple[str, ...] = ()
        self._standing_timer: asyncio.TimerHandle | None = None
        self._present = 0
        self._refresh()

    @property
    def room_name(self) -> str:
        """The name of the room, as the server knows it."""
        return self._room_name

    @property
    def unsent(self) -> tuple[str, ...]:
        """The texts that the server has not taken, those first that it refused."""
        waiting = [self._flying] if self._flying else []
        return (*self._refused, *(letter.text for letter in (*waiting, *self._queue) if letter.text))

    def write(self, text: str) -> None:
        """Send a text, as soon as that can be done.

        Raises:
            InvalidMessage: Nobody may send it.
        """
        check_plaintext(text)
        self._ring.encrypt(text)  # refuses what is not text
        letter = Letter(text)
        self._queue.append(letter)
        self._refresh()
        if not self._view.shows_tokens:
            self._view.show(self._name, text, (), is_news=False)
        elif not self.is_connected:
            self._view.say("This waits until there is a connection.")

    def note_refused(self, text: str) -> None:
        """Note that a text was refused before it came here: it counts as not sent."""
        self._refused.append(text)

    async def has_few(self) -> None:
        """Wait until there are not many texts to send."""
        while len(self._queue) > MAX_WAITING:
            await asyncio.sleep(0.05)

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._websocket is not None

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

    async def run(self) -> None:
        """Be connected until this is cancelled.

        Raises:
            InvalidSetting: There is nothing at the address that could be connected with.
        """
        tries = 0
        while True:
            began = monotonic()
            try:
                await self._connect_once()
            except ssl.SSLCertVerificationError:
                raise
            except InvalidStatus as error:
                self._look_at_status(error.response.status_code)
            except (OSError, TimeoutError, WebSocketException, EOFError) as error:
                self._say_unreachable(error)
            tries = 0 if monotonic() - began > PAUSES[-1] else tries + 1
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES)) - 1])

    async def leave(self, seconds: float) -> None:
        """Tell others that this visit ends, as far as that can be done in so many seconds."""
        websocket = self._websocket
        if websocket is None or self._queue or self._flying or not self._greets:
            return
        letter = Letter("", left=True)
        self._seal(letter)
        with suppress(TimeoutError, OSError, WebSocketException):
            async with asyncio.timeout(seconds):
                await websocket.send(self._frame(letter))

    async def _connect_once(self) -> None:
        url = self._address.feed(self._room_name, self._after, self._epoch)
        async with connect(
            url,
            ssl=self._tls,
            proxy=None if self._address.is_near else True,
            open_timeout=OPEN_SECONDS,
            ping_interval=10,
            ping_timeout=15,
            close_timeout=0.2,
            max_size=4 * frames.MAX_BYTES,
            compression=None,  # tokens do not get shorter
        ) as websocket:
            tasks: list[asyncio.Task[None]] = []
            known = asyncio.Event()
            self._websocket = websocket
            try:
                tasks = [
                    asyncio.create_task(work)
                    for work in (self._receive(websocket, known), self._send(websocket, known))
                ]
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._websocket = None
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            for task in done:
                task.result()

    # What comes in.

    async def _receive(self, websocket: ClientConnection, known: asyncio.Event) -> None:
        early: list[frames.Message] = []
        count = 0
        async for text in websocket:
            try:
                frame = frames.from_server(text if isinstance(text, str) else "")
            except InvalidFrame:  # such as one of a newer server
                continue
            if isinstance(frame, frames.Message) and not known.is_set():
                early.append(frame)
                if len(early) > MAX_EARLY:
                    return
                continue
            if isinstance(frame, frames.Room):
                self._take_room(frame)
                if not known.is_set():
                    self._say_connected()
                    for message in early:
                        self._take_message(message, is_news=self._was_connected)
                    early = []
                    self._was_connected = True
                    known.set()
            else:
                self._take(frame)
            count += 1
            if count % 50 == 0:  # a server that floods does not fill the memory here
                await self._view.settle()

    def _take(self, frame: frames.FromServer) -> None:
        if isinstance(frame, frames.Message):
            self._take_message(frame, is_news=True)
        elif isinstance(frame, frames.Stored | frames.Error):
            self._take_answer(frame)
        elif isinstance(frame, frames.Present) and frame.count != self._present:
            self._present = frame.count
            others = frame.count - 1
            said = (
                f"{others:,} {'other is' if others == 1 else 'others are'}"
                if others > 0
                else "Nobody else is"
            )
            self._view.say(f"{said} connected.")

    def _take_room(self, room: frames.Room) -> None:
        if room.epoch != self._epoch:
            self._epoch, self._after = room.epoch, 0
        self._heed(self._ledger.room(room.epoch, room.first_id, room.dropped))

    def _take_message(self, message: frames.Message, *, is_news: bool) -> None:
        self._after = max(self._after, message.id) if message.id < 10**15 else 0
        opened = self._open(message.token)
        finding = self._ledger.message(message.id, message.sender, message.token, opened)
        is_own = message.token in self._tokens
        if is_own and isinstance(opened, Said):
            self._stored.pop(opened.n, None)
        if not finding.is_new or is_own:
            self._heed(finding)
            return
        self._heed(finding, says=False)
        if isinstance(opened, Said) and not opened.text:
            for sentence in finding.says:
                self._say_about_server(sentence)
            self._view.show_token(message.token)
            self._view.say(f"{opened.shown_name} {'has left' if opened.left else 'is here'}.")
            return
        self._view.show_token(message.token)
        if isinstance(opened, Said):
            self._view.show(opened.name, opened.text, finding.says, is_news=is_news)
        elif opened is Unread.NEWER:
            notes = tuple(
                f"{note} Get the newest program." if note == NEWER else note for note in finding.says
            )
            self._view.show("?", "", notes, is_news=is_news)
        else:
            plaintext = self._plaintext(message.token) or ""
            self._view.show("?", plaintext, finding.says, is_news=is_news)

    def _plaintext(self, token: str) -> str | None:
        if len(token) > MAX_TOKEN_CHARS:
            return None
        try:
            return self._ring.open_by_key(token).plaintext  # whatever the clock of its sender says
        except InvalidToken:
            return None

    def _open(self, token: str) -> Said | Unread | None:
        plaintext = self._plaintext(token)
        return None if plaintext is None else read_said(plaintext)

    def _heed(self, finding: Finding, *, says: bool = True) -> None:
        for sentence in finding.says if says else ():
            self._say_about_server(sentence)
        for n in reversed(finding.unsent):
            if letter := self._stored.pop(n, None):
                letter.lies += 1
                if letter.lies > MAX_LIES:
                    self._give_up(letter, "the server did not show it.")
                else:
                    self._queue.appendleft(letter)
        self._refresh()
        if self._ledger.standing != self._standing and self._standing_timer is None:
            loop = asyncio.get_running_loop()
            self._standing_timer = loop.call_later(STANDING_SECONDS, self._say_standing)

    def _say_standing(self) -> None:
        self._standing_timer = None
        before, self._standing = self._standing, self._ledger.standing
        for sentence in self._standing:
            if sentence not in before:
                self._view.say(sentence)

    def _say_about_server(self, sentence: str) -> None:
        now = monotonic()
        if now - self._said_at.get(sentence, -QUIET_SECONDS) >= QUIET_SECONDS:
            if len(self._said_at) > 1_000:
                self._said_at.clear()
            self._said_at[sentence] = now
            self._view.say(sentence)

    # What goes out: one text at a time.

    async def _send(self, websocket: ClientConnection, known: asyncio.Event) -> None:
        await known.wait()
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
            await websocket.send(self._frame(letter))
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    wait = await self._answer
            except TimeoutError:
                self._say_about_server("The server does not answer. Trying again.")
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

    def _take_answer(self, answer: frames.Stored | frames.Error) -> None:
        letter, waiter = self._flying, self._answer
        if letter is None or waiter is None or waiter.done() or not self._is_answer(answer.client_id):
            return
        if isinstance(answer, frames.Error) and answer.retry_after:
            self._say_about_server(f"{answer.message.partition(' Wait ')[0]} It is sent a little later.")
            waiter.set_result(float(min(answer.retry_after, 60)))
            return
        self._flying = None
        waiter.set_result(0.0)
        if isinstance(answer, frames.Stored):
            finding = self._ledger.stored(letter.n, answer.id)
            if finding.unsent or not self._ledger.is_shown(letter.n):
                self._stored[letter.n] = letter
            self._heed(finding)
        else:
            if letter.n == self._n:  # nobody has it under this number: the next one has it
                self._n -= 1
            self._give_up(letter, answer.message)
        self._refresh()

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
        return f"{self._by}-{letter.n}"

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

    # What is said of the connection.

    def _say_connected(self) -> None:
        if self._was_connected:
            self._view.say("Connected again.")
        self._said_at.pop("lost", None)

    def _say_unreachable(self, error: Exception) -> None:
        if "lost" in self._said_at:
            return
        self._said_at["lost"] = monotonic()
        if self._was_connected:
            self._view.say("The connection is lost. Trying again. What you write meanwhile is sent then.")
            return
        reason = ""
        if isinstance(error, OSError) and error.strerror:
            reason = f" ({error.strerror.splitlines()[0]})"
        elif isinstance(error, WebSocketException):
            other = "http" if self._address.is_secure else "https"
            reason = f" that is understood. Perhaps it wants {other}:// in front"
        self._view.say(f"No answer from {self._address.url}{reason}. Trying again.")

    def _look_at_status(self, status: int) -> None:
        if self._was_connected or status in (429, 500, 502, 503, 504):
            self._say_unreachable(OSError(status, f"it says {status}"))
            return
        raise InvalidSetting(
            f"At {self._address.url} there is no SecureChat with sealed rooms (the answer is {status}).",
            remedy="Ask for the address again: `host` prints it.",
        )
