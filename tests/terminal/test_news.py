"""What a terminal says of its connection: who one is, who is here, what waits, and what to check."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.websockets import WebSocket

from securechat.crypto.keyring import FernetKey
from securechat.errors import InvalidSetting
from securechat.sealed.key import room_of
from securechat.terminal.address import read_address
from securechat.terminal.connection_notes import ConnectionNotes
from tests.sealed_relay import FakeRoom, Frame, SealedRelay, sealed_relay
from tests.terminal.conftest import Join
from tests.terminals import PATIENCE, Terminal, environment, program, terminal

Host = Callable[..., Terminal]


def test_who_one_is_is_said_when_it_is_so(host: Host, key_file: Path, key: FernetKey, port: int) -> None:
    """Not before there is a connection. Who waits long is told once what to check; it is tried on."""
    with terminal("join", f"127.0.0.1:{port}", "--key-file", str(key_file), "--name", "Ann") as ann:
        ann.wait_for(f"Connecting to http://127.0.0.1:{port}.")
        ann.wait_for(f"No answer from http://127.0.0.1:{port} (Connection refused). Trying again.")
        ann.wait_for("Still no answer. Are the address and its port right?")
        assert "You are" not in ann.shown
        host()
        ann.wait_for(f"You are Ann, in the room {room_of(key)}.")
        ann.wait_for("connected.")


def test_what_is_said_while_there_is_no_connection() -> None:
    """Once each, whatever the reason: after some tries or some seconds, and anew after a connection."""
    said: list[str] = []
    now = [0.0]
    notes = ConnectionNotes(read_address("10.0.0.1"), said.append, clock=lambda: now[0])
    refused = ConnectionRefusedError(111, "Connect call failed ('10.0.0.1', 8502)")
    for _ in range(9):
        notes.failed(refused)
    assert said[0] == (
        "No answer from http://10.0.0.1:8502 (Connection refused). You gave no port. Did you mean "
        "http://10.0.0.1:8501? Trying again."
    )
    assert [each.partition("?")[0] for each in said[1:]] == [
        "Still no answer. Are the address and its port right"
    ]
    notes.connected()
    said.clear()
    for _ in range(2):
        notes.failed(TimeoutError())
        now[0] += 10
    notes.failed(TimeoutError())
    assert said[0].startswith("The connection is lost.")
    assert [each.partition("?")[0] for each in said[1:]] == ["Still no connection. Does the server still run"]
    notes.connected()
    assert said[-1] == "Connected again."
    notes.failed(refused)
    assert said[-1].startswith("The connection is lost.")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("10.0.0.1", "You gave no port. Did you mean http://10.0.0.1:8501? "),
        ("http://10.0.0.1", "You gave no port. Did you mean http://10.0.0.1:8502 or http://10.0.0.1:8501? "),
        ("http://10.0.0.1:80", ""),
        ("chat.example/school", "You gave no port. Did you mean https://chat.example/school? "),
        ("https://chat.example", ""),
    ],
)
def test_another_port_is_asked_about(typed: str, asked: str) -> None:
    """Where none was given: that of a relay or of the app in the same network, that of https elsewhere."""
    said: list[str] = []
    address = read_address(typed)
    ConnectionNotes(address, said.append).failed(ConnectionRefusedError(111, "no"))
    assert said == [f"No answer from {address.url} (Connection refused). {asked}Trying again."]


@pytest.mark.parametrize(
    ("address", "status", "remedy"),
    [
        ("http://10.0.0.1:8502/school", 404, "Did you mean http://10.0.0.1:8502?"),
        ("http://10.0.0.1:8502", 404, "Ask for the address again: `host` prints it."),
        ("http://10.0.0.1:443", 400, "Perhaps it wants https://10.0.0.1."),
    ],
)
def test_what_is_no_such_server_is_said(address: str, status: int, remedy: str) -> None:
    """With what may be meant; what may be otherwise a little later is tried again."""
    said: list[str] = []
    notes = ConnectionNotes(read_address(address), said.append)
    with pytest.raises(InvalidSetting) as refused:
        notes.answered(status)
    assert str(refused.value).endswith(remedy)
    notes.answered(503)
    assert said[0].startswith(f"No answer from {address} (it says 503).")


def test_who_is_here_is_told_again_after_a_break(key_file: Path) -> None:
    """Also where it is as many as before."""
    with sealed_relay() as relay, terminal("join", relay.url, "--key-file", str(key_file)) as ann:
        ann.wait_for("Nobody else is connected.")
        ann.wait_for("Compare the room's name")
        relay.disconnect()
        ann.wait_for("Connected again.")
        ann.wait_for("Nobody else is connected.")
        assert ann.shown.count("Compare the room's name") == 1


def test_who_is_alone_is_told_what_to_compare(host: Host, join: Join, key: FernetKey) -> None:
    """The beginning of the room's name, as the page shows it; not where others have been heard of."""
    host()
    ann = join("Ann")
    ann.wait_for(
        f"Do the others have the same key? Compare the room's name with theirs: {room_of(key)[:15]}…"
    )
    bob = join("Bob")
    ann.wait_for("Bob is here.")
    bob.wait_for("Ann is here.")
    assert ann.end() == 0
    bob.wait_for("Nobody else is connected.")
    bob.type("still\r")
    bob.wait_for("Bob: still")
    assert "Compare the room" not in bob.shown


