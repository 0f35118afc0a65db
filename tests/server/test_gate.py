"""What the real server refuses before Streamlit, or the app, looks at it."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from securechat.ui.middleware import MAX_WIDGETS, stack
from tests.raw_session import raw_session
from tests.support import Server, running_server

StartServer = Callable[..., Server]
SOCKETS = ("_stcore/stream", "api/rooms/demo/live")
LOOKED_UP = "external IP"
"""What Streamlit writes into its log where it has asked the internet for its address in vain."""


@pytest.fixture(scope="module", params=["", "school"])
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, without and with a base path; other pages may connect that the settings name."""
    settings = {
        "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": "https://pages.example",
        "SECURECHAT_PUBLIC_URL": "https://chat.example/school",
    }
    with running_server(tmp_path_factory.mktemp("gate"), settings, base_path=request.param) as server:
        yield server


def connected(
    server: Server, path: str, *, origin: str | None = None, host: str | None = None
) -> ClientConnection:
    """Open a WebSocket to the server, as a page of that origin would, that knows the server by that name."""
    parts = urlsplit(server.url)
    address = f"ws://{host or parts.netloc}{parts.path}/{path}"
    headers = {} if origin is None else {"Origin": origin}
    return connect(
        address,
        additional_headers=headers,
        subprotocols=[Subprotocol("streamlit")] if "stream" in path else None,
        proxy=None,
        open_timeout=30,
        sock=socket.create_connection((parts.hostname, parts.port)),
    )


def close_code(connection: ClientConnection) -> int | None:
    """Read until the server closes, and return its code."""
    try:
        while True:
            connection.recv(timeout=60)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def status(server: Server, path: str, *, method: str = "GET", host: str | None = None) -> int:
    """Return the status of an answer over HTTP."""
    headers = {"Host": host} if host else {}
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{server.url}/{path}", b"x" * 1000 if method != "GET" else None, headers, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize(
    "origin",
    [
        *("null", "https://evil.example", "http://{name}", "http://{name}:1", "http://localhost:1"),
        *("http://{host}.evil.example", "http://[::1", "https://pages.example.evil.example"),
    ],
)
def test_foreign_pages_cannot_connect(at: Server, path: str, origin: str) -> None:
    """To Streamlit's socket as little as to the feed: 403, and nothing is looked up for it."""
    here = urlsplit(at.url)
    with pytest.raises(InvalidStatus) as refused:
        connected(at, path, origin=origin.format(host=here.netloc, name=here.hostname))
    assert refused.value.response.status_code == 403
    assert LOOKED_UP not in at.log.read_text()


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize("origin", [None, "http://{host}", "https://pages.example", "https://chat.example"])
def test_pages_that_are_meant_can(at: Server, path: str, origin: str | None) -> None:
    """The app's own, those that the settings name, and clients that are no pages; nothing is looked up."""
    with connected(at, path, origin=origin and origin.format(host=urlsplit(at.url).netloc)) as there:
        there.send(BackMsg(rerun_script=ClientState()).SerializeToString() if "stream" in path else "{}")
        assert there.recv(timeout=30)
    assert LOOKED_UP not in at.log.read_text()


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_nothing_can_be_uploaded(at: Server, method: str) -> None:
    """Also by who has a session: no page has a use for it, and the memory is not theirs to fill."""
    with raw_session(at.url) as page:
        session = next(m.new_session.initialize for m in page.run() if m.HasField("new_session")).session_id
        assert status(at, f"_stcore/upload_file/{session}/any", method=method) == 403
    assert status(at, "", method=method) == 403
    assert status(at, "_stcore/health") == 200


@pytest.mark.parametrize(
    "path",
    [
        *("_stcore/metrics", "_stcore/metrics?families=session_events", "_stcore/metrics%0A"),
        *("_stcore/script-health-check", "_stcore/upload_file/session/any", "_stcore/any"),
        *("_stcore/agent/openapi.json", "_stcore/agent/interact", "_stcore/agent/mcp", "_stcore/health/x"),
        *("oauth2callback", "oauth2callback?code=x", "oauth2callback%0A", "auth/login", "auth/logout"),
    ],
)
def test_what_no_page_needs_is_not_there(at: Server, path: str) -> None:
    """Streamlit would tell anybody how many are here, run the app for them, or begin to sign them in."""
    assert status(at, path) == 404


@pytest.mark.parametrize("path", ["", "inspector", "_stcore/health", "_stcore/host-config", "api/health"])
def test_what_pages_and_guards_need_is_there(at: Server, path: str) -> None:
    """Pages, what Streamlit's scripts ask first, and what those ask who watch over the server."""
    assert status(at, path) == 200


