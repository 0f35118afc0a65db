"""The frames of the live feed: what is none, and that others who name them name what there is."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest
from msgspec.inspect import StructType, type_info
from msgspec.structs import FieldInfo, fields

from securechat import frames
from securechat.errors import InvalidFrame, MessageTooLong, TooFast
from tests.support import CANARY, ROOT

SIDES = {"client": get_args(frames.FromClient), "server": get_args(frames.FromServer)}
WRITE = '{"type":"write","sender":"A","client_id":"1","text":"hello"}'
ROOM = {"type": "room", "epoch": "e", "first_id": 1, "dropped": 0, "cleared": False, "rewritten": 0}


def tag_of(kind: type[frames.Frame]) -> str:
    """Return the `type` of a kind of frame."""
    info = type_info(kind)
    assert isinstance(info, StructType)
    return str(info.tag)


def all_fields() -> set[str]:
    """Return the names of all fields of frames and their parts."""
    names, waiting = {"type"}, [frames.Part]
    while waiting:
        part = waiting.pop()
        waiting += part.__subclasses__()
        names |= {field.encode_name for field in fields(part)}
    return names


def described(field: FieldInfo) -> str:
    """Return a field as the page has it."""
    return f"`{field.encode_name}`{'' if field.required else '?'}"


def rows() -> list[str]:
    """Return the table that the page should have."""
    return [
        f"| {side} | `{tag_of(kind)}` | {', '.join(map(described, fields(kind)))} |"
        for side, kinds in SIDES.items()
        for kind in kinds
    ]


def test_the_page_lists_them() -> None:
    """Each frame and each of its fields, and none that is gone."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    found = [line for line in page.splitlines() if line.startswith(("| client |", "| server |"))]
    assert found == rows()


def test_the_pages_scripts_name_what_there_is() -> None:
    """Types and fields that the chat, the wall and the sealed page ask for are in the schema."""
    folder = ROOT / "securechat" / "ui"
    files = [folder / "chat" / name for name in ("composer.js", "room.js", "feed.js")]
    files += [folder / "classroom" / name for name in ("wall.js", "tiles.js")]
    files += (ROOT / "securechat" / "sealed" / "page").rglob("*.js")
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    types = set(re.findall(r'frame\.type [!=]== "(\w+)"|\btype: "(\w+)"', text))
    known = {tag_of(kind) for kinds in SIDES.values() for kind in kinds}
    named = {name for pair in types for name in pair if name}
    assert len(named) >= 8
    assert named <= known
    asked = set(re.findall(r"\bframe\.(\w+)", text))
    assert len(asked) >= 12
    assert asked <= all_fields()


@pytest.mark.parametrize(
    "text",
    [
        WRITE.replace("}", ',"text":"another"}'),
        WRITE.replace('"hello"', "NaN"),
        WRITE.replace('"hello"', "Infinity"),
        WRITE.replace('"hello"', "9" * 5_000),
        WRITE.replace('"1"', '""'),
        WRITE.replace('"1"', f'"{"x" * 65}"'),
        WRITE.replace('"1"', '"\\u202e"'),
        WRITE.replace('"1"', '"\\ud800"'),
        WRITE.replace("write", CANARY),
        WRITE.replace("}", f',"{CANARY}":1}}'),
        WRITE + CANARY,
        "[" * 60_000,
        "",
    ],
)
def test_what_a_client_cannot_send(text: str) -> None:
    """It is refused with a code, and nothing of it is in the error or behind it."""
    assert isinstance(frames.from_client(WRITE), frames.Write)
    with pytest.raises(InvalidFrame) as refused:
        frames.from_client(text)
    assert refused.value.code == "InvalidFrame"
    assert CANARY not in str(refused.value)
    assert refused.value.__context__ is refused.value.__cause__ is None


@pytest.mark.parametrize(
    "change",
    [{"more": 1}, {"first_id": 0}, {"first_id": "1"}, {"dropped": -1}, {"cleared": 1}, {"epoch": None}],
)
def test_a_client_does_not_take_what_it_does_not_know(change: dict[str, Any]) -> None:
    """Also what the server sends is read strictly."""
    assert isinstance(frames.from_server(json.dumps(ROOM)), frames.Room)
    with pytest.raises(InvalidFrame):
        frames.from_server(json.dumps(ROOM | change))


