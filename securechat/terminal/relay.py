"""A relay for sealed rooms: the live feed and the page, without Streamlit. It writes nothing down."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from time import monotonic

import uvicorn
from starlette.applications import Starlette

from securechat import frames, live
from securechat.errors import InvalidSetting
from securechat.sealed import page
from securechat.sealed.rooms import (
    MAX_SEALED_CHARS,
    MAX_SEALED_MESSAGES,
    MAX_SEALED_ROOMS,
    SealedRooms,
)
from securechat.terminal.address import PORT
from securechat.terminal.passing_store import PassingStore
from securechat.web.gate import Gate

START_SECONDS = 10.0
STOP_SECONDS = 0.6


class Relay:
    """A relay in threads of this process.

    Args:
        port: The port; any that is free if 0.
        keep_seconds: For how long a token is kept.
        certificate: The files with a certificate and its private key, for https; http without.

    Attributes:
        port: The port.
        is_secure: Whether it is reached by https.

    Raises:
        InvalidSetting: The port is taken, or the certificate cannot be used.
    """

    def __init__(self, port: int, keep_seconds: float, certificate: tuple[Path, Path] | None = None) -> None:
        self.is_secure = certificate is not None
        store = PassingStore(
            keep_seconds,
            max_messages=MAX_SEALED_MESSAGES,
            max_rooms=MAX_SEALED_ROOMS,
            max_chars=MAX_SEALED_CHARS,
        )
        rooms = SealedRooms(store)
        feed = live.LiveFeed(lambda room, _ticket, address: rooms.visit(room, address))
        config = uvicorn.Config(
            Gate(Starlette(routes=[*live.routes(lambda: feed), *page.routes(address=self._address)])),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=frames.MAX_BYTES,
            ws_per_message_deflate=False,  # tokens do not get shorter
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            ssl_certfile=certificate and str(certificate[0]),
            ssl_keyfile=certificate and str(certificate[1]),
        )
        try:
            config.load()
        except OSError as error:
            is_read = isinstance(error, ssl.SSLError) or not error.strerror
            reason = "it is no certificate with its private key" if is_read else error.strerror
            raise InvalidSetting(
                f"The certificate cannot be used ({reason}).", remedy="`python -m securechat certificate`."
            ) from None
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._ended = threading.Event()

        def forget() -> None:
            while not self._ended.wait(min(1.0, keep_seconds / 4)):
                store.expire()
                rooms.tick(monotonic())

        self._forgetting = threading.Thread(target=forget, daemon=True)

    def _address(self, here: str) -> str:
        """Return the address of this relay for others: see `page.routes`."""
        return addresses(self.port, is_secure=self.is_secure)[0] if here else ""

    def start(self) -> None:
        """Serve from now on."""
        logging.disable(logging.CRITICAL)  # nothing of what goes by is written anywhere
        self._thread.start()
        self._forgetting.start()
        end = monotonic() + START_SECONDS
        while not self._server.started and monotonic() < end and self._thread.is_alive():
            self._ended.wait(0.005)

    def wait(self) -> None:
        """Wait until it ends, which it does not do by itself."""
        while self._thread.is_alive():
            self._ended.wait(0.5)  # in pieces: on Windows, Ctrl+C does not end a long wait

    def stop(self) -> None:
        """Let everybody go, soon."""
        self._ended.set()
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._server.force_exit = True
        self._thread.join(STOP_SECONDS / 2)
        self._socket.close()


def _listen(port: int) -> socket.socket:
    """Return a socket for all addresses of this computer, of both kinds where it has both."""
    tries: list[tuple[str, socket.AddressFamily, bool]] = [("0.0.0.0", socket.AF_INET, False)]  # noqa: S104 - a relay is for others
    if socket.has_dualstack_ipv6():
        tries.insert(0, ("::", socket.AF_INET6, True))
    reason = ""
    for host, family, both in tries:
        try:
            return socket.create_server((host, port), family=family, backlog=256, dualstack_ipv6=both)
        except OSError as error:  # whose words have the address in brackets
            reason = os.strerror(error.errno) if error.errno else "unknown"
    other = port + 1 if 1024 <= port < 65535 else PORT  # those below are for who runs the computer
    raise InvalidSetting(
        f"Port {port} cannot be used ({reason}).",
        remedy=f"Perhaps another program has it. Take another port: `--port {other}`.",
    )


def addresses(port: int, *, is_secure: bool) -> tuple[str, ...]:
    """Return the addresses at which others reach this computer, the likeliest first."""
    from securechat.web.network import own_addresses  # the others need no `ifaddr`

    hosts = [own.host for own in own_addresses()] or [_own_name()]
    scheme = "https" if is_secure else "http"
    return tuple(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}" for host in hosts)


def _own_name() -> str:
    with suppress(OSError):
        return socket.gethostname()
    return "localhost"
