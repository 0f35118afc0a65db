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


@dataclass(frozen=True)
class Contender:
    """A chat that is measured.

    Attributes:
        name: Its name in the raw results.
        title: Its name in tables and plots.
        launch: Makes the way to start it, from an empty folder and a port.
        pages: The addresses of User A and User B in a room, with `{room}` or `{key}` in them.
        composer: A CSS selector of the field that a user writes in; `{side}` in it becomes `A` or `B`.
        tokens: A CSS selector of the tokens that a user sees, one element for each message, oldest first;
            `{pane}` in it becomes `a` or `b`.
        protocol: How an open page speaks to it: a name that `bench.sessions` knows; empty if none does.
        door: A CSS selector of the button that has to be pressed before one can write; empty if none has.
        before: JavaScript that runs before any script of the page.
        start: What the text of an element of `tokens` begins with, once it is drawn to its end.
        keeps: Whether as many messages can be there from the start as are asked for.
    """

    name: str
    title: str
    launch: Callable[[Path, int], Launch]
    pages: tuple[str, str]
    composer: str = "[placeholder='Message']"
    tokens: str = ".token"
    protocol: str = ""
    door: str = ""
    before: str = ""
    start: str = "gAAAA"
    keeps: bool = True

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


def securechat(*arguments: str) -> Callable[[Path, int], Launch]:
    """Return how to start the app with what the bench adds: see `bench/served.py`."""

    def launch(folder: Path, port: int) -> Launch:
        shutil.copytree(ROOT / ".streamlit", folder / ".streamlit", ignore=_SECRETS)
        return _streamlit(HERE / "served.py", folder, port, *arguments)

    return launch


def securechat_in(app: Path) -> Callable[[Path, int], Launch]:
    """Return how to start a copy of the app in a folder, another version of it for instance, as it is."""

    def launch(folder: Path, port: int) -> Launch:
        for path in app.iterdir():
            if path.name in _NOT_COPIED or (path.name.startswith(".") and path.name != ".streamlit"):
                continue
            if path.is_dir():
                shutil.copytree(path, folder / path.name, ignore=_SECRETS)
            else:
                shutil.copy(path, folder)
        return _streamlit(folder / "app.py", folder, port)

    return launch


def frugal(launch: Callable[[Path, int], Launch], descriptors: int) -> Callable[[Path, int], Launch]:
    """Return how to start the same with few descriptors, which it may raise up to the hard limit."""

    def start(folder: Path, port: int) -> Launch:
        there = launch(folder, port)
        limit = f'ulimit -Sn {descriptors} && exec "$@"'
        return replace(there, command=("sh", "-c", limit, "sh", *there.command))

    return start


def _streamlit(script: Path, folder: Path, port: int, *arguments: str) -> Launch:
    # The last two only keep Streamlit from asking for an e-mail address, and the browser from counting visits
    # at Streamlit's makers: nothing leaves this machine.
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    command += ["--server.showEmailPrompt", "false", "--browser.gatherUsageStats", "false"]
    return Launch((*command, "--", *arguments), folder)


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
    launch=securechat(),
    pages=("/?as=A", "/?as=B"),
    composer="[placeholder='Message as User {side}']",
    tokens=".sc-message .sc-token",
    protocol="securechat",
)
SECURECHAT_PAIRS = replace(
    SECURECHAT, launch=securechat("rooms"), pages=("/?room={room}&as=A", "/?room={room}&as=B")
)
SEALED = replace(
    SECURECHAT,
    name="sealed",
    title="sealed room, by WebCrypto",
    pages=("/sealed#key={key}", "/sealed#key={key}"),
    composer="#text",
    tokens="#list .text",  # the token is drawn after the text that one reads
    protocol="",
    door="#start button[type='submit']",
    start="message",
    keeps=False,
)
SEALED_PLAIN = replace(
    SEALED,
    name="sealed_plain",
    title="sealed room, by plain JavaScript",
    before="Object.defineProperty(crypto, 'subtle', { value: undefined });",
)
CLASSROOM = Contender(
    name="classroom",
    title="SecureChat, a class",
    launch=securechat_in(ROOT),
    pages=("/?class={room}", "/?class={room}"),
    protocol="pupil",
)

PEERS = (BARE, SOCKETIO, NICEGUI, PLAIN, TRIGGER)
"""What people would otherwise use, the floor first, and at the end what any page of Streamlit costs."""

CLASS = (BARE, NICEGUI, PLAIN, SECURECHAT_PAIRS)
"""Those that can have many rooms at once."""
