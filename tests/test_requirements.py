"""What is installed: the same on every machine and in a year, and nothing that is not needed."""

from __future__ import annotations

import re
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support import ROOT

FILES = ("requirements.txt", "requirements-terminal.txt", "requirements-database.txt", "requirements-dev.txt")

MARKERS = ({"extra": ""}, {"extra": "", "sys_platform": "win32", "platform_system": "Windows"})


def lines(name: str) -> list[str]:
    """Return the lines of a file, without comments."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pins(name: str) -> dict[str, set[str]]:
    """Return the versions that a file allows for each package."""
    found: dict[str, set[str]] = {}
    for line in lines(name):
        if not line.startswith("-"):
            wanted = Requirement(line)
            found.setdefault(canonicalize_name(wanted.name), set()).add(str(wanted.specifier))
    return found


def brought_by(name: str) -> set[str]:
    """Return what a package asks for here or on Windows, and what that asks for in turn."""
    seen: set[str] = set()
    waiting = [Requirement(name)]
    while waiting:
        package = waiting.pop()
        for text in requires(package.name) or ():
            wanted = Requirement(text)
            extras = [{"extra": extra} for extra in package.extras]
            is_asked_for = wanted.marker is None or any(map(wanted.marker.evaluate, [*MARKERS, *extras]))
            if is_asked_for and (each := canonicalize_name(wanted.name)) not in seen:
                seen.add(each)
                if wanted.marker is None or wanted.marker.evaluate():
                    waiting.append(wanted)
    return seen


def test_community_cloud_installs_what_the_app_imports_only() -> None:
    """requirements.txt has the packages that the app imports, each pinned to one version."""
    assert all(
        re.fullmatch(r"[a-z-]+==[\d.]+|-c constraints\.txt", line) for line in lines("requirements.txt")
    )
    assert set(pins("requirements.txt")) == {
        "cryptography",
        "filelock",
        "idna",
        "ifaddr",
        "msgspec",
        "pillow",
        "segno",
        "starlette",
        "streamlit",
        "streamlit-autorefresh",
    }


@pytest.mark.parametrize("file", FILES)
def test_requirements_and_constraints_agree(file: str) -> None:
    """What is asked for by name has the same version in both files."""
    constraints = pins("constraints.txt")
    for name, versions in pins(file).items():
        assert constraints[name] == versions


@pytest.mark.parametrize("file", FILES)
def test_everything_that_is_brought_along_is_pinned(file: str) -> None:
    """Packages that packages need have one version in constraints.txt, for each version of Python one."""
    constraints = pins("constraints.txt")
    for line in lines(file):
        if not line.startswith("-"):
            assert brought_by(line) <= set(constraints), line


def test_nothing_else_stands_among_the_pins() -> None:
    """No address and no path."""
    for line in lines("constraints.txt"):
        assert re.fullmatch(r"[a-z\d-]+==[\w.]+( ; [\w.' =!<>]+)?", line)
