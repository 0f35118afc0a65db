"""The live feed of the app as it runs: mounted beside Streamlit, under load, through faults and its end."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from securechat.crypto.keyring import KeyRing
from tests.feed import close_code, feed, receive, receive_until, silent_client, transmit, write
from tests.raw_session import raw_session
from tests.support import CANARY, CANARY_KEY, Server

RING = KeyRing.from_text(CANARY_KEY)
StartServer = Callable[..., Server]


@pytest.fixture
def server(start_server: StartServer) -> Server:
    """A server with an empty room and the key that the tests know."""
    return start_server(SECURECHAT_KEY=CANARY_KEY)


def resident(server: Server) -> int:
    """Return the server's resident memory in KiB."""
    command = ["ps", "-o", "rss=", "-p", str(server.process.pid)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_page_and_feed_are_one_room(server: Server) -> None:
    """What a page sends comes by the feed, what a client sends is on the page; never a plaintext."""
    with feed(server.url) as reader, feed(server.url) as writer, raw_session(server.url) as page:
        page.run()
        page.say("A", CANARY)
        answer = transmit(writer, "B", RING.encrypt(CANARY), "1")
        frames = [*receive_until(reader, "message"), receive(reader), answer]
        drawn = b"".join(message.SerializeToString() for message in page.poll())
    tokens = [frame["token"] for frame in frames if frame["type"] == "message"]
    assert [RING.decrypt(token) for token in tokens] == [CANARY, CANARY]
    assert all(token.encode() in drawn for token in tokens)
    assert CANARY not in str(frames)


def test_a_text_goes_no_further_than_its_token(server: Server) -> None:
    """Written by the feed and by the page, under one name: stored once, and nothing of it is in a log."""
    with feed(server.url) as page, raw_session(server.url) as polling:
        polling.run()
        assert write(page, "A", CANARY, "by the feed")["id"] == 1
        polling.say("A", CANARY, name="by the feed")
        polling.say("A", CANARY, name="by the page")
        assert write(page, "A", CANARY, "by the page")["id"] == 2
        assert write(page, "A", CANARY * 200, "too long")["error"] == "MessageTooLong"
        assert write(page, "C", CANARY, "nobody")["error"] == "InvalidMessage"
        page.send(json.dumps({"type": "write", "text": CANARY}))
        assert CANARY not in str(receive_until(page, "error"))
    with feed(server.url) as reader:
        frames = receive_until(reader, "room")[:-1]
    assert [RING.decrypt(frame["token"]) for frame in frames] == [CANARY, CANARY]
    log = server.log.read_text()
    assert CANARY not in log
    assert "Traceback" not in log


def test_another_hosts_page_cannot_write(server: Server) -> None:
    """A feed without a key can write, so whose page it is matters: a foreign one is not let in."""
    here = urlsplit(server.url).netloc
    for origin in ("https://evil.example", f"http://{here}.evil.example", "null"):
        with pytest.raises(InvalidStatus) as refused:
            feed(server.url, origin=origin)
        assert refused.value.response.status_code == 403
    with feed(server.url, origin=f"http://{here}") as page:
        assert write(page, "A", "from its own page", "1")["type"] == "stored"


def test_a_page_is_sent_no_messages_unless_it_polls(server: Server) -> None:
    """Runs carry none until the browser says that the feed is not reached; then they do, and looks, too."""
    with raw_session(server.url) as page:
        page.run()
        quiet = page.say("A", "hello") + page.run()
        assert b"gAAAAAB" not in b"".join(message.SerializeToString() for message in quiet)
        assert not any(message.delta.new_element.HasField("component_instance") for message in quiet), (
            "no timer"
        )
        assert b"gAAAAAB" in b"".join(message.SerializeToString() for message in page.poll())
        told = page.say("A", "again")
        assert b"".join(message.SerializeToString() for message in told).count(b"gAAAAAB") >= 2
        with feed(server.url) as other:
            assert transmit(other, "B", RING.encrypt("news"), "1")["id"] == 3
        looked = page.tick()
        assert [message["id"] for message in page.data["looked"]["rooms"][0]["messages"]] == [3]
        assert looked
        quiet = page.poll(on=False) + page.run()
        assert b"gAAAAAB" not in b"".join(message.SerializeToString() for message in quiet)


def test_a_broken_key_stops_the_feed(start_server: StartServer) -> None:
    """The app does not start, and neither does its feed; both without quoting the key."""
    server = start_server(SECURECHAT_KEY="broken " + CANARY)
    with pytest.raises(InvalidStatus) as refused:
        feed(server.url)
    assert refused.value.response.status_code == 503
    assert CANARY not in str(refused.value.response.body)
    assert CANARY not in server.log.read_text()


def test_hundreds_come_and_go(server: Server) -> None:
    """Of 300 connections half are dropped without a word: each other one gets the message."""
    with ExitStack() as stack, feed(server.url) as writer:
        sockets = [stack.enter_context(feed(server.url)) for _ in range(300)]
        for dropped in sockets[::2]:
            dropped.socket.close()
        assert transmit(writer, "A", RING.encrypt("hello"), "1")["id"] == 1
        for socket in sockets[1::2]:
            assert receive_until(socket, "message")[-1]["id"] == 1


def test_memory_reaches_a_plateau(server: Server) -> None:
    """1,500 connections that come, get something and go leave the memory as it was after the first 500."""
    measured = []
    with feed(server.url) as writer:
        for batch in range(3):
            transmit(writer, "A", RING.encrypt("x" * 2000), str(batch))
            for _ in range(500):
                with feed(server.url) as socket:
                    receive_until(socket, "room")
            measured.append(resident(server))
    assert measured[-1] - measured[0] < 8 * 1024, measured


def test_sockets_that_never_read_hurt_nobody(server: Server) -> None:
    """The others get every message at once; what waits for the silent ones is bounded."""
    tokens = [RING.encrypt("\U0001f512" * 2000) for _ in range(5)]
    with ExitStack() as stack, feed(server.url) as reader, feed(server.url) as writer:
        receive_until(reader, "room")
        for _ in range(50):
            stack.enter_context(silent_client(server.url))
        before, delays = resident(server), []
        for number in range(1, 41):  # each side may write 20 messages in 10 s
            begun = time.monotonic()
            assert transmit(writer, "AB"[number % 2], tokens[number % 5], str(number))["id"] == number
            assert receive(reader)["id"] == number
            delays.append(time.monotonic() - begun)
        grown = resident(server) - before
    assert sorted(delays)[37] < 1, delays
    assert grown < 40 * 1024, f"{grown} KiB for 50 clients that did not read 40 messages of 11 kB"


def test_pings_notice_a_dead_peer(start_server: StartServer) -> None:
    """A client that is gone without a word answers no ping, and is closed by Streamlit's own keepalive."""
    server = start_server(STREAMLIT_SERVER_WEBSOCKET_PING_INTERVAL="1")
    with silent_client(server.url) as dead:
        dead.settimeout(15)
        begun = time.monotonic()
        while dead.recv(65536):
            pass
        assert time.monotonic() - begun < 10


def test_shutdown_is_clean(server: Server) -> None:
    """On SIGTERM every connection is told that the server restarts, and the server ends within seconds."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(feed(server.url)) for _ in range(30)]
        for socket in sockets:
            receive_until(socket, "room")
        server.process.send_signal(signal.SIGTERM)
        assert {close_code(socket) for socket in sockets} == {1012}
    assert server.process.wait(10) in (0, -signal.SIGTERM)
    assert "Traceback" not in server.log.read_text()


def test_reconnecting_is_exact(server: Server) -> None:
    """Dropped before or after the acknowledgement and sent again: none is lost, none is there twice."""
    for number in range(1, 19):
        token, name = RING.encrypt(f"text {number}"), f"name {number}"
        if number % 3:
            with feed(server.url) as socket:
                frame = {"type": "send", "sender": "A", "token": token, "client_id": name}
                socket.send(json.dumps(frame))
                if number % 3 == 2:
                    receive_until(socket, "stored")
                socket.socket.close()
        with feed(server.url) as socket:
            assert transmit(socket, "A", token, name)["type"] == "stored"
    with feed(server.url) as reader:
        frames = receive_until(reader, "room")[:-1]
    assert [RING.decrypt(frame["token"]) for frame in frames] == [f"text {n}" for n in range(1, 19)]
    assert [frame["id"] for frame in frames] == list(range(1, 19))
