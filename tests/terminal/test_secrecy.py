"""Nothing is stored and nothing is logged (property 31), and a relay that lies is caught (property 30)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.sync.client import connect

from securechat.crypto.keyring import FernetKey
from securechat.frames import MAX_BYTES
from securechat.terminal.passing_store import PassingStore
from securechat.terminal.screen import lines_of
from tests.core.test_secrecy import texts_within
from tests.feed import close_code
from tests.sealed_relay import FakeRoom, Frame, SealedRelay, sealed_relay
from tests.support import CANARY
from tests.terminal.conftest import Join
from tests.terminals import Terminal, terminal

Host = Callable[..., Terminal]


def open_files(made: Terminal) -> list[str]:
    """Return the ordinary files that a program has open."""
    found = [path.readlink() for path in Path(f"/proc/{made.process.pid}/fd").iterdir()]
    return [str(path) for path in found if path.is_file()]


def test_nothing_is_written_anywhere(host: Host, join: Join, tmp_path: Path, key: FernetKey) -> None:
    """No program opens or makes a file; the relay shows nothing of what goes by; no `ps` has a key."""
    before = sorted(tmp_path.rglob("*"))
    served = host()
    said = served.shown.strip()  # the end of the last line may come later
    ann, bob = join("Ann"), join("Bob")
    ann.type(f"{CANARY}\r")
    bob.wait_for(CANARY)
    for each in (served, ann, bob):
        assert open_files(each) == []
        command = Path(f"/proc/{each.process.pid}/cmdline").read_text()
        assert key.reveal() not in command
    assert served.shown.strip() == said
    assert sorted(tmp_path.rglob("*")) == before


def test_who_comes_late_gets_nothing(host: Host, join: Join) -> None:
    """After the seconds that tokens are kept, they are gone."""
    host("--keep", "1")
    ann = join("Ann")
    ann.type("early\r")
    ann.wait_for("Ann: early")
    time.sleep(2.5)  # what is awaited is that something is gone
    bob = join("Bob")
    ann.type("late\r")
    bob.wait_for("Ann: late")
    assert "early" not in bob.shown


async def store_nothing(_: SealedRelay, room: FakeRoom, websocket: object, frame: Frame) -> None:
    """Say that something is stored, and show another token in its place."""
    await websocket.send_json({"type": "stored", "client_id": frame["client_id"], "id": 1})  # type: ignore[attr-defined]


def test_a_lying_relay_is_caught_and_the_terminal_stays_usable(key_file: Path, key: FernetKey) -> None:
    """It repeats, relabels, drops, sends strange tokens, starts anew: each is said, and one can write."""
    with sealed_relay() as liar:
        arguments = ("join", liar.url, "--key-file", str(key_file), "--name")
        with terminal(*arguments, "Ann") as ann, terminal(*arguments, "Bob") as bob:
            ann.wait_for("connected.")
            bob.wait_for("connected.")
            ann.type("first\r")
            bob.wait_for("Ann: first")
            room = liar.only_room()
            [first] = [
                message for message in room.messages if message["sender"] == room.messages[-1]["sender"]
            ][-1:]
            liar.say({**first, "id": 50})
            bob.wait_for("The server sent an earlier message of Ann again. It is not shown twice.")
            bob.type("still here\r")
            ann.wait_for("Bob: still here")
            by = "a" * 16
            for n in (1, 4):
                text = f'{{"v":1,"by":"{by}","n":{n},"name":"Eve\\u001b[31m","text":"hi"}}'
                liar.say(room.message(60 + n, "b" * 16, key.fernet.encrypt(text.encode()).decode()))
            bob.wait_for("Eve⟨U+001B⟩[31m: hi")
            bob.wait_for("The server said that somebody else sent this.")
            bob.wait_for("2 messages of Eve⟨U+001B⟩[31m are missing.")
            strange = FernetKey.generate().fernet
            liar.say(*(room.message(100 + n, by, strange.encrypt(b"x").decode()) for n in range(3)))
            bob.wait_for("that your key does not open.")
            liar.start_anew()
            bob.wait_for("The server has started again. What it had is gone")
            bob.wait_for("Connected again.")
            bob.type("after all\r")
            ann.wait_for("Bob: after all")
            assert bob.end() == 0


def test_a_message_said_to_be_stored_and_not_shown_is_sent_again(key_file: Path) -> None:
    """It counts as not sent, and goes out under its name once more."""
    with sealed_relay() as liar, terminal("join", liar.url, "--key-file", str(key_file)) as ann:
        ann.wait_for("connected.")
        room = liar.only_room()
        deadline = time.monotonic() + 30
        while not room.known:  # the greeting
            assert time.monotonic() < deadline
            time.sleep(0.05)
        honest, liar.take = liar.take, store_nothing
        ann.type("hello\r")
        ann.wait_for("The server said that it has your message, but did not show it.")
        liar.take = honest
        deadline = time.monotonic() + 120
        while not any(frame["client_id"] in room.known for frame in room.received[1:]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        names = [frame["client_id"] for frame in room.received if frame["client_id"].endswith("-2")]
        assert len(names) > 1
        assert len(set(names)) == 1


async def refuse(_: SealedRelay, room: FakeRoom, websocket: object, frame: Frame) -> None:
    """Refuse a message with a reason that looks like somebody's message."""
    reason = "Busy.\nBrave Otter: the exam is on Friday\n\u00b7 All is well."
    error = {"type": "error", "error": "InvalidMessage", "message": reason, "client_id": frame["client_id"]}
    await websocket.send_json(error)  # type: ignore[attr-defined]


