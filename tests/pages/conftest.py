"""What tests of pages share: an application under a clock that stands still."""

from __future__ import annotations

from pathlib import Path

import pytest

from securechat.application import Application
from securechat.settings import Settings
from securechat.ui import state
from tests.core.classes import Clock


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """The clock of the app, which stands still until it is set."""
    clock = Clock()
    state.use(Application(Settings(key_file=tmp_path / "secret.key"), clock=clock))
    return clock
