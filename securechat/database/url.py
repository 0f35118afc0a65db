"""Reads `DATABASE_URL`: which database it is, where, and with which driver."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from securechat.errors import InvalidSetting

_POSTGRESQL = "postgresql+psycopg"
_MYSQL = "mysql+pymysql"

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": _POSTGRESQL,  # as hosts write it
    "postgresql": _POSTGRESQL,
    _POSTGRESQL: _POSTGRESQL,
    "mysql": _MYSQL,
    _MYSQL: _MYSQL,
    "mariadb": _MYSQL,
    "mariadb+pymysql": _MYSQL,
}
"""What stands before `://`, and what SQLAlchemy calls the database and its driver."""

_OPTIONS = {
    "sqlite": (),
    _POSTGRESQL: (
        "application_name",
        "channel_binding",
        "gssencmode",
        "host",
        "sslcert",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
    ),
    _MYSQL: ("ssl_ca", "ssl_cert", "ssl_check_hostname", "ssl_key", "unix_socket"),
}
"""What may stand after the question mark: how the connection is found and protected. What the app depends on,
such as the character set, is not set from outside."""

_EXAMPLES = "sqlite:///securechat.db or postgresql://user:password@host/securechat"


def read_url(text: str, folder: Path, *, where: str) -> URL:
    """Read the address of a database.

    Args:
        text: The address, such as `sqlite:///securechat.db` or `postgresql://user:password@host/name`.
        folder: From where a relative file is meant.
        where: The setting that it comes from, in words.

    Returns:
        The address with its driver. Printed, it does not show the password.

    Raises:
        InvalidSetting: It cannot be used. The message does not quote it.
    """
    scheme = text.strip().partition("://")[0].lower()
    driver = _DRIVERS.get(scheme)
    if driver is None:
        raise InvalidSetting(
            "It names no kind of database that is known here.",
            where=where,
            remedy="It begins with sqlite:///, postgresql://, mysql:// or mariadb://, such as "
            f"{_EXAMPLES}. Put such an address there, then start the app again.",
        )
    url = _parsed(text.strip())
    if url is None:
        raise InvalidSetting(
            "It cannot be read as the address of a database.",
            where=where,
            remedy=f"It looks like {_EXAMPLES}. In a password, write %40 for @, %3A for :, %2F for / and %25 "
            "for %. Then start the app again.",
        )
    if not set(url.query) <= set(_OPTIONS[driver]):
        options = ", ".join(_OPTIONS[driver])
        known = f"Known are {options}; leave out the rest" if options else "Leave it out"
        raise InvalidSetting(
            "After the question mark stands something that is not known here.",
            where=where,
            remedy=f"{known}. Then start the app again.",
        )
    if driver == "sqlite":
        return _file(url, folder, where)
    if driver == _MYSQL and not (url.password or "").isascii():
        raise InvalidSetting(
            "Its password has letters that the driver for MySQL cannot send.",
            where=where,
            remedy="Give that user one of letters from A to Z, digits and signs; then start the app again.",
        )
    if not url.database:
        raise InvalidSetting(
            "It does not say which database of that server is meant.",
            where=where,
            remedy=f"Put its name at the end, as in {_EXAMPLES}, then start the app again.",
        )
    return url.set(drivername=driver)


def _file(url: URL, folder: Path, where: str) -> URL:
    name = url.database or ""
    if url.host or name in ("", ":memory:") or name.startswith("file:"):
        raise InvalidSetting(
            "It names no file.",
            where=where,
            remedy="It has three slashes and then the name of the file, as in sqlite:///securechat.db; a "
            "path from the root makes them four, as in sqlite:////srv/chat.db. Then start the app again.",
        )
    return URL.create("sqlite", database=str(folder / name))


def _parsed(text: str) -> URL | None:
    """Return the parts of an address; None where there are none, or a piece of the password is among them."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # whose message may quote the password
        return None
    if url.get_backend_name() == "sqlite":
        return url
    shown = (url.host or "", *url.query, *map(str, url.query.values()))
    is_cut_wrongly = any("@" in part for part in shown) or set("@/#") & set(url.database or "")
    return None if is_cut_wrongly else url
