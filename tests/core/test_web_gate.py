"""What every request passes before anybody looks at it, as an ASGI server would hand it over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.types import Message, Receive, Scope, Send

from securechat.frames import MAX_BYTES
from securechat.live.listener import FRAME_LIMIT
from securechat.web import Gate, Origins, gate
from securechat.web.pace import BYTES_PER_FRAME, FRAMES_AT_ONCE, FRAMES_PER_SECOND, PATIENCE_SECONDS, Pace
from tests.core.asgi import knock, run

OWN = [(b"host", b"chat.example")]
FRAME: Message = {"type": "websocket.receive", "bytes": b"frame"}
GONE: Message = {"type": "websocket.disconnect", "code": 1005}


class Inside:
    """An application behind the gate: it takes what comes until nothing more does.

    Attributes:
        scopes: What it was asked.
        taken: The frames that it was given, and how it was told of the end.
    """

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.taken: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take all."""
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"inside"})
            return
        await send({"type": "websocket.accept"})
        while not self.taken or self.taken[-1]["type"] != "websocket.disconnect":
            self.taken.append(await receive())
        await send({"type": "websocket.send", "text": "too late, or not"})


def socket(path: str = "/_stcore/stream", headers: list[tuple[bytes, bytes]] | None = None) -> Scope:
    """Return what a server says of a WebSocket that somebody wants."""
    extensions: dict[str, object] = {"websocket.http.response": {}}
    return {
        "type": "websocket",
        "path": path,
        "query_string": b"",
        "headers": headers or OWN,
        "extensions": extensions,
    }


def frames_taken(inside: Inside) -> int:
    """Return how many frames came through."""
    return sum(message["type"] == "websocket.receive" for message in inside.taken)


@pytest.mark.parametrize("path", ["/_stcore/stream", "/school/_stcore/stream", "/api/rooms/demo/live"])
@pytest.mark.parametrize(
    "origin", [b"null", b"https://evil.example", b"http://chat.example:8501", b"http://[::1"]
)
def test_foreign_pages_get_no_socket(path: str, origin: bytes) -> None:
    """Not to Streamlit, which would look the server up on the internet, nor to the feed: 403 at once."""
    inside = Inside()
    assert knock(Gate(inside), socket(path, [*OWN, (b"origin", origin)])) == [{"type": "websocket.close"}]
    assert inside.scopes == []


@pytest.mark.parametrize(
    ("origin", "seen"),
    [(b"https://chat.example", [b"https://chat.example"]), (b"https://school.example", [])],
)
def test_streamlit_is_not_asked_about_origins(origin: bytes, seen: list[bytes]) -> None:
    """Of a page that is allowed but not its own, it would first ask the internet for the server's address."""
    inside = Inside()
    app = Gate(inside, origins=lambda: Origins.of(["https://school.example"]))
    knock(app, socket(headers=[*OWN, (b"origin", origin)]), GONE)
    assert [value for name, value in inside.scopes[0]["headers"] if name == b"origin"] == seen


@pytest.mark.parametrize("path", ["/", "/static/a.js", "/_stcore/stream", "/api/rooms/demo/live"])
def test_under_a_foreign_name_there_is_nothing(path: str) -> None:
    """Streamlit's addresses and ours alike, where the names of the server are set."""
    inside = Inside()
    app = Gate(inside, origins=lambda: Origins.of(hosts=["chat.example"]))
    foreign = [(b"host", b"evil.example"), (b"origin", b"http://evil.example")]
    assert knock(app, socket(path, foreign)) == [{"type": "websocket.close"}]
    page: Scope = {"type": "http", "method": "GET", "path": path, "headers": foreign}
    assert knock(app, page)[0]["status"] == 403
    assert inside.scopes == []
    assert knock(app, {**page, "headers": OWN})[0]["status"] == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/school/api/health", 200), ("/api/health", 403), ("/x/school/api/health", 403)],
)
def test_health_is_told_under_any_name(path: str, status: int) -> None:
    """What watches over a server often knows its number alone. No other address counts that ends like it."""
    rule = Origins.of(hosts=["chat.example"])
    app = Gate(Inside(), origins=lambda: rule, health=["/school/api/health"])
    page: Scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", b"10.0.0.7:8501")]}
    assert knock(app, page)[0]["status"] == status


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize(
    "path", ["/_stcore/upload_file/session/file", "/x/_stcore/upload_file/a/b", "/", "/any"]
)
def test_nothing_can_be_brought_along(method: str, path: str) -> None:
    """No address takes a file or a form, and none of it is read."""
    inside = Inside()
    page: Scope = {"type": "http", "method": method, "path": path, "headers": OWN}
    assert knock(Gate(inside), page)[0]["status"] == 403
    assert inside.scopes == []


