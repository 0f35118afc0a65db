"""docs/database.md and the script for a service are as the code and the service are."""

from __future__ import annotations

import re
import subprocess

import pytest

from securechat.admin.commands import main
from securechat.database.engine import POOL_OVERFLOW
from securechat.database.settings import DatabaseSettings
from securechat.rooms.room import NOT_SENT
from securechat.rooms.store import MAX_ROOM_MESSAGES
from tests.support import ROOT

TEXT = " ".join((ROOT / "docs" / "database.md").read_text(encoding="utf-8").split())
SCRIPT = ROOT / "docs" / "deployment" / "securechat-admin"


def test_the_script_has_the_settings_of_the_service() -> None:
    """Its user, its folder, its environment: else a command would look at another database, or other keys."""
    lines = SCRIPT.with_name("securechat.service").read_text().replace("Environment=", "").splitlines()
    service = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    script = SCRIPT.read_text()
    for name in ("HOME", "SECURECHAT_KEY_FILE"):
        assert f"\n{name}={service[name]}\n" in script
    assert f"\n. {service['EnvironmentFile']}\n" in script
    assert f"\ncd {service['WorkingDirectory']}\n" in script
    assert f"/usr/sbin/runuser -u {service['User']} -- " in script
    assert SCRIPT.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", str(SCRIPT)], check=True)


def test_the_commands_are_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """None is named that is gone, and none is left out."""
    main([])
    there = set(re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE))
    assert set(re.findall(r"securechat-admin (\w+)", TEXT)) == there


def test_what_it_says_holds() -> None:
    """Sentences and figures are those of the app."""
    sign = (ROOT / "securechat/ui/chat/sign.js").read_text(encoding="utf-8")
    [old] = re.findall(r'old: \["(.*?)"', sign)
    assert f"“{old}”" in TEXT
    assert f"“{NOT_SENT}”" in TEXT
    assert f"`DATABASE_POOL_SIZE` + {POOL_OVERFLOW} connections" in TEXT
    assert f"so {DatabaseSettings.pool_size + POOL_OVERFLOW} unless you change that" in TEXT
    assert f"the last {MAX_ROOM_MESSAGES} messages" in TEXT
