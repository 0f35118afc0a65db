"""Settings: where they come from, and what is said of one that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from securechat.crypto.keyring import KeySource
from securechat.database import DatabaseSettings
from securechat.errors import InvalidSetting
from securechat.settings import APP_FOLDER, Settings
from tests.support import CANARY, CANARY_KEY

KEY, PASSCODE = "SECURECHAT_KEY", "SECURECHAT_PRESENTER_PASSCODE"
HOURS, REFRESH = "SECURECHAT_CLASS_HOURS", "SECURECHAT_REFRESH_MS"
DATABASE, MASTER, LISTEN = "DATABASE_URL", "MASTER_ENCRYPTION_KEY", "DATABASE_LISTEN_URL"
POOL, KEEP = "DATABASE_POOL_SIZE", "SECURECHAT_KEEP_DAYS"
FILE, URL = "SECURECHAT_KEY_FILE", "SECURECHAT_PUBLIC_URL"


def load(environ: dict[str, str] | None = None, secrets: dict[str, Any] | None = None) -> Settings:
    """Read settings from these places alone."""
    return Settings.load(environ or {}, secrets or {})


def refusal(environ: dict[str, str] | None = None, secrets: dict[str, Any] | None = None) -> InvalidSetting:
    """Return what is said of settings that cannot be used: where and what to do, and nothing of them."""
    with pytest.raises(InvalidSetting) as refused:
        load(environ, secrets)
    error = refused.value
    assert error.where
    assert error.remedy
    assert CANARY not in str(error)
    return error


def test_with_nothing_set() -> None:
    """It is as the class says; what is empty in the environment is not set."""
    assert load() == Settings()
    assert load(dict.fromkeys((KEY, PASSCODE, HOURS, REFRESH, FILE, URL), "")) == Settings()
    assert load({}, dict.fromkeys((KEY, HOURS, REFRESH, FILE, URL), "")) == Settings()
    assert load(dict.fromkeys((DATABASE, MASTER, LISTEN, POOL, KEEP), "")) == Settings()


def test_all_that_can_be_set() -> None:
    """Each is read, and a number of TOML is as good as its digits."""
    settings = load(
        {FILE: "keys/room.key", URL: "chat.school.example"},
        {KEY: [CANARY_KEY], PASSCODE: "open sesame", HOURS: 0.5, REFRESH: 250},
    )
    assert settings.key is not None
    assert settings.key.primary.reveal() == CANARY_KEY
    assert settings.key_file == APP_FOLDER / "keys" / "room.key"
    assert settings.presenter_passcode == "open sesame"
    assert settings.public_url == "chat.school.example"
    assert (settings.class_hours, settings.refresh_ms) == (0.5, 250)


def test_an_absolute_key_file() -> None:
    """It is taken as it is."""
    assert load({FILE: "/var/lib/room.key"}).key_file == Path("/var/lib/room.key")


@pytest.mark.parametrize("name", [PASSCODE, URL])
def test_the_environment_comes_first(name: str) -> None:
    """What stands there counts, and not what stands in the secrets."""
    settings = load({name: "of the environment"}, {name: "of the secrets"})
    assert "of the environment" in (settings.presenter_passcode, settings.public_url)


def test_a_copy_of_the_secrets_is_none_of_the_environment() -> None:
    """Streamlit copies its secrets into the environment; what is said of them names the secrets."""
    key = load({KEY: CANARY_KEY}, {KEY: CANARY_KEY}).key
    assert key is not None
    assert key.origin.source is KeySource.SECRETS
    assert refusal({HOURS: "200"}, {HOURS: 200}).where == f"{HOURS} in Streamlit's secrets"


@pytest.mark.parametrize("hours", ["soon", "0", "-1", "nan", "inf", "169", "4 h", CANARY, [4], True])
def test_hours_that_are_none(hours: object) -> None:
    """A class must end at some time."""
    assert refusal({}, {HOURS: hours}).where == f"{HOURS} in Streamlit's secrets"
    if isinstance(hours, str):
        assert refusal({HOURS: hours}).where == f"{HOURS} in the environment"


@pytest.mark.parametrize("hours", ["168", "0.001", " 4 "])
def test_hours(hours: str) -> None:
    """Parts of an hour count; a week is the most."""
    assert load({HOURS: hours}).class_hours == float(hours)


@pytest.mark.parametrize("text", ["9", "0", "-1", "1.5", "soon", CANARY, "3600001", "9" * 5_000])
def test_no_number_of_milliseconds(text: str) -> None:
    """It is an error, and not passed over: pages look no more than a hundred times a second."""
    assert "such as 1000" in refusal({REFRESH: text}).remedy


@pytest.mark.parametrize("text", ["10", " 250", "3600000"])
def test_milliseconds(text: str) -> None:
    """Ten are the fewest."""
    assert load({REFRESH: text}).refresh_ms == int(text)


@pytest.mark.parametrize("passcode", ["", "  "])
def test_an_empty_passcode_in_the_secrets(passcode: str) -> None:
    """Nobody should think it protects, not even where the environment has another one."""
    for environ in ({}, {PASSCODE: "open sesame"}):
        assert "empty" in refusal(environ, {PASSCODE: passcode}).problem


@pytest.mark.parametrize("name", [PASSCODE, FILE, URL, DATABASE])
@pytest.mark.parametrize("value", [[CANARY], 12345678, True, {"a": CANARY}])
def test_what_is_no_text(name: str, value: object) -> None:
    """How Python writes it is nothing that anybody would type."""
    assert "quotation marks" in refusal({}, {name: value}).remedy


def test_a_key_that_is_none() -> None:
    """It is found when the settings are read."""
    assert refusal({KEY: CANARY}).where == KeySource.ENVIRONMENT.value


def test_an_address_that_is_none_stops_nothing() -> None:
    """A teacher can put it right on the page Classroom."""
    assert load({URL: "nonsense nonsense"}).public_url == "nonsense nonsense"


def test_a_database() -> None:
    """What is not set of it is as its class says; the master key is looked for beside the key file."""
    url = "sqlite:///chat.db"
    usual = DatabaseSettings(url, APP_FOLDER, master_file=APP_FOLDER / "master.key")
    assert load({DATABASE: url}).database == usual
    assert load({}, {DATABASE: url, POOL: 5, KEEP: 0}).database == usual
    more = load(
        {DATABASE: url, MASTER: CANARY_KEY, LISTEN: "postgresql://host/chat", POOL: "20", KEEP: " 30 "},
        {FILE: "keys/room.key"},
    ).database
    assert more == DatabaseSettings(
        url,
        APP_FOLDER,
        listen_url="postgresql://host/chat",
        pool_size=20,
        master_key=CANARY_KEY,
        master_file=APP_FOLDER / "keys" / "master.key",
        keep_days=30,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [(POOL, text) for text in ("0", "101", "-1", "many", CANARY)]
    + [(KEEP, text) for text in ("-1", "36501", "1.5", "a week", CANARY)],
)
def test_no_numbers_of_a_database(name: str, text: str) -> None:
    """They are found when the settings are read, also without a database."""
    for environ in ({name: text}, {name: text, DATABASE: "sqlite:///chat.db"}):
        error = refusal(environ)
        assert error.where == f"{name} in the environment"
        assert "a whole number from" in error.remedy


def test_no_secret_is_in_its_repr() -> None:
    """Neither the passcode nor a key nor the address of a database, which has a password in it."""
    url = f"postgresql://user:{CANARY}@host/chat"
    settings = load({KEY: CANARY_KEY, PASSCODE: CANARY, DATABASE: url, LISTEN: url, MASTER: CANARY_KEY})
    assert CANARY not in repr(settings)
    assert CANARY_KEY not in repr(settings)
