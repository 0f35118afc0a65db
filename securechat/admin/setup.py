"""The settings of the database, as the app would find them, without Streamlit."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from securechat.database.engine import Database
from securechat.database.master import known_master_keys
from securechat.database.settings import URL_SETTING, DatabaseSettings
from securechat.database.store import SqlMessageStore
from securechat.database.vault import Vault
from securechat.errors import InvalidSetting
from securechat.settings import database_settings

SECRETS = ("~/.streamlit/secrets.toml", ".streamlit/secrets.toml")
"""Where Streamlit looks for its secrets. What stands in the second one comes first."""


def find_settings() -> DatabaseSettings:
    """Return the settings, from the environment and from Streamlit's secrets.

    Raises:
        InvalidSetting: One of them cannot be used, or `DATABASE_URL` is not set.
    """
    settings = database_settings(os.environ, _secrets())
    if settings is None:
        raise InvalidSetting(
            "It is not set, so everything is in memory, and there is no database to look after.",
            where=URL_SETTING,
            remedy="Set it as the app has it, in the environment or in .streamlit/secrets.toml, such as "
            "DATABASE_URL=sqlite:///securechat.db.",
        )
    return settings


def find_vault(settings: DatabaseSettings, database: Database) -> Vault | None:
    """Return the vault of a database; None where there is no master key yet, and none is needed.

    Raises:
        InvalidKey: There is no valid master key.
        StoreUnavailable: The database does not answer.
    """
    masters = known_master_keys(settings.master_key, database, settings.master_file)
    return Vault(database, SqlMessageStore(database), masters) if masters else None


def _secrets() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in SECRETS:
        try:
            found |= tomllib.loads(Path(name).expanduser().read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, RuntimeError, UnicodeDecodeError):
            problem = "It cannot be read."
        except tomllib.TOMLDecodeError as error:  # which may quote a piece of it
            line = re.search(r"at line (\d+)", str(error))
            problem = f"Line {line[1]} is not valid TOML." if line else "It is not valid TOML."
        else:
            continue
        raise InvalidSetting(problem, where=name, remedy="Correct it, or move it away; then try again.")
    return found