def test_a_text_that_waits_is_marked(host: Host, join: Join) -> None:
    """Until there is a connection; then it is said that it is sent. No other text is marked."""
    first = host()
    ann, bob = join("Ann"), join("Bob")
    ann.type("before\r")
    bob.wait_for("Ann: before")
    assert "(not sent yet)" not in ann.shown
    os.kill(first.process.pid, signal.SIGKILL)
    ann.wait_for("The connection is lost.")
    ann.type("one\r")
    ann.wait_for("Ann: one")
    ann.wait_for("(not sent yet)")
    ann.type("two\r")
    ann.wait_for("(not sent yet)")
    host()
    ann.wait_for("2 texts that waited are sent.")
    bob.wait_for("Ann: two")
    ann.type("after\r")
    bob.wait_for("Ann: after")
    assert ann.shown.count("(not sent yet)") == 2
    assert ann.shown.count("that waited") == 1


def pipe(text: str, address: str, key_file: Path) -> subprocess.CompletedProcess[str]:
    """Run `join` in a pipe."""
    return subprocess.run(
        program("join", address, "--key-file", str(key_file)),
        input=text,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
        start_new_session=True,
    )


def test_a_pipe_says_how_many_it_has_sent(host: Host, port: int, key_file: Path) -> None:
    """When the server has them, where errors go: what it reads stays clean."""
    host()
    for text, said in (("hi\n", "1 text sent."), ("one\n\ntwo\n", "2 texts sent."), ("", "0 texts sent.")):
        done = pipe(text, f"127.0.0.1:{port}", key_file)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.splitlines()[-1] == said
        assert "that waited" not in done.stderr


@pytest.mark.parametrize("number", [1, 2])
def test_what_a_server_only_says_to_have_is_not_counted(key_file: Path, number: int) -> None:
    """Whether it shows something else in its place, or nothing at all."""
    with sealed_relay() as relay:
        assert pipe("first\n", relay.url, key_file).returncode == 0

        async def lie(_: SealedRelay, room: FakeRoom, websocket: WebSocket, frame: Frame) -> None:
            await websocket.send_json({"type": "stored", "client_id": frame["client_id"], "id": number})

        relay.take = lie
        done = pipe("hi\n", relay.url, key_file)
        assert done.returncode == 1
        assert "0 texts sent." in done.stderr
        assert "did not show it." in done.stderr


def test_a_message_stored_twice_is_shown_once_and_nobody_is_accused(key_file: Path) -> None:
    """Sent again after two hundred others, when no server knows its name any more."""
    arguments = ("--key-file", str(key_file), "--name")
    with (
        sealed_relay() as relay,
        terminal("join", relay.url, *arguments, "Ann") as ann,
        terminal("join", relay.url, *arguments, "Bob") as bob,
    ):
        bob.wait_for("connected.")
        ann.wait_for("connected.")
        ann.type("once\r")
        bob.wait_for("Ann: once")
        ann.wait_for("Ann: once")
        room = relay.only_room()
        message = room.messages[-1]
        relay.say({**message, "id": message["id"] + 201})
        for each in (ann, bob):
            each.wait_for("An earlier message of Ann came again. It is not shown twice.")
            assert "The server" not in each.shown.partition("Ann: once")[2].partition("or the server did")[0]
        bob.type("on\r")
        ann.wait_for("Bob: on")
        assert bob.shown.count("Ann: once") == 1


class TestTalk:
    """Its key, and its port."""

    def test_a_new_key_is_for_one_run(self, port: int) -> None:
        """It is said so, with what keeps it."""
        with terminal("talk", "--port", str(port)) as ann:
            ann.wait_for("This key is for this run only")
            ann.wait_for("`--key-file FILE` keeps it.")

    def test_a_key_file_keeps_the_key(self, port: int, tmp_path: Path) -> None:
        """It is made once, for its owner alone; with it, the other side comes in again after a new start."""
        path = tmp_path / "our.key"
        arguments = ("talk", "--port", str(port), "--key-file", str(path), "--name", "Ann")
        with terminal(*arguments) as ann:
            ann.wait_for("and pastes this key when asked:")
            ann.wait_for(f"Next time, `--key-file {path}` takes it again.")
            ann.wait_for("connected.")
            key = path.read_text().strip()
            assert path.stat().st_mode & 0o777 == 0o600
            assert key in ann.shown
            assert ann.end() == 0
        with (
            terminal(*arguments) as ann,
            terminal("join", f"127.0.0.1:{port}", "--key-file", str(path), "--name", "Bob") as bob,
        ):
            ann.wait_for(
                f"with the key of before, that of {path} (fingerprint {FernetKey(key).fingerprint})."
            )
            ann.wait_for("Bob is here.")
            bob.wait_for("connected.")
            assert key not in ann.shown
        assert path.read_text().strip() == key

    def test_what_is_no_key_file_is_said(self, port: int, tmp_path: Path) -> None:
        """And stays as it is."""
        path = tmp_path / "notes.txt"
        path.write_text("dear diary")
        path.chmod(0o600)
        with terminal("talk", "--port", str(port), "--key-file", str(path)) as ann:
            ann.wait_for("notes.txt: A key has 44 characters")
            assert ann.process.wait(PATIENCE) == 1
        assert path.read_text() == "dear diary"
