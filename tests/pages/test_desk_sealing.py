"""Sealing at the teacher's desk, without a browser: the rule, and Mallory between two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from securechat import frames
from securechat.classroom import Classroom, SealRule
from securechat.classroom.whereabouts import Picked, Whereabouts
from securechat.ui import outcome
from securechat.ui import switch as switches
from securechat.ui.classroom.mallory import PUT, TAKE
from securechat.ui.classroom.views import View
from securechat.ui.state import application
from securechat.ui.whereabouts import KEY
from tests.apptest import open_app, run, sent_to_browser, texts
from tests.pupils import labels, press
from tests.sealing import compare, seal, seat_of

PAGE = "pages/classroom.py"
SURE = f"Yes: {PUT[:1].lower()}{PUT[1:]}"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test press the same button again at once."""
    monkeypatch.setattr(outcome, "DOUBLE_SECONDS", 0.0)


@pytest.fixture
def classroom() -> Classroom:
    """A class with a pair in Room 1, and one in Room 2."""
    there = application().classrooms.new()
    for name in ("Brave Otter", "Calm Fox", "Keen Robin", "Merry Newt"):
        there.join(name)
    return there


@pytest.fixture
def open_desk(classroom: Classroom) -> Callable[..., AppTest]:
    """Return what opens the desk of the class, with a room picked, or another view."""

    def open_page(number: int | None = None, view: View = View.DESK) -> AppTest:
        at = open_app()
        picked = None if number is None else Picked(room=room_of(classroom, number))
        presenter = application().presenters.enter()
        at.session_state[KEY] = Whereabouts(presenter=presenter, desk=classroom.id, picked=picked)
        at.switch_page(PAGE)
        at.query_params["view"] = view.value
        return run(at)

    return open_page


def room_of(classroom: Classroom, number: int = 1) -> str:
    """Return the name of a room."""
    return list(classroom.view().rooms)[number]


def said(at: AppTest) -> str:
    """Return what came of the last button, without the signs that keep it from being Markdown."""
    return " ".join(str(note.value) for note in (*at.success, *at.error)).replace("\\", "")


def rule(at: AppTest) -> object:
    """Return what stands at "Sealing a room"."""
    return at.radio(key="class_sealing").value


def choose(at: AppTest, value: SealRule) -> AppTest:
    """Choose another rule."""
    at.radio(key="class_sealing").set_value(value.value)
    return run(at)


def table(at: AppTest) -> list[list[str]]:
    """Return the table of the pairs with Mallory in between."""
    return [[*map(str, row)] for each in at.table for row in each.value.to_numpy().tolist()]


