"""The line between the app and its database, which tests can cut, stall and mend."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import URL

from tests.databases import address_of

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)
"""With this SO_LINGER a socket is closed at once: the other side hears of it, and nothing waits."""


class Line:
    """A port of this computer that leads to another one.

    Args:
        port: Where it leads to.

    Attributes:
        port: Where it begins.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._is_whole = True
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def leads(self, url: URL) -> str:
        """Return the address of a database, by way of this line."""
        return address_of(url.set(port=self.port))

    def cut(self) -> None:
        """End all connections, and every new one at once."""
        self._is_whole = False
        with self._lock:
            for end in self._ends:
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    end.shutdown(socket.SHUT_RDWR)
        self._flows.set()

    def stall(self) -> None:
        """Take everything from both sides, also new connections, and pass nothing on."""
        self._flows.clear()

    def mend(self) -> None:
        """Be whole again. What was taken meanwhile is passed on."""
        self._is_whole = True
        self._flows.set()

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:  # it is closed
                return
            threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        with here, suppress(OSError):
            with self._lock:
                self._ends.add(here)
            self._flows.wait()
            if self._is_whole:
                with socket.create_connection(("127.0.0.1", self._to)) as there:
                    with self._lock:
                        self._ends.add(there)
                    back = threading.Thread(target=self._pump, args=(there, here), daemon=True)
                    back.start()
                    self._pump(here, there)
                    back.join()
                    self._forget(there)
        self._forget(here)

    def _forget(self, end: socket.socket) -> None:
        with self._lock:
            self._ends.discard(end)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                self._flows.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(url: URL) -> Iterator[Line]:
    """Lay a line to the server of a database."""
    assert url.port
    line = Line(url.port)
    try:
        yield line
    finally:
        line.close()
