"""The server's memory, read from outside while two chat in a sealed room: no key, no name, no text."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable

import pytest

from securechat.crypto.keyring import FernetKey, KeyRing
from tests import memory_search
from tests.feed import feed, receive_until, transmit, write
from tests.sealed import by
from tests.support import CANARY, CANARY_KEY, Server

pytestmark = pytest.mark.skipif(not memory_search.is_possible, reason=memory_search.NOT_HERE)


class Writer:
    """Somebody with a key, as a page or a terminal is.

    Args:
        key: The key of the room.
        number: The how many-th visitor it is.
        name: What they call themselves.
    """

    def __init__(self, key: FernetKey, number: int, name: str) -> None:
        self._ring = KeyRing((key,))
        self._by = by(number)
        self._name = name
        self._count = 0

    def seal(self, text: str) -> dict[str, str]:
        """Return what is sent of a text."""
        self._count += 1
        said = {"v": 1, "by": self._by, "n": self._count, "name": self._name, "text": text}
        token = self._ring.encrypt(json.dumps(said, ensure_ascii=False))
        return {"sender": self._by, "token": token, "client_id": f"{self._by}-{self._count}"}

    def open(self, token: str) -> str:
        """Return the text in a token."""
        return str(json.loads(self._ring.decrypt(token))["text"])


def test_the_server_has_no_key_no_name_and_no_text(start_server: Callable[..., Server]) -> None:
    """In whatever form: what it passes on is all that it has. The key that it does have is found."""
    server = start_server(SECURECHAT_KEY=CANARY_KEY)
    key = FernetKey(KeyRing.generate().primary.reveal())
    room = f"sealed-{secrets.token_hex(16)}"
    names = [f"Otter {secrets.token_hex(6)}", f"Löwe ☃ {secrets.token_hex(6)}"]
    texts = [f"owl {secrets.token_hex(8)}", f"Eule ☃ 🦉 {secrets.token_hex(8)}"]
    one, other = (Writer(key, number, name) for number, name in enumerate(names))
    sealed = [one.seal(texts[0]), other.seal(texts[1]), one.seal("")]
    with feed(server.url, room=room) as here, feed(server.url, room=room) as there:
        for connection, message in zip((here, there, here), sealed, strict=True):
            assert transmit(connection, **message)["type"] == "stored"
        assert transmit(there, **(sealed[0] | {"token": sealed[0]["token"][:-8]}))["id"] == 1  # sent again
        assert transmit(there, **(other.seal("") | {"token": "no token"}))["type"] == "error"
        assert write(there, by(9), "a text for the server", f"{by(9)}-1")["type"] == "error"
        with feed(server.url, room=room) as late:
            read = [frame["token"] for frame in receive_until(late, "room") if frame["type"] == "message"]
        assert [other.open(token) for token in read] == [*texts, ""]
        with feed(server.url) as demo:
            assert write(demo, "A", CANARY, "1")["type"] == "stored"
        secret = memory_search.forms_of_key(key.reveal())
        for name, text in zip(
            ("first name", "second name", "first text", "second text"), [*names, *texts], strict=True
        ):
            secret |= memory_search.forms_of_text(text, name)
        known = {f"token {number}": message["token"].encode() for number, message in enumerate(sealed)}
        known |= {
            f"the server's {form}": what for form, what in memory_search.forms_of_key(CANARY_KEY).items()
        }
        found = memory_search.copies(server.process.pid, secret | known)
    assert {what: number for what, number in found.items() if what in secret and number} == {}
    for what in (
        *(f"token {number}" for number in range(3)),
        "the server's key",
        "the server's bytes of the key",
    ):
        assert found[what], f"{what} is in the memory, and was not found: the search is no good"


HOLDER = """
import sys
what = bytes(each ^ 0x5A for each in bytes.fromhex(sys.argv[1]))
held = bytearray(what) * int(sys.argv[2])
print("ready", flush=True)
sys.stdin.read()
"""
"""A program that has something in its memory, so many times; and what it is told of that is not the same."""


def test_the_search_counts_every_copy() -> None:
    """Once each, also across the ends of what is read at once: copies lie beside each other there."""
    what, times = secrets.token_bytes(29), 100_000
    hidden = bytes(each ^ 0x5A for each in what).hex()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, hidden, str(times)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline().strip() == b"ready"
        wanted = {"what": what, "none": secrets.token_bytes(16)}
        found, again = (memory_search.copies(holder.pid, wanted, chunk=size) for size in (2**12 + 1, 2**26))
        holder.communicate()
    assert found == again
    assert times <= found["what"] < times + 100  # and those that Python worked with
    assert found["none"] == 0


def test_a_process_that_is_not_there() -> None:
    """It is said: nothing found is another thing."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with pytest.raises(OSError, match=str(gone.pid)):
        memory_search.copies(gone.pid, {"what": b"x"})
