"""The teacher's page session: opens a class with the presenter's passcode, and watches its wall."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import quote, urlencode

from msgspec import convert

from bench.sessions.app_page import AppPage
from securechat import frames

TICK_SECONDS = 0.5
BEHIND_SECONDS = 0.9
AGAIN_SECONDS = 3.0
"""As `TICK` and `AGAIN` in upkeep.js, and `BEHIND` in wall.js."""

_INVITATION, _WALL = "class_invitation", "class_wall"


class TeacherPage(AppPage):
    """The page `/classroom` on its desk. See `Session`.

    Attributes:
        code: The code of the class.
    """

    code = ""

    async def open_class(self, passcode: str) -> None:
        """Give the passcode, open a class, and keep its wall up to date from then on.

        Raises:
            BenchError: The page is not as it is known here.
        """
        await self.open()
        await self.press("Open", ("Passcode", passcode))
        await self.press("New class")
        self.code = self.component(_INVITATION)["code"].replace(" ", "")
        wall = self.component(_WALL)
        self._frame = convert(wall["frame"], frames.Wall)
        live = asyncio.Event()
        path = f"/api/classes/{quote(wall['id'], safe='')}/live?{urlencode({'ticket': wall['ticket']})}"
        socket = await self._connect(path)

        def on_frame(data: bytes) -> None:
            live.set()
            frame = frames.from_server(data.decode())
            if isinstance(frame, frames.Wall):
                self._frame = frame

        self._listen(socket, on_frame)
        await self._wait(live)
        self._tasks.append(asyncio.create_task(self._keep_current()))

    async def _keep_current(self) -> None:
        """Ask for a run where what stands beside the wall is out of date, as wall.js does."""
        behind_since: float | None = None
        asked_at = -AGAIN_SECONDS
        while not self.broken:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            if _page_state(self._frame) == _page_state(convert(self.component(_WALL)["frame"], frames.Wall)):
                behind_since = None
                continue
            behind_since = now if behind_since is None else behind_since
            if now - behind_since >= BEHIND_SECONDS and now - asked_at >= AGAIN_SECONDS:
                asked_at = now
                await self.trigger(_WALL, "behind", int(time.time() * 1_000))

    def _notice(self, data: bytes) -> None:
        """Look for no tokens: the wall shows but their beginnings."""


def _page_state(frame: frames.Wall) -> tuple[object, ...]:
    """Return all that the page beside the wall is drawn from, as long as nothing is picked."""
    switches = frame.joining, frame.locked, frame.free_names, frame.shows_recipients, frame.seal_rule
    return frame.closed, *switches, frame.desk, len(frame.waiting)
