"""What is wrong with a database when the app starts, in plain words, and what to do about it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL

from securechat.errors import InvalidSetting

_AGAIN = "then start the app again."

_FULL = ("There is no space left on its disk.", f"Make room there, {_AGAIN}")
_REFUSED = (
    "It refuses the user or the password.",
    f"Correct them in the address (in a password, write %40 for @ and %3A for :), {_AGAIN}",
)
_MISSING = ("There is no such database on that server.", f"Make it, empty, or correct its name, {_AGAIN}")
_FORBIDDEN = (
    "It does not let this user make tables.",
    f"Let its administrator make this user the owner of that database, {_AGAIN}",
)
_READ_ONLY = (
    "It can only be read.",
    f"Give the address of the server that takes changes, {_AGAIN}",
)
_BUSY = (
    "Something else has kept it locked for too long.",
    "Wait until other servers have started. End what else has it open, such as a program that looks into "
    f"databases; {_AGAIN}",
)

_SAID: dict[object, tuple[str, str]] = {
    "SQLITE_NOTADB": (
        "It is a file, but no database.",
        f"It was left as it is. Name another file, or move it away and a new one is made; {_AGAIN}",
    ),
    "SQLITE_CORRUPT": (
        "It is damaged.",
        f"It was left as it is. Put a backup in its place, {_AGAIN}",
    ),
    "SQLITE_ERROR": (
        "It is damaged.",
        f"It was left as it is. Put a backup in its place, {_AGAIN}",
    ),
    "SQLITE_READONLY": (
        "It can only be read.",
        f"Let the user that runs the app write into the file and into its folder, {_AGAIN}",
    ),
    "SQLITE_CANTOPEN": (
        "It cannot be opened.",
        f"Let the user that runs the app write into the file and into its folder, {_AGAIN}",
    ),
    "SQLITE_IOERR": (
        "Its disk could not be read or written.",
        f"Make sure that there is room on it, and that it is in this computer and no network drive; {_AGAIN}",
    ),
    "SQLITE_FULL": _FULL,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "53100": _FULL,
    "28000": _REFUSED,
    "28P01": _REFUSED,
    "3D000": _MISSING,
    "42501": _FORBIDDEN,
    "25006": _READ_ONLY,
    "55P03": _BUSY,
    1021: _FULL,
    1114: _FULL,
    1045: _REFUSED,
    1698: _REFUSED,
    1044: _FORBIDDEN,
    1142: _FORBIDDEN,
    1049: _MISSING,
    1205: _BUSY,
    1290: _READ_ONLY,
    1792: _READ_ONLY,
    1836: _READ_ONLY,
}
"""What engines call a fault, and what is said of it."""

_SILENT = (
    "It cannot be reached, or lets nobody in.",
    "Look whether it runs, and whether host, port, user, password and the name of the database are right; "
    f"{_AGAIN}",
)


def fault_at_start(code: object, url: URL, *, where: str) -> InvalidSetting:
    """Say what is wrong with a database: where it is, and neither its user nor its password.

    Args:
        code: What the engine calls the fault: see `error_code`. None where it was never reached.
        url: Its address.
        where: The setting that the address comes from, in words.
    """
    problem, remedy = _said(code, url)
    return InvalidSetting(problem, where=f"{where}, {name_of(url)}", remedy=remedy)


def problem_of(code: object, url: URL) -> str:
    """Say in a sentence what is wrong with a database: see `fault_at_start`."""
    return _said(code, url)[0]


def is_known(code: object, url: URL) -> bool:
    """Say whether there are words for what an engine calls a fault."""
    return (_primary(code) if _is_file(url) else code) in _SAID


def file_fault(url: URL, *, where: str) -> InvalidSetting:
    """Say that a file cannot be used with which the connection is to be protected: see `fault_at_start`."""
    return InvalidSetting(
        "A file that its address names behind the question mark cannot be used.",
        where=f"{where}, {name_of(url)}",
        remedy=f"Look whether it is there, can be read, and is a certificate or a private key; {_AGAIN}",
    )


def busy(url: URL, *, where: str) -> InvalidSetting:
    """Say that something else has kept a database locked for too long."""
    return fault_at_start("SQLITE_BUSY" if _is_file(url) else "55P03", url, where=where)


def name_of(url: URL) -> str:
    """Return which database it is, in words that can be shown."""
    if _is_file(url):
        return f"the file {url.database}"
    return f"the database {url.database} on {url.host or url.query.get('host') or 'this computer'}"


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _said(code: object, url: URL) -> tuple[str, str]:
    return _file_fault(code, Path(str(url.database))) if _is_file(url) else _SAID.get(code, _SILENT)


def _file_fault(code: object, path: Path) -> tuple[str, str]:
    if path.is_dir():
        return "It is a folder, not a file.", f"Name a file in it, {_AGAIN}"
    if not path.parent.is_dir():
        return "The folder that it should be in is not there.", f"Make that folder, or name another, {_AGAIN}"
    return _SAID.get(_primary(code), _SAID["SQLITE_IOERR"])


def _primary(code: object) -> str:
    return "_".join(str(code).split("_")[:2])  # SQLITE_READONLY_DIRECTORY is a SQLITE_READONLY
