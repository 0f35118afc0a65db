"""Joins ES modules: a component of Streamlit is one module, and what is written here is many.

The files are true ES modules, so that browsers, linters and tests take them as they are. An inline module
can import no file, because the browser knows it by an address that leads nowhere; so what it imports is put
before it. That makes all of its files one scope: each name at the top of a file is there once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_IMPORT = re.compile(r'^import \{([\w$,\s]*)\} from "(\.{1,2}/[^"\n]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default (?=(?:async )?(?:function|class)\b)", re.MULTILINE)
_NAMED = re.compile(
    r"^(export )?(?:(?:async )?function\*? ?|class |const |let |var )([\w$]+|[\[{])", re.MULTILINE
)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class ModuleError(Exception):
    """A module cannot be joined with those that it imports."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path.parent.name}/{path.name}: {problem}")


@dataclass(frozen=True)
class _Module:
    """A file, read.

    Attributes:
        path: Where it is.
        imports: Which names it takes from which files.
        own: All names at its top.
        exported: Those of them that others may import.
        code: What it says, without the words for that.
    """

    path: Path
    imports: tuple[tuple[Path, tuple[str, ...]], ...]
    own: tuple[str, ...]
    exported: frozenset[str]
    code: str


def join(entry: Path) -> str:
    """Return a module and all that it imports, and what those import, as one module.

    Args:
        entry: The file with the default export.

    Raises:
        ModuleError: Something is imported that is not there or not exported, in a circle, or under another
            name; two files have the same name at their top; or a file does what one module cannot.
    """
    joined: dict[Path, _Module] = {}
    _add(entry.resolve(), joined, ())
    owners: dict[str, Path] = {}
    for module in joined.values():
        for name in module.own:
            if (other := owners.setdefault(name, module.path)) != module.path:
                raise ModuleError(module.path, f"{other.parent.name}/{other.name} has the name {name}, too.")
    return "\n".join(module.code for module in joined.values())


def _add(path: Path, joined: dict[Path, _Module], importers: tuple[Path, ...]) -> _Module:
    """Add a file behind all that it imports."""
    if path in importers:
        raise ModuleError(path, f"It imports itself, by way of {importers[-1].name}.")
    if path not in joined:
        module = _read(path, is_entry=not importers)
        for source, names in module.imports:
            if not source.is_file():
                raise ModuleError(path, f"There is no file {source.name} to import from.")
            for name in set(names) - _add(source, joined, (*importers, path)).exported:
                raise ModuleError(path, f"{source.name} exports no {name}.")
        joined[path] = module
    return joined[path]


def _read(path: Path, *, is_entry: bool) -> _Module:
    text = path.read_text(encoding="utf-8")
    imports = [
        ((path.parent / where).resolve(), tuple(name.strip() for name in names.split(",") if name.strip()))
        for names, where in _IMPORT.findall(text)
    ]
    code = _EXPORT.sub("", _IMPORT.sub("", text))
    rest = _DEFAULT.sub("", code, count=1) if is_entry else code
    if other := _OTHER.search(rest):
        raise ModuleError(path, f"One module cannot have this: {other[0]}")
    if is_entry and rest == code:
        raise ModuleError(path, "It exports no default.")
    named = _NAMED.findall(text)
    own = tuple(name for _, name in named)
    if {"[", "{"} & set(own):
        raise ModuleError(path, "Names at its top stand one by one.")
    return _Module(path, tuple(imports), own, frozenset(name for export, name in named if export), code)
