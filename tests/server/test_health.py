"""Whether the app can start: told to programs that watch the server, and in its log."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support import CANARY, CANARY_KEY, Server, running_server


def health(server: Server) -> tuple[int, dict[str, str]]:
    """Return the status and the answer."""
    try:
        with urllib.request.urlopen(f"{server.url}/api/health", timeout=15) as answer:  # noqa: S310 - our own
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.parametrize("base_path", ["", "school/chat"])
def test_all_is_well(tmp_path: Path, base_path: str) -> None:
    """200 and nothing to say, under the base path, too; the log has no fault."""
    with running_server(tmp_path, base_path=base_path) as server:
        assert health(server) == (200, {"status": "ok"})
    assert "ERROR" not in server.log.read_text()


@pytest.mark.parametrize(
    ("setting", "value", "where"),
    [
        ("SECURECHAT_KEY", f"broken {CANARY}", "SECURECHAT_KEY in the environment"),
        ("SECURECHAT_CLASS_HOURS", CANARY, "SECURECHAT_CLASS_HOURS"),
        ("SECURECHAT_REFRESH_MS", CANARY, "SECURECHAT_REFRESH_MS"),
    ],
)
def test_a_broken_setting(tmp_path: Path, setting: str, value: str, where: str) -> None:
    """503 and where the fault is, each time; one line in the log, at the start; the value in neither."""
    with running_server(tmp_path, {setting: value}) as server:
        first = server.log.read_text()
        said = [health(server) for _ in range(3)]
        log = server.log.read_text()
    assert {status for status, _ in said} == {503}
    assert said[0][1]["status"] == "error"
    assert said[0][1]["message"].startswith(where)
    for text in (first, log):
        faults = [line for line in text.splitlines() if "ERROR" in line]
        assert len(faults) == 1
        assert said[0][1]["message"] in faults[0]
    assert CANARY not in log + str(said)


def test_a_key_file_is_looked_at_again(tmp_path: Path) -> None:
    """Once it is put right, the answer is 200; what it held before is nowhere."""
    path = tmp_path / "secret.key"
    path.write_text(CANARY)
    with running_server(tmp_path) as server:
        status, said = health(server)
        assert status == 503
        assert said["error"] == "InvalidKey"
        assert "secret.key" in said["message"]
        path.write_text(CANARY_KEY)
        assert health(server) == (200, {"status": "ok"})
    assert CANARY not in server.log.read_text() + str(said)


def test_a_key_for_one_run_is_in_the_log(tmp_path: Path) -> None:
    """A key that cannot be written down is no fault that stops the app, but the log says it."""
    nowhere = {"SECURECHAT_KEY_FILE": str(tmp_path / "no such folder" / "secret.key")}
    with running_server(tmp_path, nowhere) as server:
        assert health(server) == (200, {"status": "ok"})
    warnings = [line for line in server.log.read_text().splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert "for this run only" in warnings[0]
