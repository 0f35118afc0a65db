"""The real server sends its scripts compressed to all but the first who ask."""

from __future__ import annotations

import gzip
import re
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support import running_server


def load(url: str, encoding: str = "gzip") -> tuple[str, bytes]:
    """Return how a file is encoded, and what came."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": encoding})  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
        return str(answer.headers.get("Content-Encoding", "identity")), answer.read()


@pytest.mark.parametrize("base_path", ["", "chat"])
def test_scripts_come_compressed(tmp_path: Path, base_path: str) -> None:
    """A third of the bytes and less, and the same script."""
    with running_server(tmp_path, base_path=base_path) as server:
        _, page = load(f"{server.url}/")
        script = re.search(r'src="\.?/?(static/js/[^"]+\.js)"', page.decode())
        assert script
        address = f"{server.url}/{script[1]}"
        plain = load(address, "identity")[1]
        deadline = time.monotonic() + 30
        while (answer := load(address))[0] == "identity" and time.monotonic() < deadline:
            time.sleep(0.05)  # it is compressed beside the first answers
        encoding, body = answer
        assert encoding == "gzip"
        assert gzip.decompress(body) == plain
        assert len(body) < len(plain) / 2.5
