"""What was written in a class as a file: complete, inert in a spreadsheet, decrypted only if asked for."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from securechat.classroom import TEACHER
from securechat.classroom.export import Row, rows, to_csv, to_json
from securechat.crypto.keyring import KeyRing
from tests.core.classes import Lesson, alias
from tests.core.test_secrecy import texts_within
from tests.sealing import post, seal

CANARY = "the canary sings at dawn"
FORMULAS = {
    "\0=1": "'\0=1",
    "=1+1": "'=1+1",
    "＝1＋1": "'＝1＋1",
    "+1": "'+1",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    " =1": " '=1",
    '"=1': "\"'=1",
    "\t=1": "'\t'=1",
    "\r=1": "'\r'=1",
    "\n=1": "'\n'=1",
    '=HYPERLINK("http://evil.example")': '\'=HYPERLINK("http://evil.example")',
    "a;=1+1": "a;'=1+1",
    "a|=1+1": "a|'=1+1",
    "a\t=1+1": "a\t'=1+1",
    "a\n=1+1": "a\n'=1+1",
    'a; "+1': "a; \"'+1",
    "a;": "a;'",
    'a|"': "a|\"'",
    "a\n": "a\n'",
}
"""Texts, and how they stand in the CSV file."""

HARMLESS = ("", " ", '"', "a", "1-1", "a=b", ":-)", "Hi, =)", "Well, ", "'=1", "a\n\nb", "a\r\nb;c|d", "é🔒")
"""Texts that stand there as they are."""

SIGNS = tuple("=+-@\t\0＝＋－＠﹦﹢﹣﹫")
NASTY = "=+-@\t\r\n\0＝＠;|,\"' aé"
COLUMNS = ["room", "id", "sent_at", "sender", "recipient", "sealed", "token"]


def written() -> Lesson:
    """Hold a class in which a pair, all, two people alone and the teacher wrote."""
    lesson = Lesson(4)
    lesson.say("p1", f"{CANARY} 1", lesson.room_of("p1"))
    lesson.say("p3", f"{CANARY} 2", lesson.room_of("p3"))
    lesson.say("p2", f"{CANARY} 3")
    lesson.say("p2", f"{CANARY} 4", to="p3")
    lesson.say(TEACHER, f"{CANARY} 5", to="p1")
    return lesson


def read_csv(text: str) -> list[dict[str, str]]:
    """Read a CSV file as a spreadsheet would that knows what separates its cells."""
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def cells(text: str, separator: str, *, trim: bool) -> list[str]:
    """Read a CSV file as a spreadsheet would that takes something else for the separator."""
    file = io.StringIO(text.removeprefix("\ufeff"), newline="")
    return [cell for row in csv.reader(file, delimiter=separator, skipinitialspace=trim) for cell in row]


def read_json(text: str) -> list[dict[str, Any]]:
    """Read a JSON file."""
    table: list[dict[str, Any]] = json.loads(text)
    return table


class TestRows:
    """Every message that is kept is there once."""

    def test_room_after_room(self) -> None:
        """The room of everyone first, each in the order of sending, with people's names."""
        lesson = written()
        table = rows(lesson.classroom, decrypted=True)
        assert [(row.room, row.id, row.sender, row.recipient, row.text[-1]) for row in table] == [
            ("Everyone", 1, alias(1), "", "3"),
            ("Everyone", 2, alias(1), alias(2), "4"),
            ("Everyone", 3, "Teacher", alias(0), "5"),
            ("Room 1", 1, alias(0), "", "1"),
            ("Room 2", 1, alias(2), "", "2"),
        ]
        kept = [lesson.store.view(room).messages for room in lesson.classroom.view().rooms]
        assert [row.token for row in table] == [message.token for room in kept for message in room]
        assert {row.sent_at[-1] for row in table} == {"Z"}

    def test_names_as_they_are_now(self) -> None:
        """Who was renamed is called so; who was removed is not named, and the text is still there."""
        lesson = written()
        lesson.desk.rename("p2", "Tim")
        lesson.desk.remove("p3")
        table = rows(lesson.classroom, decrypted=True)
        assert [(row.sender, row.recipient) for row in table[:2]] == [
            ("Tim", ""),
            ("Tim", "Somebody removed"),
        ]
        assert table[-1].sender == "Somebody removed"
        assert all(row.text.startswith(CANARY) for row in table)

    def test_without_texts_there_is_no_plaintext(self) -> None:
        """Neither in a row nor in what is made of it, in whatever form."""
        lesson = written()
        table = rows(lesson.classroom, decrypted=False)
        assert len(table) == 5
        files = [to_csv(table, decrypted=False), to_json(table, decrypted=False)]
        assert not [text for text in (*files, *texts_within(table)) if CANARY in str(text)]
        assert [row.text for row in table] == [""] * 5

    def test_what_no_key_opens_any_more(self) -> None:
        """It is there with its token and without a text."""
        lesson = written()
        lesson.room(lesson.everyone).conversation.change_keys(lambda _: KeyRing.generate())
        table = rows(lesson.classroom, decrypted=True)
        assert [row.text[-1:] for row in table] == ["", "4", "5", "1", "2"]
        assert all(row.token for row in table)

    @pytest.mark.parametrize("decrypted", [False, True])
    def test_what_two_have_sealed(self, *, decrypted: bool) -> None:
        """It is there as a token, marked as sealed, and without a text; what was written before has its."""
        lesson = written()
        for phone in seal(lesson.classroom, "p1", "p2"):
            post(lesson.classroom, phone, CANARY)
        table = [row for row in rows(lesson.classroom, decrypted=decrypted) if row.room == "Room 1"]
        texts = [f"{CANARY} 1" if decrypted else "", "", ""]
        assert [(row.sealed, row.text) for row in table] == list(zip([False, True, True], texts, strict=True))
        assert [row.token for row in table] == [
            message.token for message in lesson.store.view(lesson.room_of("p1")).messages
        ]
        from_csv = read_csv(to_csv(table, decrypted=decrypted))
        assert [row["sealed"] for row in from_csv] == ["no", "yes", "yes"]
        from_json = read_json(to_json(table, decrypted=decrypted))
        assert [row["sealed"] for row in from_json] == [False, True, True]

    def test_what_was_cleared_or_closed(self) -> None:
        """Nothing of it is there."""
        lesson = written()
        lesson.desk.clear(lesson.everyone)
        assert len(rows(lesson.classroom, decrypted=True)) == 2
        lesson.desk.close()
        table = rows(lesson.classroom, decrypted=True)
        assert table == []
        assert read_csv(to_csv(table, decrypted=True)) == []
        assert read_json(to_json(table, decrypted=True)) == []

    def test_a_row_shows_neither_text_nor_token(self) -> None:
        """Where it is printed, it says which message it is."""
        row = rows(written().classroom, decrypted=True)[3]
        assert repr(row) == "Row(room='Room 1', id=1)"


