"""A pupil's page session: comes by the link of a class, joins it, is seated in a pair, and writes there.

What is sent is what a browser sends. The app's components are answered as their JavaScript does: `seats`
(this browser has none) and the chat (the feeds of its room and of the other one, by which it sends, and
another run where the page is out of date). A pupil here reads and thinks in no time: the button is pressed as
soon as it is drawn, with the name that is proposed first.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from msgspec import convert
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bench.processes import BenchError
from bench.sessions.app_page import AppPage, key_of
from bench.sessions.base import OPEN_SECONDS, OnToken
from bench.sessions.room_feed import OnMessage, RoomFeed
from securechat import frames

STALE, AGAIN = 0.2, 3.0
"""As the times in upkeep.js and page.js, in seconds."""

TICK_SECONDS = 0.1
"""How often it is looked whether a run is due. A browser's timer comes when it is."""

UNANSWERED_SECONDS, POSTS = 2.5, 3
"""How the composer goes on without an answer (composer.js): after how long, and how often."""

SEAT_SECONDS = 60.0
"""How long it may take until somebody has a seat, and a partner who is there."""

STUCK_SECONDS = 10.0
"""After how long somebody who has a seat loads a page again that does not show it."""

TRIES = 3
"""How often "Join" is pressed: the name may have been taken by somebody in the meantime."""


