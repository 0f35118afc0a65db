"""The real server sends its scripts compressed, to the first who asks, too."""

from __future__ import annotations

import gzip
import re
import time
import urllib.request
from pathlib import Path

import pytest

from securechat.web.static_files import MIN_BYTES
from tests.support import running_server


def load(url: str, encoding: str = "gzip") -> tuple[str, bytes]:
    """Return how a file is encoded, and what came."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": encoding})  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
        return str(answer.headers.get("Content-Encoding", "identity")), answer.read()


@pytest.mark.parametrize("base_path", ["", "chat"])
def test_scripts_come_compressed_to_who_asks_first(tmp_path: Path, base_path: str) -> None:
    """The same script in fewer bytes, though nobody has asked for it before."""
    with running_server(tmp_path, base_path=base_path) as server:
        _, page = load(f"{server.url}/")
        scripts = re.findall(r'"\.?/?(static/js/[^"]+\.js)"', page.decode())
        assert len(scripts) > 20
        plain = {address: load(f"{server.url}/{address}", "gzip;q=0") for address in scripts}
        assert {encoding for encoding, _ in plain.values()} == {"identity"}
        worth_it = [address for address in scripts if len(plain[address][1]) > 2 * MIN_BYTES]
        encoding, body, address = "", b"", ""
        for address in worth_it:  # each is asked for once: what is not ready yet is not waited for
            encoding, body = load(f"{server.url}/{address}", "gzip;q=0.5")
            if encoding == "gzip":
                break
            time.sleep(1)
        assert encoding == "gzip"
        assert gzip.decompress(body) == plain[address][1]
        assert len(body) < len(plain[address][1])