def test_what_nobody_needs_is_not_there() -> None:
    """It is not asked at all: the answer is that of an empty place. All else is let through."""
    inside = Inside()
    app = Gate(inside, is_open=lambda path: path != "/closed")
    page: Scope = {"type": "http", "method": "GET", "path": "/closed", "headers": OWN}
    assert knock(app, page)[0]["status"] == 404
    assert inside.scopes == []
    assert knock(app, {**page, "path": "/open"})[0]["status"] == 200


def test_there_is_a_last_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number that no class needs, further ones are told to come later, until one is closed."""
    monkeypatch.setattr(gate, "MAX_SOCKETS", 1)
    refused: list[Message] = []

    class Meanwhile(Inside):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            async def keep(message: Message) -> None:
                refused.append(message)

            if not refused:
                await app(socket(), receive, keep)
            await super().__call__(scope, receive, send)

    app = Gate(Meanwhile())
    assert knock(app, socket(), GONE)[0] == {"type": "websocket.accept"}
    assert refused[0]["status"] == 503
    assert knock(app, socket(), GONE)[0] == {"type": "websocket.accept"}


@pytest.mark.parametrize("path", ["/_stcore/stream", "/_stcore/stream\n", "/another/way/to/it"])
def test_only_what_pages_send_reaches_streamlit(path: str) -> None:
    """The rest is dropped, and the connection stays. What the feed gets is looked at by the feed."""
    inside, feed = Inside(), Inside()
    other: Message = {**FRAME, "bytes": b"other"}

    def is_needed(frame: bytes) -> bool:
        return frame == b"frame"

    knock(Gate(inside, is_needed=is_needed), socket(path), other, FRAME, other, GONE)
    assert inside.taken == [FRAME, GONE]
    knock(Gate(feed, is_needed=is_needed), socket("/api/rooms/demo/live"), other, FRAME, GONE)
    assert feed.taken == [other, FRAME, GONE]


def test_a_text_frame_ends_a_socket_to_streamlit() -> None:
    """Streamlit would write a traceback into the log for each. What it says afterwards goes nowhere."""
    inside = Inside()
    answers = knock(Gate(inside), socket(), {"type": "websocket.receive", "text": "hello", "bytes": None})
    assert [message["type"] for message in answers] == ["websocket.accept", "websocket.close"]
    assert answers[-1]["code"] == 1003
    assert frames_taken(inside) == 0


def test_a_flood_is_slowed_down_and_then_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames that come without end are taken at the pace of the socket, and not for ever."""
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(gate, "Pace", lambda: Pace(lambda: now))
    inside = Inside()
    answers = knock(Gate(inside), socket(), *[FRAME] * 10_000)
    assert answers[-1]["code"] == 1008
    assert inside.taken[-1] == {**answers[-1], "type": "websocket.disconnect"}
    assert now == pytest.approx(PATIENCE_SECONDS, abs=1)
    assert frames_taken(inside) == pytest.approx(
        PATIENCE_SECONDS * FRAMES_PER_SECOND + FRAMES_AT_ONCE, abs=100
    )


def test_the_feed_has_a_pace_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to it passes straight through: the feed lets go sooner who says too much."""
    monkeypatch.setattr(gate, "Pace", None)
    inside = Inside()
    knock(Gate(inside), socket("/api/rooms/demo/live"), *[FRAME] * 1_000, GONE)
    assert frames_taken(inside) == 1_000
    frames, seconds = FRAME_LIMIT
    assert frames / seconds < FRAMES_PER_SECOND
    assert frames * MAX_BYTES / seconds < FRAMES_PER_SECOND * BYTES_PER_FRAME


def test_long_frames_count_as_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """To read one takes as long as it is, and everybody waits meanwhile. One alone is not held up."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(gate, "Pace", lambda: Pace(lambda: 0.0))
    long: Message = {**FRAME, "bytes": bytes(10**6)}
    knock(Gate(Inside()), socket(), long, *[long] * 10, GONE)
    assert waits[0] == 0.0
    assert waits[-1] > 10


