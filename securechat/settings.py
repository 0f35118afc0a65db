"""The settings of the app: read once, from the environment and Streamlit's secrets, and each checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from securechat.classroom.registry import IDLE_HOURS
from securechat.crypto.keyfile import keyring_of_setting
from securechat.crypto.keyring import KeyRing
from securechat.database import DatabaseSettings
from securechat.database import settings as names
from securechat.errors import InvalidSetting
from securechat.web.addresses import URL_SETTING

APP_FOLDER = Path(__file__).parents[1]
"""The folder of `app.py`. A relative `SECURECHAT_KEY_FILE` is meant from here."""

KEY_FILE_SETTING = "SECURECHAT_KEY_FILE"
PASSCODE_SETTING = "SECURECHAT_PRESENTER_PASSCODE"
HOURS_SETTING = "SECURECHAT_CLASS_HOURS"
REFRESH_SETTING = "SECURECHAT_REFRESH_MS"

MAX_HOURS = 168
"""Hours after which a class ends at the latest that nobody uses: a week."""

MAX_KEEP_DAYS = 36_500
"""Days for which messages can be kept at the most, short of for ever: a century."""

MAX_POOL_SIZE = 100
"""Connections to the database that can be kept open: PostgreSQL, as it is installed, takes no more in all."""

MIN_REFRESH_MS = 10
"""Milliseconds between two looks for news; with fewer, a page would have time for nothing else."""

MAX_REFRESH_MS = 3_600_000
"""The same at most: an hour."""


@dataclass(frozen=True)
class Settings:
    """What is set from outside, or holds where nothing is: a field is `SECURECHAT_` and its name.

    Attributes:
        key: The keys of Chat; None where they are in the key file.
        key_file: Where that is, or is made.
        presenter_passcode: What opens Classroom; empty where one is to be made.
        public_url: The address under which others reach the app, as it was set; empty if it is to be found.
            One that cannot be read stops nothing: the page Classroom says so, and takes another.
        class_hours: Hours without activity after which a class ends.
        refresh_ms: Milliseconds between two looks of a page that the live feed does not reach.
        database: What is set of the database; None where there is none, and all is in memory.
    """

    key: KeyRing | None = None
    key_file: Path = APP_FOLDER / "secret.key"
    presenter_passcode: str = field(default="", repr=False)
    public_url: str = ""
    class_hours: float = IDLE_HOURS
    refresh_ms: int = 1_000
    database: DatabaseSettings | None = None

    @classmethod
    def load(cls, environ: Mapping[str, str], secrets: Mapping[str, Any]) -> Settings:
        """Read all settings. What is empty is not there.

        Args:
            environ: Environment variables; they come first.
            secrets: Streamlit's secrets.

        Raises:
            InvalidSetting: One of them cannot be used. It says which, what is wrong and what to do; it
                does not quote the setting.
        """
        environ = _without_copies(environ, secrets)
        return cls(
            key=keyring_of_setting(environ, secrets),
            key_file=key_file(environ, secrets),
            presenter_passcode=_passcode(environ, secrets),
            public_url=public_url(environ, secrets),
            class_hours=_hours(environ, secrets),
            refresh_ms=_whole_number(
                REFRESH_SETTING, MIN_REFRESH_MS, MAX_REFRESH_MS, cls.refresh_ms, environ, secrets
            ),
            database=database_settings(environ, secrets),
        )


def public_url(environ: Mapping[str, str], secrets: Mapping[str, Any]) -> str:
    """Return the address that is set, whatever the other settings are: see `Settings`."""
    return _text(URL_SETTING, environ, secrets)


def database_settings(environ: Mapping[str, str], secrets: Mapping[str, Any]) -> DatabaseSettings | None:
    """Read what is set of the database; None where `DATABASE_URL` is not.

    Raises:
        InvalidSetting: One of these settings cannot be used. It is not quoted.
    """
    keep_days = _whole_number(
        names.KEEP_SETTING, 0, MAX_KEEP_DAYS, DatabaseSettings.keep_days, environ, secrets
    )
    pool_size = _whole_number(
        names.POOL_SETTING, 1, MAX_POOL_SIZE, DatabaseSettings.pool_size, environ, secrets
    )
    url = _text(names.URL_SETTING, environ, secrets)
    if not url.strip():
        return None
    return DatabaseSettings(
        url,
        APP_FOLDER,
        listen_url=_text(names.LISTEN_SETTING, environ, secrets),
        pool_size=pool_size,
        keep_days=keep_days,
        master_key=_text(names.MASTER_SETTING, environ, secrets),
        master_file=key_file(environ, secrets).with_name(DatabaseSettings.master_file.name),
    )


def key_file(environ: Mapping[str, str], secrets: Mapping[str, Any]) -> Path:
    """Return where the keys of Chat are, or are made, if they are in no setting."""
    return APP_FOLDER / (_text(KEY_FILE_SETTING, environ, secrets) or Settings.key_file)


def _without_copies(environ: Mapping[str, str], secrets: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of the environment: what Streamlit copied there from its secrets is none."""
    return {name: value for name, value in environ.items() if str(secrets.get(name)) != value}


def _find(name: str, environ: Mapping[str, str], secrets: Mapping[str, Any]) -> tuple[Any, str]:
    """Return a setting, and in words where it stands; an empty text where it is not there."""
    if value := environ.get(name):
        return value, f"{name} in the environment"
    value = secrets.get(name)
    return "" if value is None else value, f"{name} in Streamlit's secrets"


def _text(name: str, environ: Mapping[str, str], secrets: Mapping[str, Any]) -> str:
    value, where = _find(name, environ, secrets)
    if not isinstance(value, str):
        raise InvalidSetting(
            "It is not a text.",
            where=where,
            remedy=f'Put it in quotation marks ({name} = "…"), then start the app again.',
        )
    return value


def _passcode(environ: Mapping[str, str], secrets: Mapping[str, Any]) -> str:
    if not _text(PASSCODE_SETTING, {}, secrets).strip() and secrets.get(PASSCODE_SETTING) is not None:
        raise InvalidSetting(
            "It is there, but empty, so it would protect nothing.",
            where=f"{PASSCODE_SETTING} in Streamlit's secrets",
            remedy="Put a passcode there or remove the line, then start the app again.",
        )
    return _text(PASSCODE_SETTING, environ, secrets)


def _hours(environ: Mapping[str, str], secrets: Mapping[str, Any]) -> float:
    value, where = _find(HOURS_SETTING, environ, secrets)
    try:
        hours = float(str(value)) if value != "" else IDLE_HOURS
    except ValueError:
        hours = math.nan
    if 0 < hours <= MAX_HOURS:
        return hours
    raise InvalidSetting(
        "It is not a number of hours.",
        where=where,
        remedy=f"Put a number over 0 and up to {MAX_HOURS} there, such as 4, and start the app again.",
    )


def _whole_number(
    name: str, least: int, most: int, usual: int, environ: Mapping[str, str], secrets: Mapping[str, Any]
) -> int:
    value, where = _find(name, environ, secrets)
    text = str(value).strip() if value != "" else str(usual)
    number = int(text) if text.isdecimal() and len(text) < 10 else -1
    if least <= number <= most:
        return number
    raise InvalidSetting(
        "It is not a number that can be used.",
        where=where,
        remedy=f"Put a whole number from {least} to {most} there, such as {usual}, and start the app again.",
    )