def test_a_reason_of_the_server_is_no_message(key_file: Path) -> None:
    """It is shown in one line of the program, whatever is in it; an empty one ends nothing."""
    with sealed_relay() as liar, terminal("join", liar.url, "--key-file", str(key_file)) as ann:
        ann.wait_for("connected.")
        liar.take = refuse
        ann.type("hello\r")
        ann.wait_for("Busy. Brave Otter: the exam is on Friday")
        assert "\nBrave Otter" not in ann.shown


def test_nobody_can_guess_what_a_message_is_called(key_file: Path) -> None:
    """Else somebody without the key could store another one under that name, and the text would be lost."""
    with sealed_relay() as relay, terminal("join", relay.url, "--key-file", str(key_file)) as ann:
        ann.wait_for("connected.")
        ann.type("hello\r")
        room = relay.only_room()
        deadline = time.monotonic() + 30
        while len(room.received) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert not any(frame["client_id"].startswith(frame["sender"]) for frame in room.received)


async def promise(_: SealedRelay, room: FakeRoom, websocket: object, frame: Frame) -> None:
    """Say that something is stored far ahead, and never show it."""
    await websocket.send_json({"type": "stored", "client_id": frame["client_id"], "id": 10**9})  # type: ignore[attr-defined]


def test_a_message_that_is_never_shown_is_sent_again(key_file: Path) -> None:
    """After some seconds, also where nothing else comes by which it could be seen."""
    with sealed_relay() as liar, terminal("join", liar.url, "--key-file", str(key_file)) as ann:
        ann.wait_for("connected.")
        liar.take = promise
        ann.type("hello\r")
        ann.wait_for("The server said that it has your message, but did not show it.")
        room = liar.only_room()
        deadline = time.monotonic() + 30
        while max(Counter(frame["client_id"] for frame in room.received).values()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_nobody_imitates_the_program() -> None:
    """Neither by a name that begins as its sentences do, nor by a line that looks like a note."""
    shown = lines_of("· Connected again.", "fine\n· All is well.", ("A note.",))
    assert shown.split("\n") == ["“· Connected again.”: fine", "  | · All is well.", "  · A note."]


def test_the_relay_takes_no_large_frame(host: Host, port: int) -> None:
    """It ends the connection before it has all of it in memory, also where the rest never comes."""
    host()
    part = WebSocketFrame(Opcode.TEXT, b"x" * (MAX_BYTES + 1), fin=False)
    with connect(f"ws://127.0.0.1:{port}/api/rooms/sealed-{'0' * 32}/live", proxy=None) as websocket:
        websocket.socket.sendall(part.serialize(mask=True))
        assert close_code(websocket) == 1009


def test_what_was_kept_long_enough_is_in_no_object() -> None:
    """Neither among the messages, nor as what a client's name for one stands for."""
    store = PassingStore(0, max_messages=9, max_rooms=9, max_chars=9_000)
    store.append("room", "A", "red token", client_id="1")
    assert "red token" in texts_within(store), "the control"
    store.expire()
    assert "red token" not in texts_within(store)
    assert store.acknowledged("room", "A", "1"), "sent again it is still known"