class PupilPage(AppPage):
    """One pupil's page. See `Session`.

    Attributes:
        times: When what happened (`time.perf_counter`): `opened`, `entrance`, `pressed`, `joined`, `seated`,
            `partner`.
        person: The pupil's id in the class.
        room: The name of the room of the pair; empty before.
        refused: Why messages were not taken.
        unanswered: How often the composer had no answer in time.
        tries: How often "Join" was pressed.
        reloads: How often the page had to be loaded again, because it did not show the seat there was.
        on_message: Told of every message in the pair's room and in that of everyone.
    """

    def __init__(self, url: str, address: str, on_token: OnToken) -> None:
        super().__init__(url, address, on_token)
        self.times: dict[str, float] = {}
        self.person = ""
        self.room = ""
        self.refused: list[str] = []
        self.unanswered = 0
        self.tries = self.reloads = 0
        self.on_message: OnMessage = lambda feed, frame, at: None
        self._feeds: dict[str, RoomFeed] = {}
        self._sockets_of: dict[str, ClientConnection] = {}
        self._news = asyncio.Event()
        self._chat: dict[str, Any] = {}
        self._chat_key = ""
        self._asked_at = -AGAIN
        self._behind_since: float | None = None

    async def open(self) -> None:
        """Come by the link, join, and wait until seated with the feed of the pair's room up."""
        self.times["opened"] = time.perf_counter()
        await super().open()
        self.component("seats")
        await self._finish(self.set_state("seats", {"seats": {}}), OPEN_SECONDS)
        self._note("entrance")
        while not self._chat and self.tries < TRIES:
            self.tries += 1
            self.times.setdefault("pressed", time.perf_counter())
            await self.press("Join")
        if not self._chat:
            raise self.unknown("no chat")
        self._note("joined")
        self._tasks.append(asyncio.create_task(self._keep_current()))
        await self._until(lambda: self._is_seated(), "a seat in a pair")
        self._note("seated")
        feed = self._feeds[self.room]
        await self._until(lambda: bool(feed.others_here(self.person)), "a partner who is there")
        self._note("partner")

    async def say(self, text: str) -> None:
        """See `Session.say`: by the feed, which is to answer; without an answer it is sent again."""
        feed, name = self._feeds[self.room], secrets.token_hex(16)
        frame = frames.encode(frames.Write(self.person, name, text))
        for _ in range(POSTS):
            await self._sockets_of[self.room].send(frame)
            if await self._hears(lambda: name in feed.answers, UNANSWERED_SECONDS):
                answer = feed.answers.pop(name)
                if isinstance(answer, frames.Error):
                    self.refused.append(answer.message)
                return
            self.unanswered += 1
        self.refused.append("the server does not answer")

    async def tell_writing(self) -> None:
        """Tell the others that this pupil is writing, as the composer does now and then."""
        await self._sockets_of[self.room].send(frames.encode(frames.Writing()))

    def _is_seated(self) -> bool:
        """Say whether the page shows the pair's room, with its composer and its feed."""
        if self._chat.get("presence", {"everyone": True})["everyone"]:
            return False
        self.room = self._chat["room"]["name"]
        return self._feeds[self.room].live

    def _is_stuck(self) -> bool:
        """Say whether there is a seat that the page knows of and does not show."""
        return bool(self._chat["presence"]["everyone"] and self._chat["unread"]["others"])

    def _note(self, what: str) -> None:
        self.times[what] = time.perf_counter()

    async def _until(self, true: Callable[[], bool], what: str) -> None:
        if not await self._hears(true, SEAT_SECONDS):
            raise BenchError(f"A pupil did not get {what} within {SEAT_SECONDS:.0f} s. {self.broken}")

    async def _hears(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true that the server tells of, or the time is over; say whether it is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        return true()

    def _after_run(self) -> None:
        """Look whether what is waited for is there."""
        self._news.set()

    def _on_component(self, component: BidiComponent, fragment: str) -> None:
        """Hand what has been drawn anew to its script."""
        super()._on_component(component, fragment)
        key = key_of(component)
        data = self.components[key]
        if not key.startswith("chat_"):
            return
        self._chat, self._chat_key, self._behind_since = data, key, None
        for there in (data["room"], *data["unread"]["others"]):
            self._connect_feed(there)
        self.person = data["unread"]["viewer"]
        feed = self._feeds[data["room"]["name"]]
        feed.epoch = feed.epoch or data["page"]["epoch"]
        feed.meet(convert(data["room"]["people"], frames.People))

    def _connect_feed(self, address: dict[str, Any]) -> None:
        """Open the feed of a room, with the ticket that came last, unless it is open."""
        feed = self._feeds.setdefault(address["name"], RoomFeed(address["name"], self.on_message))
        feed.ticket = address["ticket"]
        if not feed.asked:
            feed.asked = True
            self._tasks.append(asyncio.create_task(self._open_feed(feed)))

    async def _open_feed(self, feed: RoomFeed) -> None:
        def on_frame(data: bytes) -> None:
            feed.take(data)
            self._news.set()

        try:
            socket = await self._connect(feed.path)
        except Exception as error:
            self.broken = f"no feed: {error or type(error).__name__}"
            return
        self._sockets_of[feed.name] = socket
        self._listen(socket, on_frame)

    async def _keep_current(self) -> None:
        """Ask for a run that is due, as long as the page is there."""
        stuck_since = math.inf
        try:
            while not self.broken:
                await asyncio.sleep(TICK_SECONDS)
                await self._tick_page()
                stuck_since = min(stuck_since, time.monotonic()) if self._is_stuck() else math.inf
                if time.monotonic() - stuck_since > STUCK_SECONDS:
                    self.reloads, stuck_since = self.reloads + 1, math.inf
                    await self._run()
        except (ConnectionClosed, KeyError) as error:  # KeyError: what the page lives by is drawn no more
            self.broken = self.broken or f"{type(error).__name__}: {error}"

    async def _tick_page(self) -> None:
        now = time.monotonic()
        feed = self._feeds[self._chat["room"]["name"]]
        if feed.people is not None and feed.revision != self._chat["page"]["revision"]:
            self._behind_since = self._behind_since or now
        is_behind = self._behind_since is not None and now - self._behind_since > STALE
        if is_behind and now - self._asked_at > AGAIN:
            self._asked_at, self._behind_since = now, None
            await self._ask()

    async def _ask(self) -> None:
        """Ask for another run of the page."""
        await self.trigger(self._chat_key, "behind", int(time.time() * 1_000))

    def _notice(self, data: bytes) -> None:
        """Look for no tokens in bytes: the feed says what is a message, and tickets are tokens, too."""
