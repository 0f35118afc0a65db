"""One visit to a sealed room: connected again and again, what is written kept until the server has it.

It knows no screen: whatever is to be seen goes to a `View`.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from contextlib import suppress
from time import monotonic

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from securechat import frames
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.errors import InvalidFrame, InvalidToken
from securechat.rooms.messages import MAX_TOKEN_CHARS
from securechat.sealed.key import PREFIX, room_of
from securechat.sealed.ledger import NEWER, Finding, Ledger
from securechat.sealed.said import Said, Unread, read_said
from securechat.terminal.address import Address
from securechat.terminal.connection_notes import ConnectionNotes
from securechat.terminal.outbox import Outbox
from securechat.terminal.view import View

PAUSES = (0.3, 0.6, 1.0, 2.0, 3.0)
"""Seconds before the next try to connect; the last one holds from there on."""

MAX_EARLY = 2_000
"""Messages that are kept until the server tells of the room: ten times as many as one has."""

QUIET_SECONDS = 5.0
"""For how long a sentence about the server is not said again, where no message stands beside it."""

STANDING_SECONDS = 0.5
"""How long what is missing may still come before it is said to be missing."""

OPEN_SECONDS = 10.0
"""How long a try to connect may take."""

SHORT_NAME = len(PREFIX) + 8
"""Characters of a room's name that people compare."""


class Session:
    """One visit.

    Args:
        address: Where the server is.
        key: The key of the room.
        name: What others read beside what is written here.
        view: Where things are seen.
        tls: How the server proves who it is, where the address says https.
        greets: Whether others are told of this visit.

    Attributes:
        address: See above.
        name: See above.
        outbox: What this visit writes.
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
        self.address = address
        self.name = name
        self._room_name = room_of(key)
        self._ring = KeyRing((key,))
        self._view = view
        self._tls = tls
        by = secrets.token_hex(8)
        self._ledger = Ledger(by)
        self.outbox = Outbox(
            by,
            name,
            self._ring,
            self._ledger,
            view,
            self._say_about_server,
            self._heed,
            lambda: self.is_connected,
            greets=greets,
        )
        self._websocket: ClientConnection | None = None
        self._greets = greets
        self._notes = ConnectionNotes(address, view.say)
        self._after, self._epoch = 0, ""
        self._said_at: dict[str, float] = {}
        self._standing: tuple[str, ...] = ()
        self._standing_timer: asyncio.TimerHandle | None = None
        self._present = 0
        self._has_heard = False  # of somebody else who has the key
        self._has_hinted = False

    @property
    def room_name(self) -> str:
        """The name of the room, as the server knows it."""
        return self._room_name

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._websocket is not None

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
                self._notes.answered(error.response.status_code)
            except (OSError, TimeoutError, WebSocketException, EOFError) as error:
                self._notes.failed(error)
            tries = 0 if monotonic() - began > PAUSES[-1] else tries + 1
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES)) - 1])

    async def leave(self, seconds: float) -> None:
        """Tell others that this visit ends, as far as that can be done in so many seconds."""
        websocket, farewell = self._websocket, self.outbox.farewell()
        if websocket is None or farewell is None:
            return
        with suppress(TimeoutError, OSError, WebSocketException):
            async with asyncio.timeout(seconds):
                await websocket.send(farewell)

    async def _connect_once(self) -> None:
        url = self.address.feed(self._room_name, self._after, self._epoch)
        async with connect(
            url,
            ssl=self._tls,
            proxy=None if self.address.is_near else True,
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
                self._websocket, self._present = None, 0
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            for task in done:
                task.result()

    # What comes in.

    async def _receive(self, websocket: ClientConnection, known: asyncio.Event) -> None:
        early: list[frames.Message | frames.Present] = []
        count = 0
        async for text in websocket:
            try:
                frame = frames.from_server(text if isinstance(text, str) else "")
            except InvalidFrame:  # such as one of a newer server
                continue
            if isinstance(frame, frames.Message | frames.Present) and not known.is_set():
                early.append(frame)
                if len(early) > MAX_EARLY:
                    return
                continue
            if isinstance(frame, frames.Room):
                self._take_room(frame)
                if not known.is_set():
                    was_connected = self._notes.was_connected
                    self._say_connected()
                    for one in early:
                        self._take(one, is_news=was_connected)
                    early = []
                    known.set()
            else:
                self._take(frame, is_news=True)
            self._hint_if_alone()
            count += 1
            if count % 50 == 0:  # a server that floods does not fill the memory here
                await self._view.settle()

    def _take(self, frame: frames.FromServer, *, is_news: bool) -> None:
        if isinstance(frame, frames.Message):
            self._take_message(frame, is_news=is_news)
        elif isinstance(frame, frames.Stored | frames.Error):
            self._heed(self.outbox.take(frame))
        elif isinstance(frame, frames.Present) and frame.count != self._present:
            self._present = frame.count
            others = frame.count - 1
            said = (
                f"{others:,} {'other is' if others == 1 else 'others are'}"
                if others > 0
                else "Nobody else is"
            )
            self._view.say(f"{said} connected.")

    def _hint_if_alone(self) -> None:
        """Say what to compare where others may wait in another room, as they have another key."""
        if self._present == 1 and self._greets and not (self._has_heard or self._has_hinted):
            self._has_hinted = True
            name = f"{self._room_name[:SHORT_NAME]}…"
            self._view.say(f"Do the others have the same key? Compare the room's name with theirs: {name}")

    def _take_room(self, room: frames.Room) -> None:
        if room.epoch != self._epoch:
            self._epoch, self._after = room.epoch, 0
        self._heed(self._ledger.room(room.epoch, room.first_id))

    def _take_message(self, message: frames.Message, *, is_news: bool) -> None:
        self._after = max(self._after, message.id) if message.id < 10**15 else 0
        opened = self._open(message.token)
        finding = self._ledger.message(message.id, message.sender, message.token, opened)
        is_own = self.outbox.is_own(message.token)
        if is_own and isinstance(opened, Said):
            self.outbox.note_shown(opened.n)
        self._has_heard |= opened is not None and not is_own
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
            self._view.show(opened.shown_name, opened.text, finding.says, is_news=is_news)
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
        self.outbox.send_again(finding.unsent)
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

    async def _send(self, websocket: ClientConnection, known: asyncio.Event) -> None:
        await known.wait()
        await self.outbox.send(websocket.send)

    # What is said of the connection.

    def _say_connected(self) -> None:
        if self._greets and not self._notes.was_connected:
            self._view.say(f"You are {self.name}, in the room {self._room_name}.")
        self._notes.connected()
