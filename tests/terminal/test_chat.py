"""Two people at two real terminals, and a real relay between them."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from securechat.crypto.keyring import FernetKey
from securechat.errors import InvalidSetting
from securechat.terminal.relay import Relay
from tests.terminal.conftest import Join
from tests.terminals import PATIENCE, Terminal, environment, program, relay, terminal

Host = Callable[..., Terminal]


def test_two_terminals_chat(host: Host, join: Join) -> None:
    """Umlauts, emoji and all; each is told of the other, by name, and when they go."""
    host()
    ann, bob = join("Ann"), join("Bob")
    ann.wait_for("Bob is here.")
    ann.type("Grüße 🦦\r")
    bob.wait_for("Ann: Grüße 🦦")
    bob.type("Ça va?\r")
    ann.wait_for("Bob: Ça va?")
    assert bob.end("\x04") == 0
    ann.wait_for("Bob has left.")


def test_a_half_typed_line_survives_what_comes_in(host: Host, join: Join) -> None:
    """It is drawn again below the message, and sent as a whole."""
    host()
    ann, bob = join("Ann"), join("Bob")
    bob.type("half a ")
    bob.wait_for("half a")
    ann.type("meanwhile\r")
    bob.wait_for("Ann: meanwhile")
    bob.wait_for("half a")
    bob.type("line\r")
    ann.wait_for("Bob: half a line")


@pytest.mark.parametrize("is_bracketed", [True, False])
def test_several_lines_pasted_at_once_are_several_messages(
    host: Host, join: Join, *, is_bracketed: bool
) -> None:
    """In order, none lost: whether the terminal says that they are pasted or not."""
    host()
    ann, bob = join("Ann"), join("Bob")
    lines = [f"line {number} of many" for number in range(1, 16)]
    if is_bracketed:
        ann.paste("\n".join(lines) + "\nrest")
    else:
        ann.type("\r".join(lines) + "\r")
    for line in lines:
        bob.wait_for(f"Ann: {line}")
    assert "missing" not in bob.shown
    if is_bracketed:
        ann.type(" of it\r")
        bob.wait_for("Ann: rest of it")


def test_a_relay_that_is_restarted_loses_no_text(host: Host, join: Join) -> None:
    """Both say that it is gone and there again; what was typed meanwhile arrives once, in order."""
    first = host()
    ann, bob = join("Ann"), join("Bob")
    ann.type("before\r")
    bob.wait_for("Ann: before")
    os.kill(first.process.pid, signal.SIGKILL)
    for each in (ann, bob):
        each.wait_for("The connection is lost.")
    for word in ("one", "two"):
        ann.type(f"{word}\r")
        ann.wait_for(f"Ann: {word}")
    host()
    for each in (ann, bob):
        each.wait_for("Connected again.")
    bob.wait_for("Ann: one")
    bob.wait_for("Ann: two")
    bob.type("thanks\r")
    ann.wait_for("Bob: thanks")
    assert bob.shown.count("Ann: one") == 1
    assert "The server has started again." in bob.shown
    assert "missing" not in bob.shown


def test_a_terminal_waits_for_its_relay(host: Host, key_file: Path, port: int) -> None:
    """It says that nobody answers, tries again, and is connected when the relay comes."""
    with terminal("join", f"127.0.0.1:{port}", "--key-file", str(key_file)) as early:
        early.wait_for(f"No answer from http://127.0.0.1:{port}")
        early.type("first\r")
        host()
        early.wait_for("connected.")
        with terminal("join", f"127.0.0.1:{port}", "--key-file", str(key_file)) as late:
            late.wait_for(": first")


def test_escape_sequences_are_shown_and_not_obeyed(host: Host, join: Join, key: FernetKey) -> None:
    """ESC, BEL, C1 controls and direction overrides in a text become visible; a name cannot have them."""
    host()
    ann, bob = join("Ann"), join("Bob")
    ann.paste("\x1b]0;title\x07 \x9b31m \u202eevil")
    ann.type("\r")
    bob.wait_for("⟨U+001B⟩]0;title⟨U+0007⟩ ⟨U+009B⟩31m ⟨U+202E⟩evil")
    assert "\x1b]0;" not in ann.shown + bob.shown
    assert "\x07" not in bob.shown


def test_a_typed_escape_sequence_breaks_nothing(host: Host, join: Join) -> None:
    """Also one that looks as if a mouse had moved."""
    host()
    ann, bob = join("Ann"), join("Bob")
    ann.type("\x1b[31m")
    ann.type("still here\r")
    bob.wait_for("still here")
    assert "Traceback" not in ann.shown


def test_the_wire_is_shown_where_it_is_wanted(host: Host, join: Join, key: FernetKey) -> None:
    """The token stands above each text, own and other, and opens with the key."""
    host()
    ann, bob = join("Ann", "--show-wire"), join("Bob", "--show-wire")
    ann.type("hello\r")
    for each in (ann, bob):
        each.wait_for("Ann: hello")
        lines = each.shown.splitlines()
        [at] = [number for number, line in enumerate(lines) if line.endswith("Ann: hello")]
        token = lines[at - 1].split("  ")[-1]
        assert '"text":"hello"' in key.fernet.decrypt(token).decode()


@pytest.mark.parametrize("keys", ["\x03", "\x04"])
def test_the_end_comes_soon_and_says_what_was_not_sent(host: Host, join: Join, keys: str) -> None:
    """By Ctrl+C and Ctrl+D: what waits for a connection, and what is only typed."""
    gone = host()
    ann = join("Ann")
    os.kill(gone.process.pid, signal.SIGKILL)
    ann.wait_for("The connection is lost.")
    ann.type("waits\r")
    ann.wait_for("Ann: waits")
    ann.type("half")
    ann.wait_for("half")
    begin = time.monotonic()
    assert ann.end(keys) == 1
    assert time.monotonic() - begin < 5, "a second, on a machine that is not busy"
    ann.wait_for("Not sent: waits")
    ann.wait_for("Not sent: half")


def test_a_relay_ends_soon_with_clients_connected(host: Host, join: Join) -> None:
    """Ctrl+C is enough, and is no failure."""
    served = host()
    join("Ann")
    begin = time.monotonic()
    assert served.end() == 0
    assert time.monotonic() - begin < 5, "a second, on a machine that is not busy"
    assert "Traceback" not in served.shown


def test_who_has_another_key_is_in_another_room(host: Host, join: Join, tmp_path: Path, port: int) -> None:
    """A wrong key opens nothing and meets nobody; who has it is told that nobody is there."""
    host()
    join("Ann")
    other = tmp_path / "other.key"
    subprocess.run(program("key", str(other)), env=environment(), check=True, timeout=PATIENCE)
    with terminal("join", f"127.0.0.1:{port}", "--key-file", str(other)) as bob:
        bob.wait_for("Nobody else is connected.")


def test_too_many_at_once_are_sent_a_little_later(host: Host, join: Join) -> None:
    """More than the server takes in ten seconds: none is lost, and the terminal says why it waits."""
    host()
    ann, bob = join("Ann"), join("Bob")
    ann.paste("\n".join(f"number {number}." for number in range(25)) + "\n")
    ann.wait_for("It is sent a little later.")
    bob.wait_for("number 24.")
    assert [bob.shown.count(f"number {number}.") for number in range(25)] == [1] * 25


def test_talk_is_both_in_one(port: int) -> None:
    """One command shows a key, the other side pastes it: with quotes and white space around it."""
    with terminal("talk", "--port", str(port), "--name", "Ann") as ann:
        ann.wait_for("and pastes this key")
        ann.wait_for("connected.")
        key = next(line.split()[-1] for line in ann.shown.splitlines() if line.rstrip().endswith("="))
        with terminal("join", f"127.0.0.1:{port}", "--name", "Bob") as bob:
            bob.wait_for("Key of the room")
            bob.type(f' "{key}" \r')
            ann.wait_for("Bob is here.")
            bob.type("hello\r")
            ann.wait_for("Bob: hello")
            assert key not in bob.shown, "a key that is pasted is not shown"
            assert ann.end() == 0
            bob.wait_for("The connection is lost.")


def test_a_key_that_is_none_is_asked_for_again(host: Host, port: int, key: FernetKey) -> None:
    """With the reason; a whole link has a key in it."""
    host()
    with terminal("join", f"127.0.0.1:{port}") as ann:
        ann.wait_for("Key of the room")
        ann.type("password\r")
        ann.wait_for("A key has 44 characters, this has 8. Paste it again.")
        ann.wait_for("Key of the room")
        ann.type(f"http://192.168.1.20:8502/sealed#key={key.reveal()}\r")
        ann.wait_for("connected.")


class TestPipe:
    """A pipe sends its lines, waits until the server has them, and ends."""

    def run(self, text: str | bytes, *arguments: str, timeout: float = PATIENCE) -> tuple[int, str, str]:
        """Run `join` in a pipe."""
        data = text if isinstance(text, bytes) else text.encode()
        done = subprocess.run(
            program("join", *arguments),
            input=data,
            capture_output=True,
            env=environment(),
            timeout=timeout,
            check=False,
            start_new_session=True,  # without a terminal to ask
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_it_sends(self, host: Host, join: Join, port: int, key_file: Path) -> None:
        """Each line is a message; it ends well."""
        host()
        ann = join("Ann")
        code, out, err = self.run(
            "hi\ntwo 🦦\n", f"127.0.0.1:{port}", "--key-file", str(key_file), "--name", "Pipe"
        )
        assert (code, out) == (0, ""), err
        ann.wait_for("Pipe: hi")
        ann.wait_for("Pipe: two 🦦")

    def test_what_is_not_sent_is_said(self, port: int, key_file: Path) -> None:
        """Where nobody answers, it gives up, says what was not sent, and fails."""
        code, _, err = self.run("hi\n", f"127.0.0.1:{port}", "--key-file", str(key_file), timeout=120)
        assert code == 1
        assert "Not sent: hi" in err

    def test_what_cannot_be_sent_is_said(self, host: Host, port: int, key_file: Path) -> None:
        """A line that is too long, or no text, is refused by its number; the others are sent."""
        host()
        lines = b"ok\n" + b"x" * 2001 + b"\n\xff\n"
        code, _, err = self.run(lines, f"127.0.0.1:{port}", "--key-file", str(key_file))
        assert code == 1
        assert "Line 2: The message has 2,001 characters" in err
        assert "Line 3 is no text" in err

    def test_without_a_terminal_nobody_is_asked(self, port: int) -> None:
        """Where there is no key and nobody to ask, it says how to give one."""
        code, _, err = self.run("", f"127.0.0.1:{port}")
        assert code == 1
        assert "--key-file" in err

    def test_nothing_to_send_is_no_failure(self, host: Host, port: int, key_file: Path) -> None:
        """An empty input ends well."""
        host()
        assert self.run("", f"127.0.0.1:{port}", "--key-file", str(key_file))[0] == 0

    def test_it_gives_up_where_there_is_no_such_server(self, host: Host, port: int, key_file: Path) -> None:
        """An address with another path is no server: it says so at once."""
        host()
        code, _, err = self.run("hi\n", f"http://127.0.0.1:{port}/school", "--key-file", str(key_file))
        assert code == 1
        assert "there is no SecureChat" in err
        assert "Not sent: hi" in err


def test_two_relays_cannot_have_one_port(host: Host, port: int) -> None:
    """The second one says why, in plain words, and which other port to take."""
    host()
    done = subprocess.run(
        program("host", "--port", str(port)),
        capture_output=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.decode() == (
        f"Port {port} cannot be used ({os.strerror(errno.EADDRINUSE)}). Perhaps another program has it. "
        f"Take another port: `--port {port + 1}`.\n"
    )


@pytest.mark.parametrize("taken", [80, 1023, 65535])
def test_another_port_is_one_that_there_is(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one over the last, nor one of those that only who runs the computer may use."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied (while attempting to bind on address)")

    monkeypatch.setattr("socket.create_server", refuse)
    with pytest.raises(InvalidSetting, match=r"\(Permission denied\).*`--port 8502`\.$"):
        Relay(taken, 30)


def test_a_relay_by_ipv6(join: Join, port: int) -> None:
    """Where this computer has it, its addresses work, too."""
    with relay(port=port):
        try:
            join("Ann", url=f"http://[::1]:{port}")
        except AssertionError:
            if Path("/proc/net/if_inet6").exists() and Path("/proc/net/if_inet6").read_text():
                raise
            pytest.skip("there is no IPv6 here")