@pytest.mark.parametrize("path", ["_stcore/stream", "_stcore/stream%0A"])
def test_only_what_pages_ask_for_is_answered(at: Server, path: str) -> None:
    """Streamlit would tell anybody the names of files that are not committed, and take its time for it."""
    links = BackMsg()
    links.file_urls_request.file_names.append("any.txt")
    with connected(at, path) as there:
        for request in (BackMsg(load_git_info=True), links):
            there.send(request.SerializeToString())
        there.send(BackMsg(set_run_on_save=True).SerializeToString())
        there.send(BackMsg(rerun_script=ClientState()).SerializeToString())
        kinds = []
        while "script_finished" not in kinds:
            message = ForwardMsg()
            message.ParseFromString(bytes(there.recv(timeout=30)))  # type: ignore[arg-type]
            kinds.append(message.WhichOneof("type"))
    assert not {"git_info_changed", "file_urls_response"} & set(kinds)


@pytest.mark.parametrize(("widgets", "is_needed"), [(MAX_WIDGETS, True), (MAX_WIDGETS + 1, False)])
def test_nobody_has_a_crowd_of_widgets(widgets: int, is_needed: bool) -> None:
    """Streamlit looks at each, while everybody waits: half a million of them keep the server for seconds."""
    crowd = BackMsg()
    crowd.rerun_script.widget_states.widgets.extend([WidgetState()] * widgets)
    rule: Any = stack()[0].kwargs["is_needed"]
    assert rule(crowd.SerializeToString()) is is_needed


@pytest.mark.parametrize("size", [1_000_000, 19_000_000])
def test_giant_states_end_their_connection(at: Server, size: int) -> None:
    """Thousands of names that no page has: closed with 1009 before anybody reads them."""
    widget = WidgetState(id="x" * 10, trigger_value=True)
    request = BackMsg()
    request.rerun_script.widget_states.widgets.extend([widget] * (size // 16 + 1))
    with connected(at, "_stcore/stream") as there:
        there.send(request.SerializeToString())
        assert close_code(there) == 1009


def test_a_text_frame_leaves_no_traceback(at: Server) -> None:
    """It ends the connection; the log is not for visitors to fill."""
    with connected(at, "_stcore/stream") as there:
        there.send("hello")
        assert close_code(there) == 1003
    assert "Traceback" not in at.log.read_text()


def test_pages_are_not_framed_or_guessed(at: Server) -> None:
    """No other site puts a page of this one under a layer of its own; Streamlit's hosting may frame it."""
    with urllib.request.urlopen(f"{at.url}/", timeout=30) as page:  # noqa: S310 - our own server
        headers = page.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    ancestors = headers["Content-Security-Policy"].removeprefix("frame-ancestors ").split()
    assert ancestors[:3] == ["'self'", "https://chat.example", "https://pages.example"]
    assert "https://*.streamlit.app" in ancestors
    assert "*" not in ancestors


@pytest.mark.parametrize("base_path", ["", "school"])
def test_a_server_with_names_answers_under_no_other(tmp_path: Path, base_path: str) -> None:
    """A foreign name that leads to this server's address gets neither pages nor sockets; health is told."""
    settings = {"STREAMLIT_SERVER_ALLOWED_HOSTS": "127.0.0.1"}
    with running_server(tmp_path, settings, base_path=base_path) as server:
        for path in SOCKETS:
            with pytest.raises(InvalidStatus) as refused:
                connected(server, path, host="evil.example", origin="http://evil.example")
            assert refused.value.response.status_code == 403
            with connected(server, path, origin=f"http://{urlsplit(server.url).netloc}"):
                pass
        assert status(server, "", host="evil.example") == 403
        assert status(server, "static/x.js", host="evil.example") == 403
        assert status(server, "any/api/health", host="evil.example") == 403
        assert status(server, "_stcore/health", host="evil.example") == 200
        assert status(server, "api/health", host="evil.example") == 200
        assert status(server, "") == 200


def test_without_cross_origin_protection_all_may_connect(start_server: StartServer) -> None:
    """`server.enableCORS = false` holds for both sockets; the pages may be framed, too."""
    server = start_server(
        STREAMLIT_SERVER_ENABLE_CORS="false", STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION="false"
    )
    for path in SOCKETS:
        with connected(server, path, origin="https://any.example"):
            pass
    with urllib.request.urlopen(f"{server.url}/", timeout=30) as page:  # noqa: S310 - our own server
        assert "Content-Security-Policy" not in page.headers


def test_the_page_of_an_app_that_cannot_start_is_reached(start_server: StartServer) -> None:
    """Also where the public address leads to it: there stands what is wrong."""
    server = start_server(SECURECHAT_KEY="none", SECURECHAT_PUBLIC_URL="https://chat.example")
    with connected(server, "_stcore/stream", origin="https://chat.example"):
        pass
