"""What is measured side by side: SecureChat, and its peers.

To add a peer, write a program in `bench/peers/` that serves a chat at the port in `BENCH_PORT`, and describe
it in `PEERS`.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import ROOT, Launch, Running, serving
from tests.support import free_port

HERE = Path(__file__).parent

_NOT_COPIED = {"bench", "docs", "tests", "secret.key"}
_SECRETS = shutil.ignore_patterns("secrets.toml", "*.key", "__pycache__")

_FILL = """

def _fill_for_the_bench() -> None:
    import os

    from cryptography.fernet import Fernet

    fernet, count = Fernet(os.environ["BENCH_KEY"]), int(os.environ["BENCH_PREFILL"])
    make = InMemoryMessageStore.__init__

    def make_filled(self: InMemoryMessageStore, *args: object, **settings: object) -> None:
        make(self, *args, **settings)
        for number in range(count):
            self.append("demo", "AB"[number % 2], fernet.encrypt(b"x" * 50).decode())

    InMemoryMessageStore.__init__ = make_filled


_fill_for_the_bench()
"""
"""What a copy of the app gets, so that messages stand in its room from the start."""

_ROOMS = """

_conversation_of_demo = conversation
_more_rooms: dict[str, Conversation] = {}


def room_for_the_bench(name: str) -> Conversation:
    demo = _conversation_of_demo()
    if name == demo.room:
        return demo
    with _lock:
        if name not in _more_rooms:
            _more_rooms[name] = Conversation(InMemoryMessageStore(), demo.keyring, room=name)
        return _more_rooms[name]


def conversation() -> Conversation:
    return room_for_the_bench(st.query_params.get("room", "demo"))
"""
"""What a copy of the app gets, so that `?room=` in the address of a page opens a room of its own.

The app itself has one room. A class in pairs needs many, each as the app makes its one: the same objects,
pages and feed. Only how they are found is added.
"""

_FEED_OF_ROOMS = """

def _room(name: str, ticket: str) -> Access | None:
    return OpenRoom(state.room_for_the_bench(name))
"""
"""What a copy of the app gets, so that its feed finds these rooms."""

_LIMIT = """

import os as _os

