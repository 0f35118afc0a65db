"""A server whose answers to a page can be held back, and what the page asks of it."""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import Page, WebSocketRoute
from streamlit.proto.BackMsg_pb2 import BackMsg

Request = Literal["run", "look"]
"""A run of the whole page, or one of less, as the page's timer asks for."""


class SlowServer:
    """The server's answers to a page, which can be held back.

    Args:
        page: The page, before it goes anywhere.

    Attributes:
        asked: All that the page has asked of Streamlit, in this order.
        loses: How many of the runs that it asks for next get lost.
    """

    def __init__(self, page: Page) -> None:
        self.asked: list[Request] = []
        self.loses = 0
        self._holds = False
        self._held: list[str | bytes] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    @property
    def looks(self) -> int:
        """How often the page has asked for a run of less than a page."""
        return self.asked.count("look")

    @property
    def runs(self) -> int:
        """How often the page has asked for a run of all of it."""
        return self.asked.count("run")

    def hold(self) -> None:
        """Hold all answers back from now on."""
        self._holds = True

    def let_go(self) -> None:
        """Give what was held back, and everything from now on."""
        self._holds = False
        while self._held:
            self._page.send(self._held.pop(0))

    def _connect(self, page: WebSocketRoute) -> None:
        server, self._page = page.connect_to_server(), page

        def ask(frame: str | bytes) -> None:
            message = BackMsg()
            message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode())
            if message.HasField("rerun_script"):
                self.asked.append("look" if message.rerun_script.fragment_id else "run")
                if self.loses:
                    self.loses -= 1
                    return
            server.send(frame)

        def answer(frame: str | bytes) -> None:
            if self._holds:
                self._held.append(frame)
            else:
                page.send(frame)

        page.on_message(ask)
        server.on_message(answer)
