"""Two terminals, a socket and a shared key file, as a first program of this kind is written.

One listens and the other joins; there is no server between them:

    python bench/peers/naive_terminal.py listen 9000 key.key
    python bench/peers/naive_terminal.py join 9000 key.key
"""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

from cryptography.fernet import Fernet

HOST = "127.0.0.1"


def main(role: str, port: int, key_file: Path) -> None:
    """Chat until the other side goes."""
    fernet = Fernet(key_file.read_bytes())
    with meet(role, port) as connection:
        print("Connected.", flush=True)
        threading.Thread(target=write, args=(connection, fernet), daemon=True).start()
        for token in connection.makefile("rb"):
            print(f"\nfriend: {fernet.decrypt(token.strip()).decode()}", flush=True)


def meet(role: str, port: int) -> socket.socket:
    """Return the connection to the other side."""
    if role == "join":
        return socket.create_connection((HOST, port))
    with socket.create_server((HOST, port)) as server:
        print("Waiting.", flush=True)
        return server.accept()[0]


def write(connection: socket.socket, fernet: Fernet) -> None:
    """Send each line that is typed."""
    try:
        while True:
            connection.sendall(fernet.encrypt(input("> ").encode()) + b"\n")
    except EOFError:
        connection.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
