"""People who come to a chat one after the other, each with a phone that has never seen it, and then write.

A phone fetches all that its page consists of (`bench/sessions/assets.py`), then opens the page.
"""

from __future__ import annotations

import asyncio
import math
import time
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet
from websockets.exceptions import ConnectionClosed

from bench.contenders import CLASSROOM, Contender
from bench.post import Post
from bench.processes import BenchError
from bench.sessions import PROTOCOLS, PupilPage, Session, TeacherPage, padded
from bench.sessions.assets import fetch, files_of
from bench.sessions.room_feed import RoomFeed
from securechat.frames import Message

_AUTOREFRESH = "/component/streamlit_autorefresh.st_autorefresh/index.html"
_STREAMLIT_ASKS = ("/_stcore/health", "/_stcore/host-config", "/favicon.png")

PASSCODE = "a-passcode-of-the-bench"
"""The presenter's, where a class is opened."""


@dataclass
class Visit:
    """How somebody came. All times are of `time.perf_counter`.

    Attributes:
        came: When the address was opened.
        fetched: When all files of the page were there.
        there: When they could write, with the live feed up.
        loaded: Bytes of these files, as they came.
    """

    came: float = math.nan
    fetched: float = math.nan
    there: float = math.nan
    loaded: int = 0


class Visitors(ABC):
    """The visitors of one chat.

    Args:
        contender: The chat.
        url: Its server's address.
        size: How many there are.

    Attributes:
        sessions: Their pages.
        visits: How they came.
        strayed: How many messages came where they should not, or otherwise than they were sent.
    """

    def __init__(self, contender: Contender, url: str, size: int) -> None:
        self.contender = contender
        self.url = url
        self.size = size
        self.sessions: list[Session] = []
        self.visits = [Visit() for _ in range(size)]
        self.strayed = 0

    @abstractmethod
    async def prepare(self) -> None:
        """Do what has to be done before anybody comes. The server has served a page then."""

    def find_files(self) -> None:
        """Find out what a phone has to fetch."""
        if self.contender.protocol == "bare":
            self._files = files_of(self.url)
        else:
            self._files = [*files_of(self.url, ("/", _AUTOREFRESH)), *_STREAMLIT_ASKS]

    async def come(self, number: int) -> None:
        """Let a visitor come, until they can write."""
        visit, session = self.visits[number], self.sessions[number]
        visit.came = time.perf_counter()
        visit.loaded = await fetch(self.url, self._files)
        visit.fetched = time.perf_counter()
        await session.open()
        visit.there = time.perf_counter()

    async def settle(self, number: int) -> None:
        """Let a visitor's page do what it does by itself some time later."""
        await self.sessions[number].settle()

    @property
    def broken(self) -> list[str]:
        """Why pages have lost a connection, for each that has."""
        return [session.broken for session in self.sessions if session.broken]

    @abstractmethod
    async def begin(self, number: int) -> None:
        """Let a visitor begin to type."""

    @abstractmethod
    async def write(self, number: int, count: int) -> None:
        """Let a visitor send a message.

        Args:
            number: Who.
            count: How many they have sent before.
        """

    @abstractmethod
    def delays(self, since: float) -> list[float]:
        """Return how long the messages took that were sent since then; infinite where one has not come."""

    async def close(self) -> None:
        """Close all pages."""
        await asyncio.gather(*(session.close() for session in self.sessions))


class Pairs(Visitors):
    """Visitors of a chat that has a room for each two of them. See `Visitors`."""

    def __init__(self, contender: Contender, url: str, size: int, fernet: Fernet) -> None:
        super().__init__(contender, url, size)
        self._post = Post(fernet)
        self._names = [f"pair-{number // 2}-{number}" for number in range(size)]
        page = PROTOCOLS[contender.protocol]
        for number, name in enumerate(self._names):
            address = contender.pages[number % 2].format(room=f"pair-{number // 2}")
            self.sessions.append(page(url, address, self._receiver(name)))

    async def prepare(self) -> None:
        """See `Visitors.prepare`."""
        address = self.contender.pages[0].format(room="before")
        first = PROTOCOLS[self.contender.protocol](self.url, address, lambda *_: None)
        await first.open()
        await first.close()
        self.find_files()

    async def begin(self, number: int) -> None:
        """See `Visitors.begin`: these tell nobody."""

    async def write(self, number: int, count: int) -> None:
        """See `Visitors.write`."""
        await self._post.send(self.sessions[number], f"{self._names[number]} {count}")

    def delays(self, since: float) -> list[float]:
        """See `Visitors.delays`."""
        self.strayed = self._post.strayed
        sent = {name: at for name, at in self._post.sent.items() if at >= since}
        return [self._post.arrived.get(name, math.inf) - at for name, at in sent.items()]

    def _receiver(self, name: str) -> Any:  # noqa: ANN401 - `OnToken`
        return lambda token, at: self._post.receive(name, token, at)