class TestFiles:
    """CSV and JSON that other programs read as they were meant."""

    @pytest.mark.parametrize("decrypted", [False, True])
    def test_both_hold_the_same(self, *, decrypted: bool) -> None:
        """Every row with all its columns; the texts in a column of their own, and only if asked for."""
        table = rows(written().classroom, decrypted=decrypted)
        columns = [*COLUMNS, "text"] if decrypted else COLUMNS
        from_csv, from_json = (
            read_csv(to_csv(table, decrypted=decrypted)),
            read_json(to_json(table, decrypted=decrypted)),
        )
        assert [list(row) for row in from_csv] == [list(row) for row in from_json] == [columns] * 5
        written_out = [{**row, "sealed": "yes" if row["sealed"] else "no"} for row in from_json]
        assert from_csv == [{name: str(value) for name, value in row.items()} for row in written_out]
        assert [row["token"] for row in from_json] == [row.token for row in table]

    def test_texts_that_were_decrypted_are_left_out_if_not_asked_for(self) -> None:
        """Also rows that have their texts are written without them."""
        table = rows(written().classroom, decrypted=True)
        for text in (to_csv(table, decrypted=False), to_json(table, decrypted=False)):
            assert CANARY not in text

    def test_spreadsheets_see_that_it_is_utf_8(self) -> None:
        """The CSV file begins with a byte order mark, the JSON file does not: that is no JSON (RFC 8259)."""
        lesson = Lesson(2)
        lesson.say("p1", "Grüße")
        table = rows(lesson.classroom, decrypted=True)
        data = to_csv(table, decrypted=True).encode()
        assert data.startswith(b'\xef\xbb\xbf"room",')
        assert "Grüße" in data.decode("utf-8-sig")
        assert json.loads(to_json(table, decrypted=True).encode().decode())[0]["text"] == "Grüße"
        assert to_csv([], decrypted=False).encode().startswith(b"\xef\xbb\xbf")

    @pytest.mark.parametrize("formula", FORMULAS)
    def test_nothing_is_a_formula(self, formula: str) -> None:
        """What a spreadsheet would compute has an apostrophe before it in CSV; JSON has it as it is."""
        lesson = Lesson(2)
        lesson.say("p1", formula)
        table = rows(lesson.classroom, decrypted=True)
        assert read_csv(to_csv(table, decrypted=True))[0]["text"] == FORMULAS[formula]
        assert read_json(to_json(table, decrypted=True))[0]["text"] == formula

    @pytest.mark.parametrize("text", HARMLESS)
    def test_what_is_harmless_stays(self, text: str) -> None:
        """Nothing is put into texts that no program would compute."""
        row = Row("x", 1, "x", "x", "x", False, "x", text)
        assert read_csv(to_csv([row], decrypted=True))[0]["text"] == text

    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    @given(
        st.lists(st.lists(st.text(NASTY, max_size=12), min_size=5, max_size=5), max_size=3),
        st.booleans(),
    )
    @settings(deadline=None, max_examples=1_000)
    def test_nor_under_any_separator(self, separator: str, texts: list[list[str]], trim: bool) -> None:
        """Whatever a spreadsheet takes for the separator, no cell begins with a sign of a formula."""
        table = [Row(room, 1, "x", sender, to, True, token, text) for room, sender, to, token, text in texts]
        for cell in cells(to_csv(table, decrypted=True), separator, trim=trim):
            assert not cell.startswith(("\r", "\n"))
            assert not cell.strip(' "').startswith(SIGNS)

    @pytest.mark.parametrize("formula", FORMULAS)
    @pytest.mark.parametrize("column", ["room", "sender", "recipient", "token", "text"])
    def test_no_column_is(self, column: str, formula: str) -> None:
        """The same goes for every column, whatever may once stand there."""
        cells = dict.fromkeys(("room", "sent_at", "sender", "recipient", "token", "text"), "x")
        row = replace(Row("x", 1, "x", "x", "x", False, "x", "x"), **{column: formula})  # type: ignore[arg-type]
        read = read_csv(to_csv([row], decrypted=True))[0]
        assert read == {**cells, "id": "1", "sealed": "no", column: FORMULAS[formula]}

    @given(
        st.lists(
            st.builds(
                Row,
                room=st.text(),
                id=st.integers(1),
                sent_at=st.text(),
                sender=st.text(),
                recipient=st.text(),
                sealed=st.booleans(),
                token=st.text(),
                text=st.text(),
            ),
            max_size=3,
        )
    )
    def test_whatever_was_written_comes_back(self, table: list[Row]) -> None:
        """Quotes, commas, line breaks, NUL and all scripts survive both files; no cell begins a formula."""
        read = read_csv(to_csv(table, decrypted=True))
        assert len(read) == len(table)
        for cells, row in zip(read, table, strict=True):
            for name in (*COLUMNS, "text"):
                value = ("no", "yes")[row.sealed] if name == "sealed" else str(getattr(row, name))
                assert cells[name].replace("'", "") == value.replace("'", "")
                assert not cells[name].startswith((*SIGNS, "\r", "\n"))
        assert read_json(to_json(table, decrypted=True)) == [vars(row) for row in table]
