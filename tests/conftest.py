"""Fixtures for all tests: nothing of this machine's settings gets in, nothing of one test stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import URL

from securechat.ui import state
from tests.classes import Lesson, class_server
from tests.databases import (
    DatabaseServer,
    ServerMissing,
    mariadb_server,
    postgresql_server,
    sqlite_files,
)
from tests.support import Server, launch, running_server

expect.set_options(timeout=15_000)  # two browsers and two servers share two cores

# Read at once: no test gets the settings from outside.
DATABASES_REQUIRED = bool(os.environ.get("SECURECHAT_REQUIRE_DATABASES"))

settings.register_profile("busy", deadline=None)  # how long an example takes says nothing there
settings.load_profile("busy")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give every test a key file of its own and no setting from outside."""
    for name in [name for name in os.environ if name.startswith("SECURECHAT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SECURECHAT_KEY_FILE", str(tmp_path / "secret.key"))
    yield
    state.use(None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; without one the test is skipped, unless SECURECHAT_REQUIRE_BROWSER is set."""
    required = os.environ.get("SECURECHAT_REQUIRE_BROWSER")
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        if chromium is None:
            missing = "no Chromium or Chrome found: install one (Debian: apt install chromium)"
            if required:
                pytest.fail(missing)
            pytest.skip(missing)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> DatabaseServer:
    """Files for SQLite."""
    return sqlite_files(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    """A PostgreSQL; without one the test is skipped, unless SECURECHAT_REQUIRE_DATABASES is set."""
    yield from _started(postgresql_server())


@pytest.fixture(scope="session")
def mariadb() -> Iterator[DatabaseServer]:
    """A MariaDB; without one the test is skipped, unless SECURECHAT_REQUIRE_DATABASES is set."""
    yield from _started(mariadb_server())


def _started(server: AbstractContextManager[DatabaseServer]) -> Iterator[DatabaseServer]:
    """Start a server; where it is not installed the test is skipped, or fails if databases are required."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(server)
        except ServerMissing as error:
            (pytest.fail if DATABASES_REQUIRED else pytest.skip)(str(error))
        yield started


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest) -> Iterator[URL]:
    """Return the address of an empty database, on each engine."""
    server: DatabaseServer = request.getfixturevalue(request.param)
    url = server.borrow()
    yield url
    server.give_back(url)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def bare_url(request: pytest.FixtureRequest) -> URL:
    """Return the address of a new database without tables, on each engine."""
    server: DatabaseServer = request.getfixturevalue(request.param)
    return server.make()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages, each in a browser profile of its own, as if on another device."""
    contexts: list[BrowserContext] = []

    def open_page(width: int = 1280, height: int = 720, scheme: str = "light", **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server, one for each test file."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start further real servers, with settings given as keyword arguments."""
    with ExitStack() as stack:

        def start(**environ: str) -> Server:
            return stack.enter_context(running_server(tmp_path / "server", environ))

        yield start


@pytest.fixture(scope="module")
def lesson_bounds() -> dict[str, float]:
    """The bounds that are not as in the app; a test file can have a fixture of its own."""
    return {}


@pytest.fixture(scope="module")
def lesson_server(
    tmp_path_factory: pytest.TempPathFactory, lesson_bounds: dict[str, Any]
) -> Iterator[Server]:
    """A server that takes what a lesson asks for, one for each test file."""
    with class_server(tmp_path_factory.mktemp("lessons"), **lesson_bounds) as running:
        yield running


@pytest.fixture
def lesson(lesson_server: Server) -> Iterator[Lesson]:
    """A class, which ends with the test."""
    opened = Lesson.open(lesson_server)
    yield opened
    opened.close()
