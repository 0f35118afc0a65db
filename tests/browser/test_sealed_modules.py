"""What the sealed page computes, held to the Python that does the same: ledger, format, QR codes."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import segno
from playwright.sync_api import Browser, Page

from securechat.classroom.aliases import ADJECTIVES, ANIMALS
from securechat.rooms.messages import MAX_TOKEN_CHARS, contained
from securechat.sealed import page as sealed_page
from securechat.sealed.ledger import REMEMBERED
from securechat.sealed.said import MAX_BYTES, Said, Unread, read_said
from tests.sealed_relay import sealed_relay
from tests.support import ROOT

CASES = json.loads((ROOT / "tests/vectors_sealed/ledger.json").read_text(encoding="utf-8"))
TAKE = """([me, steps]) => {
    const ledger = new Ledger(me);
    return steps.map(({ sealed, room, stored, not_shown: notShown, message }) => {
        let found = { says: [], unsent: [] };
        if (sealed) ledger.sealed(sealed);
        else if (room) found = ledger.room(room);
        else if (stored) found = ledger.stored(stored.n, stored.id);
        else if (notShown) found = ledger.notShown(notShown);
        else found = ledger.message(message, message.said ?? message.unread ?? null);
        return [found.isNew ?? false, found.says, found.unsent, ledger.standing];
    });
}"""
CAPACITY = (17, 32, 53, 78, 106, 134, 154, 192, 230, 271)
"""Bytes that a QR code of each version holds at level L."""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page with the functions of all modules at its top."""
    with sealed_relay() as relay:
        opened = browser.new_page()
        opened.goto(f"{relay.url}/sealed/sha256.js")
        names = [path.stem for path in sealed_page.FOLDER.glob("*.js") if path.stem != "main"]
        opened.evaluate(
            """async (names) => {
                for (const name of names) Object.assign(window, await import(`/sealed/${name}.js`));
            }""",
            names,
        )
        yield opened
        opened.close()


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_page_says_of_a_server_what_the_terminal_says(page: Page, case: dict[str, Any]) -> None:
    """Each step of the shared cases brings the same sentences, and only they."""
    found = page.evaluate(TAKE, [case["me"], case["steps"]])
    for number, (step, (is_new, says, unsent, standing)) in enumerate(zip(case["steps"], found, strict=True)):
        wanted = [step.get("new", False), step.get("says", []), step.get("unsent", [])]
        assert [is_new, says, unsent] == wanted, number
        assert standing == step.get("standing", standing), number
    if not any("standing" in step for step in case["steps"]):
        assert found[-1][3] == []


BY = "0123456789abcdef"
GOOD = {"v": 1, "by": BY, "n": 1, "name": "Otter", "text": "hello"}
SAID: list[Any] = [
    GOOD,
    {**GOOD, "left": True},
    {**GOOD, "left": False},
    {**GOOD, "left": 1},
    {**GOOD, "text": ""},
    {**GOOD, "text": "😀" * 2_000},
    {**GOOD, "text": "x" * 2_001},
    {**GOOD, "name": ""},
    {**GOOD, "name": "😀" * 24},
    {**GOOD, "name": "x" * 25},
    {**GOOD, "n": 0},
    {**GOOD, "n": -1},
    {**GOOD, "n": 2**53 - 1},
    {**GOOD, "n": 2**53},
    {**GOOD, "n": "1"},
    {**GOOD, "n": True},
    {**GOOD, "n": None},
    {**GOOD, "by": BY.upper()},
    {**GOOD, "by": BY + "0"},
    {**GOOD, "by": BY + "\n"},
    {**GOOD, "by": 5},
    {**GOOD, "v": 2},
    {**GOOD, "v": 0},
    {**GOOD, "v": "1"},
    {**GOOD, "v": True},
    {"v": 2, "what": "is new"},
    {"v": 3},
    {**GOOD, "more": 1},
    {key: value for key, value in GOOD.items() if key != "text"},
    {key: value for key, value in GOOD.items() if key != "v"},
    [GOOD],
    "hello",
    5,
    None,
    True,
    {},
    [],
]


def test_the_format_is_read_as_in_python(page: Page) -> None:
    """What is a message, what is of another program, and what of a newer one."""
    texts = [
        *(json.dumps(each, ensure_ascii=False) for each in SAID),
        "",
        "hello",
        "{",
        '{"v": 1} x',
        "\ufeff{}",
    ]
    found = page.evaluate("(texts) => texts.map(readSaid)", texts)
    for text, mine in zip(texts, found, strict=True):
        said = read_said(text)
        if isinstance(said, Said):
            wanted: Any = {
                "by": said.by,
                "n": said.n,
                "name": said.name,
                "text": said.text,
                "left": said.left,
            }
        else:
            wanted = {Unread.FOREIGN: "foreign", Unread.NEWER: "newer"}[said]
        assert mine == wanted, text[:200]


def test_what_the_page_writes_python_reads(page: Page) -> None:
    """The JSON of a page is one of the terminal's."""
    said = Said(BY, 3, "Ötter", "“hi”\n\u2028😀", left=True)
    data = {"by": said.by, "n": said.n, "name": said.name, "text": said.text, "left": said.left}
    assert read_said(page.evaluate("(said) => toJson(said)", data)) == said