@dataclass
class Letters:
    """Which messages of a class were sent and came. The bench has none of its keys, so it goes by order.

    A pupil's composer sends one message after the other, and the feed keeps their order: so the third that
    somebody's page gets from them is the third that they sent. All copies of one must be the same token.

    Attributes:
        sent: When each was sent, by its sender and its number there.
        arrived: When each came, by its reader, its sender and its number.
        strayed: How many came that nobody there had sent, or with two tokens.
    """

    sent: dict[tuple[str, int], float] = field(default_factory=dict)
    arrived: dict[tuple[str, str, int], float] = field(default_factory=dict)
    strayed: int = 0
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _tokens: dict[tuple[str, int], str] = field(default_factory=dict)

    def receive(self, reader: str, room: str, message: Message, at: float) -> None:
        """Take a message that came at a reader's page."""
        sender = message.sender
        self.strayed += self._tokens.setdefault((room, message.id), message.token) != message.token
        name = sender, self._counts[reader, sender]
        self._counts[reader, sender] += 1
        if name in self.sent:
            self.arrived[reader, *name] = at
        else:
            self.strayed += 1


class Pupils(Visitors):
    """Pupils of one class, and their teacher, whose page shows the wall. See `Visitors`."""

    def __init__(self, contender: Contender, url: str, size: int) -> None:
        super().__init__(contender, url, size)
        self.pupils: list[PupilPage] = []
        self.letters = Letters()

    async def prepare(self) -> None:
        """See `Visitors.prepare`: the teacher opens a class."""
        self._teacher = TeacherPage(self.url, "/classroom", lambda *_: None)
        await self._teacher.open_class(PASSCODE)
        self.find_files()
        for _ in range(self.size):
            pupil = PupilPage(
                self.url, self.contender.pages[0].format(room=self._teacher.code), lambda *_: None
            )
            pupil.on_message = self._receiver(pupil)
            self.pupils.append(pupil)
        self.sessions = [*self.pupils, self._teacher]

    async def come(self, number: int) -> None:
        """See `Visitors.come`. Here it ends when the partner is there, too."""
        await super().come(number)
        self.visits[number].there = self.pupils[number].times["seated"]

    async def begin(self, number: int) -> None:
        """See `Visitors.begin`: the partner is told."""
        with suppress(ConnectionClosed):  # counted as broken
            await self.pupils[number].tell_writing()

    async def write(self, number: int, count: int) -> None:
        """See `Visitors.write`."""
        pupil = self.pupils[number]
        self.letters.sent[pupil.person, count] = time.perf_counter()
        with suppress(ConnectionClosed):  # counted as broken
            await pupil.say(padded(f"{pupil.person} {count}"))

    def delays(self, since: float) -> list[float]:
        """See `Visitors.delays`."""
        self.strayed = self.letters.strayed
        room_of = {pupil.person: pupil.room for pupil in self.pupils}
        return [
            self.letters.arrived.get((reader, sender, count), math.inf) - at
            for (sender, count), at in self.letters.sent.items()
            for reader, room in room_of.items()
            if at >= since and reader != sender and room == room_of[sender]
        ]

    def _receiver(self, pupil: PupilPage) -> Any:  # noqa: ANN401 - `OnMessage`
        def receive(feed: RoomFeed, message: Message, at: float) -> None:
            self.letters.receive(pupil.person, feed.name, message, at)

        return receive

    def check(self) -> None:
        """Raise BenchError where messages were refused."""
        if refused := [reason for pupil in self.pupils for reason in pupil.refused]:
            raise BenchError(f"{len(refused)} messages were refused: {refused[0]}")


def visitors_of(contender: Contender, url: str, size: int, fernet: Fernet) -> Visitors:
    """Return the visitors of a chat, none of whom has come yet."""
    if contender is CLASSROOM:
        return Pupils(contender, url, size)
    return Pairs(contender, url, size, fernet)
