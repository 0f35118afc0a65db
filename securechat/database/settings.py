"""What is set of the database, and how the settings are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

URL_SETTING = "DATABASE_URL"
LISTEN_SETTING = "DATABASE_LISTEN_URL"
POOL_SETTING = "DATABASE_POOL_SIZE"
MASTER_SETTING = "MASTER_ENCRYPTION_KEY"
KEEP_SETTING = "SECURECHAT_KEEP_DAYS"


@dataclass(frozen=True)
class DatabaseSettings:
    """What is set of the database.

    Attributes:
        url: The address: see `url.read_url`.
        folder: From where a relative file is meant.
        listen_url: Under which address PostgreSQL is listened to, where a pooler stands under the other, such
            as PgBouncer; empty if it is the same.
        pool_size: Connections that are kept open.
        master_key: The master keys, separated by commas; empty if they are in the file.
        master_file: Where that is, or is made.
        keep_days: For how many days messages are kept; 0 is for ever.
    """

    url: str = field(repr=False)
    folder: Path
    listen_url: str = field(default="", repr=False)
    pool_size: int = 5
    master_key: str = field(default="", repr=False)
    master_file: Path = Path("master.key")
    keep_days: int = 0