def test_limits_are_those_of_python(page: Page) -> None:
    """The same texts are too long, with the same words."""
    source = (sealed_page.FOLDER / "said.js").read_text()
    assert f"MAX_BYTES = {MAX_BYTES:_};" in source
    assert f"REMEMBERED = {REMEMBERED};" in (sealed_page.FOLDER / "ledger.js").read_text()
    room = (sealed_page.FOLDER / "room.js").read_text()
    assert f"MAX_TOKEN = {MAX_TOKEN_CHARS:_};" in room
    fault = "(text) => faultOfText(text, 'Otter')"
    assert page.evaluate(fault, "x" * 2_000) == ""
    assert page.evaluate(fault, "😀" * 2_000) == ""
    too_long = "The message has 2,003 characters; 2,000 are allowed. Shorten it by 3."
    assert page.evaluate(fault, "x" * 2_003) == too_long
    assert "nothing to send" in page.evaluate(fault, " \n")
    assert page.evaluate(fault, "\x01" * 2_000) == ""  # six times as long as JSON, and still stored


def test_characters_that_hide_or_act_are_written_out_as_in_python(page: Page) -> None:
    """Escapes, overrides, fillers and stray selectors; emoji families, hearts and flags stay."""
    texts = [
        "",
        "plain",
        "a\x1b[31mb",
        "safe\u202egnp.exe",
        "a\nb\tc",
        "\x00\x7f\x9b",
        "❤️",
        "a\ufe0f\ufe0fb",
        "\ufe0f",
    ]
    texts += [
        "👨‍👩‍👧",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "🏴\U000e0067",
        "שלום\u200f",
    ]
    texts += [
        "\u3164",
        "می\u200cخواهم",
        "\u2028\u2029",
        "\ufeffx",
        " \ufe0f",
        "a\u034fb",
        "\U000e0100",
        "1\ufe0f\u20e3",
    ]
    assert page.evaluate("(texts) => texts.map(contained)", texts) == list(map(contained, texts))


def test_names_are_those_of_a_class(page: Page) -> None:
    """Two words that nobody minds."""
    for _ in range(50):
        adjective, animal = page.evaluate("friendlyName()").split(" ")
        assert adjective in ADJECTIVES
        assert animal in ANIMALS


@pytest.mark.parametrize("version", range(1, 11))
def test_full_qr_codes_are_those_of_segno(page: Page, version: int) -> None:
    """Where nothing is filled up, each square is that of another program."""
    rng = random.Random(version)  # noqa: S311 - the same in every run
    text = "".join(rng.choice("abcXYZ019-_:/#=") for _ in range(CAPACITY[version - 1]))
    wanted = segno.make(text, error="L", mask=0, mode="byte", boost_error=False)
    assert page.evaluate("(text) => qrOf(text)", text) == [
        [bool(square) for square in row] for row in wanted.matrix
    ]


@pytest.mark.parametrize("length", [1, 16, 18, 70, 84, 100, 107, 135, 160, 200, 231, 250])
def test_qr_codes_are_read(page: Page, length: int) -> None:
    """A reader finds the text in a code that is not full: here, one that looks at nothing but the data."""
    rng = random.Random(length)  # noqa: S311 - the same in every run
    text = "".join(rng.choice("abcXYZ019-_:/#=") for _ in range(length))
    assert read_qr(page.evaluate("(text) => qrOf(text)", text)) == text


def test_a_text_too_long_for_a_code_is_refused(page: Page) -> None:
    """Instead of a code that cannot be read."""
    assert (
        page.evaluate("() => { try { qrOf('x'.repeat(272)); } catch (error) { return error.name; } }")
        == "RangeError"
    )


def read_qr(matrix: list[list[bool]]) -> str:
    """Read a QR code of level L with the first mask, without a look at what mends it."""
    size = len(matrix)
    version = (size - 17) // 4
    centres = [6, *range(size - 7, 6, -(28 if version < 7 else (size - 13) // 2))]

    def holds_data(x: int, y: int) -> bool:
        corner = (x < 9 and y < 9) or (x >= size - 8 and y < 9) or (x < 9 and y >= size - 8)
        near = (x < 6 and y >= size - 11) or (y < 6 and x >= size - 11)
        squares = {(cx, cy) for cx in centres for cy in centres} - {(6, 6), (6, size - 7), (size - 7, 6)}
        aligned = version > 1 and any(abs(x - cx) < 3 and abs(y - cy) < 3 for cx, cy in squares)
        return not (corner or aligned or x == 6 or y == 6 or (version >= 7 and near))

    bits, up = [], True
    right = size - 1
    while right > 0:
        for y in range(size - 1, -1, -1) if up else range(size):
            for x in (right, right - 1):
                if holds_data(x, y):
                    bits.append(int(matrix[y][x]) ^ ((x + y) % 2 == 0))
        right -= 3 if right == 8 else 2
        up = not up
    read = [int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits) - 7, 8)]
    sizes = {6: (68, 68), 7: (78, 78), 8: (97, 97), 9: (116, 116), 10: (68, 68, 69, 69)}.get(version)
    if sizes:
        blocks: list[list[int]] = [[] for _ in sizes]
        rest = iter(read)
        for place in range(max(sizes)):
            for block, length in zip(blocks, sizes, strict=True):
                if place < length:
                    block.append(next(rest))
        read = [byte for block in blocks for byte in block]
    stream = "".join(f"{byte:08b}" for byte in read)
    assert stream[:4] == "0100"
    width = 8 if version < 10 else 16
    count = int(stream[4 : 4 + width], 2)
    start = 4 + width
    return bytes(int(stream[start + 8 * i : start + 8 * i + 8], 2) for i in range(count)).decode()


def test_the_source_has_no_markup_made_of_texts() -> None:
    """Nothing that somebody wrote is ever taken for HTML."""
    for path in sealed_page.FOLDER.rglob("*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", path.read_text()
        )
        assert len(path.read_text().splitlines()) < 200