class TestPace:
    """A socket that is within its pace is never held up."""

    @pytest.fixture
    def clock(self) -> Callable[[float], None]:
        """Let time pass."""
        self.now = 0.0

        def later(seconds: float) -> None:
            self.now += seconds

        return later

    def test_a_page_that_polls_is_never_held_up(self, clock: Callable[[float], None]) -> None:
        """Half the pace, for minutes, after a burst."""
        own = Pace(lambda: self.now)
        assert {own.take() for _ in range(FRAMES_AT_ONCE - 1)} == {0.0}
        for _ in range(FRAMES_PER_SECOND * 60):
            clock(2 / FRAMES_PER_SECOND)
            assert own.take() == 0.0

    def test_what_is_too_much_waits_as_long_as_it_is_too_much(self, clock: Callable[[float], None]) -> None:
        """Each frame beyond the burst waits for one more interval; a pause makes up for it."""
        own = Pace(lambda: self.now)
        waits = [own.take() for _ in range(FRAMES_AT_ONCE + 3)]
        assert waits[-3:] == pytest.approx([n / FRAMES_PER_SECOND for n in (1, 2, 3)])
        clock(FRAMES_AT_ONCE / FRAMES_PER_SECOND + 1)
        assert own.take() == 0.0

    def test_patience_begins_anew_after_a_pause(self, clock: Callable[[float], None]) -> None:
        """Only who is ahead without a break for all of that time is not listened to any more."""
        own = Pace(lambda: self.now)
        for _ in range(3):
            end = self.now + PATIENCE_SECONDS - 1
            while self.now < end:
                wait = own.take()
                assert wait is not None
                clock(wait)
            clock(FRAMES_AT_ONCE)
            assert own.take() == 0.0


class TestWhatBrowsersAreTold:
    """Every answer has headers that bound what a browser makes of it."""

    def ask(
        self, kind: bytes, *headers: tuple[bytes, bytes], origins: Origins | None = None
    ) -> dict[str, str]:
        """Return the headers of an answer of that kind."""
        said = [(b"content-type", kind), *headers]

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": said})
            await send({"type": "http.response.body", "body": b""})

        page: Scope = {"type": "http", "method": "GET", "path": "/", "headers": OWN}
        answers = knock(Gate(app, origins=lambda: origins or Origins()), page)
        assert said == [(b"content-type", kind), *headers], "what is kept for others stays as it is"
        return {name.decode(): value.decode() for name, value in answers[0]["headers"]}

    def test_a_page(self) -> None:
        """Its kind is not guessed, its address is told to no other site, and no other site frames it."""
        assert self.ask(b"text/html; charset=utf-8") == {
            "content-type": "text/html; charset=utf-8",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "content-security-policy": "frame-ancestors 'self'",
        }

    def test_what_is_no_page(self) -> None:
        """Its kind is not guessed; nobody can frame it to any use."""
        assert set(self.ask(b"text/javascript")) == {"content-type", "x-content-type-options"}

    def test_where_all_may_frame_it(self) -> None:
        """Where all origins are allowed, nothing is said of frames."""
        assert "content-security-policy" not in self.ask(b"text/html", origins=Origins.of(["*"]))

    def test_what_is_said_already_stays(self) -> None:
        """A policy of the application holds beside this one."""
        said = self.ask(b"text/html", (b"referrer-policy", b"no-referrer"))
        assert said["referrer-policy"] == "no-referrer"


def test_the_rule_is_found_before_anybody_comes() -> None:
    """Once, when the server starts, and not in its event loop: files are looked at for it."""
    found: list[threading.Thread] = []

    def find() -> Origins:
        found.append(threading.current_thread())
        return Origins.of(hosts=["chat.example"])

    app = Gate(Inside(), origins=find)
    page: Scope = {"type": "http", "method": "GET", "path": "/", "headers": OWN}

    async def live() -> threading.Thread:
        for scope in ({"type": "lifespan"}, page, page):
            await app(scope, gone, ignore)
        return threading.current_thread()

    async def gone() -> Message:
        return GONE

    async def ignore(_: Message) -> None:
        pass

    loop = run(live())
    assert len(found) == 1
    assert found[0] is not loop


def test_a_rule_that_could_not_be_read_is_looked_for_again() -> None:
    """Once the secrets are put right, the address that they name may connect, without another start."""
    rules = [replace(Origins(), lasts=False), Origins.of(["https://school.example"])]
    app = Gate(Inside(), origins=lambda: rules.pop(0))
    foreign = socket("/api/rooms/demo/live", [*OWN, (b"origin", b"https://school.example")])
    assert knock(app, foreign) == [{"type": "websocket.close"}]
    assert knock(app, foreign, GONE) != [{"type": "websocket.close"}]
    assert knock(app, foreign, GONE) != [{"type": "websocket.close"}]  # and is kept: there is no third one


def test_the_servers_start_passes() -> None:
    """The server's own start and end are none of its business."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    assert knock(Gate(app), {"type": "lifespan"}) == []
    assert seen == [{"type": "lifespan"}]