@pytest.mark.parametrize("epoch", ["", "\ud800", "a\nb", "x" * 65])
def test_an_epoch_can_stand_in_an_address(epoch: str) -> None:
    """A client that comes back has it there."""
    assert isinstance(frames.from_server(json.dumps(ROOM)), frames.Room)
    with pytest.raises(InvalidFrame):
        frames.from_server(json.dumps({**ROOM, "epoch": epoch}))


def test_neither_side_takes_the_others() -> None:
    """A frame of the server is none of a client, and the other way about."""
    with pytest.raises(InvalidFrame):
        frames.from_client(json.dumps(ROOM))
    with pytest.raises(InvalidFrame):
        frames.from_server(WRITE)


STEPS = {"begin": 64, "answer": 64, "open": 128, "match": 0, "differ": 0}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_sealing(step: str) -> None:
    """Each has a value of its own length in small hexadecimal digits, and a round; else it is no frame."""
    frame: dict[str, Any] = {"type": "seal", "round": 1, "step": step, "value": "0f" * (STEPS[step] // 2)}
    read = frames.from_client(json.dumps(frame))
    assert read == frames.Seal(1, step, frame["value"])  # type: ignore[arg-type]
    wrong = ["0" * size for size in range(131) if size != STEPS[step]]
    wrong += ["0" * (STEPS[step] - 1) + char for char in "FgGx \n\u0660-"] + [frame["value"] + "\n"]
    changes: list[dict[str, Any]] = [{"value": value} for value in wrong]
    changes += [{"round": number} for number in (0, -1, "1", 1.5, None, True)]
    changes += [{"step": name} for name in ("", "Begin", "close", None)] + [{"sender": "p1"}]
    for change in changes:
        with pytest.raises(InvalidFrame):
            frames.from_client(json.dumps(frame | change))


def test_what_people_say_of_the_emoji_has_no_value() -> None:
    """It can be left out there, and nowhere else."""
    for step, size in STEPS.items():
        text = json.dumps({"type": "seal", "round": 1, "step": step})
        if size:
            with pytest.raises(InvalidFrame):
                frames.from_client(text)
        else:
            assert frames.from_client(text) == frames.Seal(1, step)  # type: ignore[arg-type]


SEALING: dict[str, Any] = {
    "type": "sealing",
    "round": 2,
    "first": "p1",
    "second": "p2",
    "commitment": "0a" * 32,
    "answer": "1b" * 32,
    "opening": "2c" * 64,
    "matched": ["p2"],
    "differs": "",
    "since": 0,
    "refusal": "",
    "me": "p1",
    "names": {"p1": "Brave Otter", "p2": "Calm Wolf"},
}


def test_how_far_a_sealing_has_come() -> None:
    """All of it is there each time, also what is empty; numbers in hexadecimal digits have their length."""
    assert json.loads(frames.encode(frames.from_server(json.dumps(SEALING)))) == SEALING
    nothing = {
        "round": 0,
        "first": "",
        "second": "",
        "commitment": "",
        "answer": "",
        "opening": "",
        "matched": [],
    }
    assert json.loads(frames.encode(frames.from_server(json.dumps(SEALING | nothing)))) == SEALING | nothing
    for left_out in SEALING:
        with pytest.raises(InvalidFrame):
            frames.from_server(json.dumps({name: SEALING[name] for name in SEALING if name != left_out}))
    for name in ("commitment", "answer", "opening"):
        for value in (
            SEALING[name] + "0",
            SEALING[name][:-1],
            SEALING[name][:-1] + "A",
            SEALING[name] + "\n",
        ):
            with pytest.raises(InvalidFrame):
                frames.from_server(json.dumps(SEALING | {name: value}))


def test_what_is_as_usual_is_left_out() -> None:
    """And read back as it was; only an error that ends by itself says when."""
    for error, more in (
        (MessageTooLong(3, 2, "characters"), set()),
        (TooFast("Not sent", 7), {"retry_after"}),
    ):
        told = frames.Error.of(error, "mine")
        text = frames.encode(told)
        assert set(json.loads(text)) == {"type", "error", "message", "client_id"} | more
        assert frames.from_server(text) == told
        assert frames.as_data(told) == json.loads(text)


def test_a_frame_shows_no_text() -> None:
    """Where one is printed, what is in it is not."""
    assert CANARY not in repr(frames.Write("A", "1", CANARY)) + str(frames.Ticket(CANARY))
