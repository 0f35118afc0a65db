"""What `docs/architecture.md` says of the code is true: every file and every name in it is there."""

from __future__ import annotations

import re

import pytest

from tests.support import ROOT

TEXT = " ".join((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split())
QUOTED = re.findall(r"`([^`]+)`", TEXT)
FILES = sorted({text for text in QUOTED if "/" in text})
NAMED = sorted({*re.findall(r"`(\S+\.(?:py|js))`, `(\w+)`", TEXT)})
NAMED_BEFORE = sorted({(file, name) for name, file in re.findall(r"`([\w.]+)` in `(\S+\.py)`", TEXT)})


def defines(file: str, name: str) -> bool:
    """Say whether a file defines a function, a class or a method; `Room.post` is a method of a class."""
    text = (ROOT / file).read_text(encoding="utf-8")
    owner, _, last = name.rpartition(".")
    start = text.index(f"class {owner}") if owner else 0
    made = rf"(?:^|\n)\s*(?:async )?(?:export )?(?:def|class|function|const) {last}\b|\n  {last}\(.*\) \{{\n"
    return re.search(made, text[start:]) is not None


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_there(file: str) -> None:
    """A file or folder that is moved has to be moved on the map, too."""
    assert (ROOT / file).exists()


@pytest.mark.parametrize(("file", "name"), [*NAMED, *NAMED_BEFORE])
def test_every_name_is_defined_where_it_says(file: str, name: str) -> None:
    """The way of one message and the ideas can be followed by searching for what stands there."""
    assert defines(file, name)


def test_something_is_named() -> None:
    """The way has its steps, and the page its names: else the tests above would hold nothing."""
    assert len(FILES) > 25
    assert len(NAMED) >= 12
    assert len(NAMED_BEFORE) >= 5


def test_the_map_has_every_part() -> None:
    """Each folder and module of the package stands on the map."""
    on_the_map = TEXT.partition("## The map")[2].partition("## The way")[0]
    parts = [path for path in (ROOT / "securechat").iterdir() if not path.name.startswith("_")]
    missing = [path.name for path in parts if f"securechat/{path.name}" not in on_the_map]
    assert not missing


@pytest.mark.parametrize("part", ["crypto", "rooms", "database"])
def test_it_has_every_module_of_what_is_read_most(part: str) -> None:
    """Each one is there, and none that is gone."""
    said = TEXT.partition(f"- `securechat/{part}/`:")[2].partition(" - `")[0].partition(" ## ")[0]
    modules = {path.name for path in (ROOT / "securechat" / part).glob("[!_]*.py")}
    assert set(re.findall(r"`(\w+\.py)`", said)) == modules


@pytest.mark.parametrize("name", ["no_such_function", "Room.no_such_method"])
def test_a_name_that_is_not_there_is_found_out(name: str) -> None:
    """So that a page which is out of date fails."""
    assert not defines("securechat/rooms/room.py", name)