SEND_COUNT = int(_os.environ.get("BENCH_SEND_COUNT", SEND_COUNT))
"""
"""What a copy of the app gets, so that a bench can lift the limit of messages in 10 s."""


@dataclass(frozen=True)
class Contender:
    """A chat that is measured.

    Attributes:
        name: Its name in the raw results.
        title: Its name in tables and plots.
        launch: Makes the way to start it, from an empty folder and a port.
        pages: The addresses of User A and User B in a room, with `{room}` in them.
        composer: A CSS selector of the field that a user writes in; `{side}` in it becomes `A` or `B`.
        tokens: A CSS selector of the tokens that a user sees, one element for each message, oldest first;
            `{pane}` in it becomes `a` or `b`.
        protocol: How an open page speaks to it: a name that `bench.sessions` knows; empty if none does.
    """

    name: str
    title: str
    launch: Callable[[Path, int], Launch]
    pages: tuple[str, str]
    composer: str = "[placeholder='Message']"
    tokens: str = ".token"
    protocol: str = ""

    def composer_of(self, side: str) -> str:
        """Return the selector of the field that User A or B writes in."""
        return self.composer.format(side=side)

    def tokens_of(self, side: str) -> str:
        """Return the selector of the tokens that User A or B sees."""
        return self.tokens.format(pane=side.lower())

    @contextmanager
    def running(
        self, key: str, *, messages: int = 0, environ: Mapping[str, str] | None = None
    ) -> Iterator[Running]:
        """Serve it from a folder of its own.

        Args:
            key: The Fernet key that it encrypts with.
            messages: How many messages stand in the room `demo` from the start.
            environ: More settings in its environment.

        Raises:
            BenchError: It does not start.
        """
        port = free_port()
        with TemporaryDirectory(prefix="bench-") as folder:
            launch = self.launch(Path(folder), port)
            settings = {"BENCH_KEY": key, "BENCH_PREFILL": str(messages), "BENCH_PORT": str(port)}
            settings |= {"SECURECHAT_KEY": key, **(environ or {})}
            with serving(self.title, launch, settings, port) as server:
                yield server


def program(name: str) -> Callable[[Path, int], Launch]:
    """Return how to start one of `bench/peers/` that serves itself."""
    return lambda folder, _: Launch((sys.executable, "-m", f"bench.peers.{name}"), folder)


def streamlit_page(name: str) -> Callable[[Path, int], Launch]:
    """Return how to start one of `bench/peers/` that is a Streamlit page, with Streamlit as it comes."""
    return lambda folder, port: _streamlit(HERE / "peers" / f"{name}.py", folder, port)


def tuned_streamlit_page(name: str) -> Callable[[Path, int], Launch]:
    """Return how to start one of `bench/peers/` with Streamlit set up as for SecureChat."""

    def launch(folder: Path, port: int) -> Launch:
        shutil.copytree(ROOT / ".streamlit", folder / ".streamlit", ignore=_SECRETS)
        return streamlit_page(name)(folder, port)

    return launch


def securechat(folder: Path, port: int) -> Launch:
    """Copy the app and return how to start it, as the README does."""
    return _copy(folder, port, {"store.py": _FILL, "conversation.py": _LIMIT})


def securechat_as_it_is(folder: Path, port: int) -> Launch:
    """Copy the app and return how to start it, with nothing added."""
    return _copy(folder, port, {})


def securechat_pairs(folder: Path, port: int) -> Launch:
    """Copy the app and return how to start it, with a room for each pair. Only the copy has them."""
    return _copy(folder, port, {"ui/state.py": _ROOMS, "ui/feed.py": _FEED_OF_ROOMS})


def _copy(folder: Path, port: int, additions: Mapping[str, str]) -> Launch:
    """Copy the app and add to the end of some of its modules."""
    for path in ROOT.iterdir():
        if path.name in _NOT_COPIED or (path.name.startswith(".") and path.name != ".streamlit"):
            continue
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=_SECRETS)
        else:
            shutil.copy(path, folder)
    for name, addition in additions.items():
        with (folder / "securechat" / name).open("a", encoding="utf-8") as module:
            module.write(addition)
    return _streamlit(folder / "app.py", folder, port)


def _streamlit(script: Path, folder: Path, port: int) -> Launch:
    # The last two only keep Streamlit from asking for an e-mail address, and the browser from counting visits
    # at Streamlit's makers: nothing leaves this machine.
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    command += ["--server.showEmailPrompt", "false", "--browser.gatherUsageStats", "false"]
    return Launch(tuple(command), folder)


BARE = Contender(
    name="bare_websocket",
    title="bare WebSocket page",
    launch=program("bare_websocket"),
    pages=("/?room={room}&as=A", "/?room={room}&as=B"),
    protocol="bare",
)
SOCKETIO = Contender(
    name="flask_socketio",
    title="Flask-SocketIO",
    launch=program("socketio_chat"),
    pages=("/?room={room}&as=A", "/?room={room}&as=B"),
)
NICEGUI = Contender(
    name="nicegui",
    title="NiceGUI chat",
    launch=program("nicegui_chat"),
    pages=("/?room={room}&sender=A", "/?room={room}&sender=B"),
    tokens=".q-message-text-content > div:first-child",
    protocol="nicegui",
)
PLAIN = Contender(
    name="plain_streamlit",
    title="plain Streamlit app",
    launch=streamlit_page("plain_streamlit"),
    pages=("/?room={room}&as=A", "/?room={room}&as=B"),
    tokens="[data-testid='stChatMessage'] [data-testid='stText']",
    protocol="streamlit",
)
TRIGGER = Contender(
    name="streamlit_trigger",
    title="Streamlit trigger + WebSocket",
    launch=tuned_streamlit_page("streamlit_trigger"),
    pages=("/?room={room}&as=A", "/?room={room}&as=B"),
)
ONE_LINE = Contender(
    name="one_line",
    title="Streamlit page with one line",
    launch=tuned_streamlit_page("one_line"),
    pages=("/", "/"),
    protocol="streamlit",
)
SECURECHAT = Contender(
    name="securechat",
    title="SecureChat",
    launch=securechat,
    pages=("/?as=A", "/?as=B"),
    composer="[placeholder='Message as User {side}']",
    tokens=".st-key-pane_{pane} .sc-message .sc-token",
    protocol="securechat",
)
SECURECHAT_PAIRS = replace(
    SECURECHAT, launch=securechat_pairs, pages=("/?room={room}&as=A", "/?room={room}&as=B")
)
CLASSROOM = Contender(
    name="classroom",
    title="SecureChat, a class",
    launch=securechat_as_it_is,
    pages=("/?class={room}", "/?class={room}"),
    protocol="pupil",
)

PEERS = (BARE, SOCKETIO, NICEGUI, PLAIN, TRIGGER)
"""What people would otherwise use, the floor first, and at the end what any page of Streamlit costs."""

CLASS = (BARE, NICEGUI, PLAIN, SECURECHAT_PAIRS)
"""Those that can have many rooms at once."""
