"""Nothing waits in the event loop: while one room's store does not answer, all others go on as before."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.request import urlopen

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from websockets.sync.client import connect

from securechat.classroom import ClassWall
from securechat.crypto.keyring import KeyRing
from securechat.live import LiveFeed, routes
from securechat.live.workers import WORKERS, Workers
from securechat.rooms.conversation import Conversation
from securechat.rooms.limits import RateLimit
from securechat.rooms.visit import KeyedVisit, Visit
from tests.core.asgi import run
from tests.core.classes import Lesson
from tests.core.held_store import Hold
from tests.feed import Frame, feed, receive, receive_until, transmit
from tests.support import free_port

RING = KeyRing.generate()


class Server:
    """A server with two rooms, the wall of a class, and a page of another kind.

    Attributes:
        hold: Holds calls of the store of all of them.
        rooms: The rooms, by their names.
        lesson: The class.
        left: Set when a connection to the first room has been left.
        url: Where it is.
    """

    def __init__(self) -> None:
        self.hold = Hold()
        store = self.hold.watch()
        limit = RateLimit(1_000, 1.0, action="Not sent")
        self.rooms = {name: Conversation(store, RING, room=name, limit=limit) for name in ("slow", "quick")}
        self.lesson = Lesson(2, store=store)
        self.left = threading.Event()
        self.url = ""

    def visit(self, room: str, *_: str) -> Visit:
        """Find a room."""
        self.rooms[room].head()
        left = self.left if room == "slow" else threading.Event()

        class Watched(KeyedVisit):
            def enter(self) -> Callable[[], None]:
                return left.set

        return Watched(conversation=self.rooms[room])

    def wall(self, class_id: str, _: str) -> ClassWall:
        """Find the wall."""
        return ClassWall(self.lesson.classroom, self.lesson.right)

    def is_quick(self) -> bool:
        """Say whether a message comes through in the other room, and a page of another kind is served."""
        with feed(self.url, room="quick") as one, feed(self.url, room="quick") as other:
            for each in (one, other):
                receive_until(each, "room")
            stored = transmit(one, "A", RING.encrypt("hello"), f"{time.monotonic()}")
            [message] = receive_until(other, "message")
        with urlopen(f"{self.url}/health", timeout=30) as answer:  # noqa: S310 - its address is our own
            is_well: bool = answer.read() == b"ok"
        return is_well and stored.get("id") == message["id"]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that runs."""
    running = Server()
    live = LiveFeed(running.visit, walls=running.wall)

    async def health(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    config = uvicorn.Config(
        Starlette(routes=[*routes(lambda: live), Route("/health", health)]),
        port=free_port(),
        log_level="error",
        ws="websockets-sansio",
    )
    uvicorn_server = uvicorn.Server(config)
    thread = threading.Thread(target=uvicorn_server.run)
    thread.start()
    while not uvicorn_server.started:
        time.sleep(0.01)
    running.url = f"http://127.0.0.1:{config.port}"
    try:
        yield running
    finally:
        running.hold.release()
        uvicorn_server.should_exit = True
        thread.join()


def sent(text: str, client_id: str) -> str:
    """Return the frame of a message."""
    frame: Frame = {"type": "send", "sender": "A", "token": RING.encrypt(text), "client_id": client_id}
    return json.dumps(frame)


class TestAHeldStore:
    """Who waits for it waits alone."""

    def test_what_is_written(self, server: Server) -> None:
        """While a message is being stored."""
        with feed(server.url, room="slow") as client:
            receive_until(client, "room")
            server.hold.hold("append", "slow")
            client.send(sent("hello", "mine"))
            assert server.hold.reached()
            assert server.is_quick()
            server.hold.release()
            assert {frame["type"] for frame in (receive(client), receive(client))} == {"stored", "message"}

    def test_what_is_written_by_more_than_there_are_threads(self, server: Server) -> None:
        """One of them waits for the room, the others for their turn: they take no thread from anybody."""
        with ExitStack() as stack:
            clients = [stack.enter_context(feed(server.url, room="slow")) for _ in range(2 * WORKERS)]
            for client in clients:
                receive_until(client, "room")
            server.hold.hold("append", "slow")
            for number, client in enumerate(clients):
                client.send(sent("hello", f"{number}"))
            assert server.hold.reached()
            assert server.is_quick()
            server.hold.release()
            for client in clients:
                receive_until(client, "stored")

    def test_while_the_keys_change(self, server: Server) -> None:
        """The key file may take long to write; whoever writes in that room meanwhile waits for it."""
        with feed(server.url, room="slow") as client:
            receive_until(client, "room")
            server.hold.hold("change_keys_version", "slow")
            changing = threading.Thread(target=server.rooms["slow"].change_keys, args=[KeyRing.rotated])
            changing.start()
            assert server.hold.reached()
            client.send(sent("hello", "mine"))
            assert server.is_quick()
            server.hold.release()
            changing.join()
            assert receive_until(client, "stored")[-1]["id"] == 1

    @pytest.mark.parametrize("method", ["since", "head"])
    def test_what_is_read(self, server: Server, method: str) -> None:
        """While a client comes: its room is looked up, and what it missed is read."""
        server.rooms["slow"].send("A", "hello")
        server.hold.hold(method, "slow")
        coming: list[Frame] = []

        def come() -> None:
            with feed(server.url, room="slow") as client:
                coming.extend(receive_until(client, "room"))

        thread = threading.Thread(target=come)
        thread.start()
        assert server.hold.reached()
        assert server.is_quick()
        server.hold.release()
        thread.join()
        assert [frame["type"] for frame in coming] == ["message", "room"]

    def test_a_wall(self, server: Server) -> None:
        """While the messages of a class are read for its wall."""
        server.hold.hold("tails", tuple(server.lesson.classroom.view().rooms))
        address = server.url.replace("http://", "ws://")
        with connect(f"{address}/api/classes/any/live", proxy=None, open_timeout=30) as client:
            assert server.hold.reached()
            assert server.is_quick()
            server.hold.release()
            assert receive(client)["type"] == "wall"


class TestOrder:
    """What one client does happens in the order in which it does it, and wholly."""

    def test_messages(self, server: Server) -> None:
        """Sent one after the other without waiting, they are stored in that order, however long it takes."""
        with feed(server.url, room="slow") as client:
            receive_until(client, "room")
            server.hold.hold("append", "slow")
            for number in range(10):
                client.send(sent(f"text {number}", f"{number}"))
            assert server.hold.reached()
            server.hold.release()
            answers: list[Frame] = []
            while len(answers) < 10:
                answers += [frame for frame in receive_until(client, "stored") if frame["type"] == "stored"]
        assert [(frame["client_id"], frame["id"]) for frame in answers] == [
            (f"{number}", number + 1) for number in range(10)
        ]

    def test_a_client_that_goes_meanwhile(self, server: Server) -> None:
        """What it sent is stored, and only then has it left; sent again, it is stored once."""
        with feed(server.url, room="slow") as client:
            receive_until(client, "room")
            server.hold.hold("append", "slow")
            client.send(sent("hello", "mine"))
            assert server.hold.reached()
        assert not server.left.is_set()
        server.hold.release()
        assert server.left.wait(30)
        assert server.rooms["slow"].head().last_id == 1
        with feed(server.url, room="slow") as client:
            assert transmit(client, "A", RING.encrypt("hello"), "mine")["id"] == 1

    def test_a_task_that_is_cancelled(self) -> None:
        """It ends when what it had begun is done, and not before."""
        begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            go_on.wait(60)
            done.set()

        async def cancel() -> None:
            task = asyncio.ensure_future(Workers().run(work))
            while not begun.is_set():
                await asyncio.sleep(0)
            task.cancel()
            for _ in range(100):
                await asyncio.sleep(0)
            assert not task.done()
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert done.is_set()

        run(cancel())