class TestRule:
    """What pairs may do."""

    def test_each_does_what_it_says(self, classroom: Classroom, open_desk: Callable[..., AppTest]) -> None:
        """It is switched, and said; another browser's choice is shown."""
        at = open_desk()
        assert at.radio(key="class_sealing").options == ["Allowed", "Required", "Not allowed"]
        words = {
            SealRule.REQUIRED: "must seal",
            SealRule.FORBIDDEN: "No other room can be sealed",
            SealRule.ALLOWED: "may seal",
        }
        for value, word in words.items():
            at = choose(at, value)
            assert classroom.view().seal_rule is value
            assert word in said(at)
        classroom.desk.allow(seal_rule=SealRule.REQUIRED)
        assert rule(run(at)) == "required"

    def test_one_that_moved_by_itself_is_no_click(
        self, classroom: Classroom, open_desk: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the browser sends before it has drawn another one's choice says how it stood before."""
        at = open_desk()
        classroom.desk.allow(seal_rule=SealRule.REQUIRED)
        choose(run(at), SealRule.ALLOWED)
        assert classroom.view().seal_rule is SealRule.REQUIRED
        monkeypatch.setattr(switches, "UNSEEN", 0.0)  # seen by now
        choose(at, SealRule.ALLOWED)
        assert classroom.view().seal_rule is SealRule.ALLOWED


class TestTranscript:
    """What is said of the file with all messages."""

    def test_what_it_has_of_sealed_rooms(
        self, classroom: Classroom, open_desk: Callable[..., AppTest]
    ) -> None:
        """That they are in it as tokens, and without their texts; nothing of them where there are none."""
        at = open_desk()
        at.session_state["class_decrypted"] = at.session_state["class_save"] = True
        assert "sealed rooms" not in texts(run(at))
        seal(classroom, "p1", "p2")
        at.session_state["class_decrypted"] = at.session_state["class_save"] = True
        said = texts(run(at))
        assert "Of **sealed** rooms it has the tokens that the phones sent, and no texts." in said
        assert "It has no texts of sealed rooms." in said
        assert "nobody" not in said.partition("Of **sealed** rooms")[2], "Mallory may be there"


class TestMallory:
    """Who puts her between two, and who sees that."""

    def test_she_is_put_there_and_taken_out(
        self, classroom: Classroom, open_desk: Callable[..., AppTest]
    ) -> None:
        """One press each, with a sentence on what she does."""
        at = open_desk(1)
        assert "The class does not see her" in texts(at)
        at = press(at, PUT)
        assert classroom.view().rooms[room_of(classroom)].mallory
        assert not classroom.view().rooms[room_of(classroom, 2)].mallory
        assert "Mallory is in Room 1" in said(at)
        assert PUT not in labels(at)
        at = press(at, TAKE)
        assert not classroom.view().rooms[room_of(classroom)].mallory
        assert "not in Room 1 any more" in said(at)

    def test_it_is_asked_where_that_ends_a_sealing(
        self, classroom: Classroom, open_desk: Callable[..., AppTest]
    ) -> None:
        """Also where she is taken out; while they only compare there is nothing to ask."""
        compare(classroom, "p1", "p2")
        at = open_desk(1)
        assert PUT in labels(at)
        seal(classroom, "p1", "p2")
        at = run(at)
        assert PUT not in labels(at)
        assert "This ends it" in texts(at)
        at = press(at, SURE)
        there = classroom.view().rooms[room_of(classroom)]
        assert there.mallory
        assert not there.sealing.since
        seal(classroom, "p1", "p2")
        at = run(at)
        assert TAKE not in labels(at)
        press(at, "Yes: take Mallory out")
        assert not classroom.view().rooms[room_of(classroom)].mallory

    def test_only_between_two_who_can_seal(
        self, classroom: Classroom, open_desk: Callable[..., AppTest]
    ) -> None:
        """Not in the room of everyone, not among three, not where nobody may seal."""
        assert PUT not in labels(open_desk(0))
        classroom.desk.allow(seal_rule=SealRule.FORBIDDEN)
        assert PUT not in labels(open_desk(1))
        classroom.desk.allow(seal_rule=SealRule.ALLOWED)
        classroom.join(classroom.suggest(1)[0])
        classroom.settle(at_once=True)
        assert PUT in labels(open_desk(1))
        assert PUT not in labels(open_desk(2))

    def test_the_table_says_who_noticed(
        self, classroom: Classroom, open_desk: Callable[..., AppTest]
    ) -> None:
        """Of the pairs with her in between: noticed, not noticed, not compared yet. Of others nothing."""
        at = open_desk()
        assert not table(at)
        for number in (1, 2):
            classroom.desk.put_mallory(room_of(classroom, number), there=True)
        pairs = ["Brave Otter and Calm Fox", "Keen Robin and Merry Newt"]
        assert table(run(at)) == [
            ["1", pairs[0], "not compared yet"],
            ["2", pairs[1], "not compared yet"],
        ]
        compare(classroom, "p1", "p2")
        seat_of(classroom, "p1").seal(frames.Seal(1, "differ"))
        seal(classroom, "p3", "p4")
        assert [row[2] for row in table(run(at))] == ["**noticed**", "not noticed"]
        seal(classroom, "p1", "p2")
        assert table(run(at))[0][2] == "noticed, then **sealed all the same**"
        classroom.desk.put_mallory(room_of(classroom), there=False)
        assert [row[0] for row in table(run(at))] == ["2"]
        assert "not noticed" in texts(open_desk(2))

    @pytest.mark.parametrize("view", [view for view in View if view is not View.DESK])
    def test_the_projector_never_shows_her(
        self, classroom: Classroom, open_desk: Callable[..., AppTest], view: View
    ) -> None:
        """Nothing that goes to the browser there is another with her than without."""
        compare(classroom, "p3", "p4")
        classroom.desk.put_mallory(room_of(classroom), there=True)
        compare(classroom, "p1", "p2")
        sent = sent_to_browser(open_desk(1, view))
        assert "allory" not in sent
        assert "noticed" not in sent

    def test_a_page_that_was_locked_puts_her_nowhere(
        self, classroom: Classroom, open_desk: Callable[..., AppTest]
    ) -> None:
        """The old button has no effect."""
        at = open_desk(1)
        application().presenters.leave(at.session_state[KEY].presenter)
        press(at, PUT)
        assert not classroom.view().rooms[room_of(classroom)].mallory
