"""The presenter's passcode where none is set: made at the start, and told to whoever started the server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.feed import feed
from tests.support import running_server

SAID = r"the presenter's passcode for this run is (\S+)"


def test_a_passcode_is_printed_at_the_start(tmp_path: Path) -> None:
    """It is there before anybody opens a page, once, and another one with each start."""
    made = set()
    for start in ("first", "second"):
        with running_server(tmp_path / start) as server:
            said = re.findall(SAID, server.log.read_text())
        assert len(said) == 1
        made.update(said)
    assert len(made) == 2


def test_the_passcode_stands_out(tmp_path: Path) -> None:
    """It stands in a frame of its own, and connections that are refused in words write no line below it."""
    with running_server(tmp_path) as server:
        for room in ("no-such-room", "demo"):
            with pytest.raises(InvalidStatus):
                feed(server.url, "?after=x", room=room)
        log = server.log.read_text()
    assert re.search(rf"\n(=+)\n.*{SAID}\n\1\n", log)
    assert "handshake" not in log
    assert "ERROR" not in log


def test_one_that_is_set_is_not_printed(tmp_path: Path) -> None:
    """Neither it nor another one stands in the log."""
    with running_server(tmp_path, {"SECURECHAT_PRESENTER_PASSCODE": "open sesame"}) as server:
        pass
    log = server.log.read_text()
    assert "open sesame" not in log
    assert not re.findall(SAID, log)
