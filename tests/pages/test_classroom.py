"""Classroom, without a browser: who gets in, what a class shows, what the teacher may do, what is saved."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from securechat.classroom import Classroom, SealRule, Seat
from securechat.classroom.codes import spaced
from securechat.classroom.people import HERE_SECONDS
from securechat.classroom.registry import MAX_CLASSES
from securechat.classroom.whereabouts import Picked, Whereabouts
from securechat.errors import NotSeated
from securechat.rooms.policy import Actor
from securechat.settings import PASSCODE_SETTING
from securechat.ui import base_address, outcome
from securechat.ui import switch as switches
from securechat.ui.classroom import export, rules, wall
from securechat.ui.classroom.views import View
from securechat.ui.outcome import as_typed
from securechat.ui.state import application
from securechat.ui.whereabouts import KEY
from securechat.web.network import OwnAddress
from securechat.web.public_address import find_base
from tests.apptest import component_data, open_app, run, sent_to_browser, texts
from tests.core.classes import Clock
from tests.support import CANARY

PAGE = "pages/classroom.py"


@pytest.fixture(autouse=True)
def _no_pause(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test press the same button again at once, except the one about just that."""
    if request.node.name != "test_a_double_click_counts_once":
        monkeypatch.setattr(outcome, "DOUBLE_SECONDS", 0.0)


def _open(*, presenter: bool = True, **query: str) -> AppTest:
    at = open_app()
    if presenter:
        at.session_state[KEY] = Whereabouts(presenter=application().presenters.enter())
    at.switch_page(PAGE)
    for name, value in query.items():
        at.query_params[name] = value
    return run(at)


def _press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label.startswith(label)).click()
    return run(at)


def _labels(at: AppTest) -> set[str]:
    return {button.label for button in at.button}


def _said(at: AppTest) -> str:
    """Return what came of the last button, without the signs that keep it from being Markdown."""
    return " ".join(str(note.value) for note in (*at.success, *at.error)).replace("\\", "")


def _pick(at: AppTest, *, room: str = "", person: str = "") -> AppTest:
    at.session_state[KEY] = replace(at.session_state[KEY], picked=Picked(room, person))
    return run(at)


@pytest.fixture
def desk() -> AppTest:
    """The page of a presenter with a new class."""
    return _press(_open(), "New class")


@pytest.fixture
def classroom(desk: AppTest) -> Classroom:
    """That class, with a pair in Room 1 who wrote, and somebody who waits."""
    [there] = application().classrooms.all()
    pupils = [there.join(name).participant for name in ("Brave Otter", "Calm Fox", "Keen Robin")]
    room = there.view().participants[pupils[0]].room
    assert room
    by = Actor(pupils[0])
    there.view().rooms[room].conversation.send(pupils[0], CANARY, actor=by)
    there.view().rooms[there.everyone].conversation.send(pupils[0], CANARY, to=pupils[1], actor=by)
    run(desk)
    return there


def _room(classroom: Classroom) -> str:
    return list(classroom.view().rooms)[1]


def test_without_the_passcode_there_is_a_door() -> None:
    """It asks, says where the passcode is, shows pupils their way, and no class."""
    application().classrooms.new()
    at = _open(presenter=False)
    assert at.text_input(key="passcode_guess")
    assert "printed in the terminal" in texts(at)
    assert "SECURECHAT_PRESENTER_PASSCODE" in texts(at)
    assert [link.proto.page for link in at.get("page_link")] == ["join"]
    assert _labels(at) == {"Open"}


def test_where_a_passcode_is_set_the_door_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks for it in a terminal where it was not printed."""
    monkeypatch.setenv(PASSCODE_SETTING, "open sesame")
    said = texts(_open(presenter=False))
    assert "is the setting" in said
    assert "printed" not in said
    assert "open sesame" not in said


def test_a_new_class_shows_how_to_join(desk: AppTest) -> None:
    """Code, address and a QR code are there at once; the code is that of a class of this server."""
    [there] = application().classrooms.all()
    data = component_data(desk, "class_invitation")
    assert data["code"] == spaced(there.code)
    assert data["joining"] is True
    assert component_data(desk, "class_wall")["id"] == there.id


def test_a_class_is_found_again(classroom: Classroom) -> None:
    """A new session sees the open classes by code and number of people, and picks one."""
    at = _open()
    assert f"{spaced(classroom.code)} · since" in texts(at)
    assert "3 people" in texts(at)
    _press(at, f"Show {spaced(classroom.code)}")
    assert component_data(at, "class_wall")["id"] == classroom.id


def test_too_many_classes_are_refused() -> None:
    """The limit is said where the button is."""
    for _ in range(MAX_CLASSES):
        application().classrooms.new()
    assert "no more fit" in _said(_press(_open(), "New class"))
    assert len(application().classrooms.all()) == MAX_CLASSES


def test_a_class_that_ended_elsewhere_is_told_of(desk: AppTest, classroom: Classroom) -> None:
    """The page says so and offers a new one; nothing of the old one is left."""
    classroom.desk.close()
    run(desk)
    assert _said(desk) == "This class has ended. Its messages, its names and its keys are forgotten."
    assert not desk.info
    assert "New class" in _labels(desk)
    assert "Brave Otter" not in sent_to_browser(desk)


def test_the_pane_says_once_that_it_is_for_everyone(desk: AppTest, classroom: Classroom) -> None:
    """Where one chooses to whom to write; its heading holds for a message to one person, too."""
    headings = [heading.value for heading in (*run(desk).subheader, *desk.markdown)]
    assert "Write to the class" in headings
    assert not any("everyone" in heading.lower() for heading in headings)
    assert desk.selectbox(key="recipient").options[0] == "To everyone"


def test_chat_is_kept_to_the_presenter(desk: AppTest, classroom: Classroom) -> None:
    """By a switch beside the pause; and the pause of all rooms covers Chat, as long as it lasts."""
    desk.toggle(key="chat_reserved").set_value(True)
    assert run(desk).toggle(key="chat_reserved").value
    assert application().policy.reserved
    desk.toggle(key="chat_reserved").set_value(False)
    run(desk).toggle(key="class_paused").set_value(True)
    assert "and in Chat" in _said(run(desk))
    assert (application().policy.reserved, application().policy.paused) == (False, True)
    desk.toggle(key="class_paused").set_value(False)
    run(desk)
    assert not application().policy.paused


def test_the_address_asks_for_the_projector(classroom: Classroom) -> None:
    """With ?view=projector a class opens with invitation and wall; the one switch is the pause."""
    at = _press(_open(view="projector"), "Show")
    assert component_data(at, "class_invitation")["size"] == "side"
    assert component_data(at, "class_wall")["view"] == "projector"
    assert [toggle.label for toggle in at.toggle] == ["Pause writing in all rooms"]
    assert component_data(_press(_open(view="nonsense"), "Show"), "class_wall")["view"] == "desk"


def test_the_page_is_not_younger_than_what_the_wall_is_told(
    desk: AppTest, classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes while it is drawn puts it out of date: the wall was told before that."""
    draw_pause = rules.draw_pause

    def draw_and_pause(there: Classroom) -> None:
        draw_pause(there)
        there.desk.allow(locked=True)

    monkeypatch.setattr(rules, "draw_pause", draw_and_pause)
    run(desk)
    assert not desk.toggle(key="class_paused").value
    assert component_data(desk, "class_wall")["frame"]["locked"] is False
    assert classroom.view().locked


def test_the_wall_is_ciphertext(desk: AppTest, classroom: Classroom) -> None:
    """Tokens and names come with the page, and a ticket that opens this class; no plaintext does."""
    data = component_data(desk, "class_wall")
    assert data["frame"]["rooms"][1]["messages"][0]["token"].startswith("gAAAAA")
    assert {person["name"] for person in data["frame"]["people"].values()} >= {"Brave Otter", "Keen Robin"}
    assert application().wall(classroom.id, data["ticket"])
    assert CANARY not in sent_to_browser(desk)
    assert CANARY not in str(dict(desk.session_state.items()))


def test_no_timer_runs_while_the_feed_is_up(desk: AppTest, classroom: Classroom) -> None:
    """Only a browser that says that it has no feed gets a page that looks by itself."""
    keys = {part.key for part in desk.get("bidi_component")}
    assert "class_wall" in keys
    assert "class_look" not in keys


def test_a_room_is_paused_and_goes_on(desk: AppTest, classroom: Classroom) -> None:
    """One press each, and the panel says what came of it."""
    room = _room(classroom)
    _press(_pick(desk, room=room), "Pause writing here")
    assert classroom.view().rooms[room].locked
    assert "paused in Room 1" in _said(desk)
    _press(desk, "Let them write again")
    assert not classroom.view().rooms[room].locked


def test_whoever_pauses_by_mistake_lets_them_write_at_once(
    desk: AppTest, classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same button the other way round is no double click."""
    monkeypatch.setattr(outcome, "DOUBLE_SECONDS", 3_600.0)
    room = _room(classroom)
    _press(_pick(desk, room=room), "Pause writing here")
    _press(desk, "Let them write again")
    assert not classroom.view().rooms[room].locked


def test_what_came_of_one_room_is_not_said_of_another(desk: AppTest, classroom: Classroom) -> None:
    """Whoever picks another tile of the wall has done nothing there yet."""
    _press(_pick(desk, room=_room(classroom)), "Pause writing here")
    assert "Writing is paused" in _said(desk)
    picked = AppTest.from_string("from securechat.ui.classroom import wall\nwall._pick()")
    for key in ("outcomes", KEY):
        picked.session_state[key] = desk.session_state[key]
    picked.session_state[wall.KEY] = {"pick": {"room": classroom.everyone}}
    run(picked)
    for key in ("outcomes", KEY):
        desk.session_state[key] = picked.session_state[key]
    assert "Everyone" in [heading.value for heading in run(desk).subheader]
    assert not _said(desk)


def test_a_class_that_ends_while_its_page_is_drawn(
    desk: AppTest, classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is drawn once more, without it; no error stands on it."""

    def end(*_: object, **__: object) -> None:
        monkeypatch.undo()
        classroom.desk.close()
        raise NotSeated

    monkeypatch.setattr(Seat, "take", end)
    run(desk)
    assert not desk.exception
    assert "New class" in _labels(desk)


def test_a_room_is_cleared_behind_a_question(desk: AppTest, classroom: Classroom) -> None:
    """The button that clears is in the question; afterwards the room has no message."""
    room = _room(classroom)
    _pick(desk, room=room)
    assert "Nothing brings them back." in texts(desk)
    _press(desk, "Clear Room 1")
    assert not classroom.view().rooms[room].conversation.view().messages
    assert "Room 1 is empty" in _said(desk)


def test_somebody_is_renamed(desk: AppTest, classroom: Classroom) -> None:
    """A right name is taken; one that somebody has is refused, in words and without effect."""
    _pick(desk, person="p1")
    desk.text_input(key="class_name_p1").set_value("Zoë")
    _press(desk, "Rename")
    assert classroom.view().participants["p1"].alias == "Zoë"
    desk.text_input(key="class_name_p1").set_value("calm fox")
    _press(desk, "Rename")
    assert classroom.view().participants["p1"].alias == "Zoë"
    assert "Calm Fox already" in _said(desk)


def test_somebody_is_let_back_in(desk: AppTest, classroom: Classroom) -> None:
    """Who was removed stands there by name; one press, and they have their seat again."""
    assert not [label for label in _labels(desk) if "Brave Otter" in label]
    classroom.desk.remove("p1")
    _press(run(desk), "Brave Otter")
    assert "Brave Otter can come back" in _said(desk)
    assert "p1" in classroom.view().participants
    assert not [label for label in _labels(desk) if "Brave Otter" in label]


def test_somebody_is_removed_behind_a_question(desk: AppTest, classroom: Classroom) -> None:
    """They are gone, and the panel shows the room that they were in."""
    _press(_pick(desk, person="p1"), "Remove from the class")
    assert "p1" not in classroom.view().participants
    assert "no longer in the class" in _said(desk)
    assert "Room 1" in {part.value for part in desk.subheader}


def test_names_are_no_markdown(desk: AppTest, classroom: Classroom) -> None:
    """A name stands as it is typed, in no label, heading or note that Markdown is read in."""
    name = "O'Neill-Fox"
    _pick(desk, person="p1")
    desk.text_input(key="class_name_p1").set_value(name)
    _press(desk, "Rename")
    interpreted = [desk.markdown, desk.caption, desk.subheader, desk.header, desk.success, desk.info]
    assert name in {part.value for part in desk.text}
    assert not any(name in str(part.value) for kind in interpreted for part in kind)
    assert not any(name in label for label in _labels(desk))


def test_quoted_text_is_no_markdown() -> None:
    """Every sign that Markdown reads is escaped, and a sentence stays readable."""
    assert as_typed("**a** [b](c) :red[d] $e$ <f>") == (r"\*\*a\*\* \[b\]\(c\) \:red\[d\] \$e\$ \<f\>")


def test_somebody_who_waits_is_seated_as_a_third(desk: AppTest, classroom: Classroom) -> None:
    """One press, without the wait of half a minute; the outcome is said, also where there is none."""
    _press(desk, "Let them join a pair now")
    assert not classroom.view().waiting
    assert "1 person has a seat now" in _said(desk)
    classroom.join("Merry Newt")
    _press(run(desk), "Let them join a pair now")
    assert "each room has three people or is sealed" in _said(desk)
    classroom.desk.allow(seal_rule=SealRule.REQUIRED)
    _press(run(desk), "Let them join a pair now")
    assert "only two can seal a room" in _said(desk)


@pytest.mark.parametrize(
    ("key", "switch", "first"),
    [
        ("class_paused", "locked", True),
        ("class_joining", "joining", False),
        ("class_free_names", "free_names", True),
        ("class_recipients", "shows_recipients", False),
    ],
)
def test_each_switch_does_what_it_says(
    desk: AppTest, classroom: Classroom, key: str, switch: str, first: bool
) -> None:
    """It switches both ways, says so, and shows what another browser has switched."""
    for on in (first, not first):
        desk.toggle(key=key).set_value(on)
        run(desk)
        assert getattr(classroom.view(), switch) is on
        assert desk.success
    classroom.desk.allow(**{switch: first})  # type: ignore[arg-type] # one of those above
    assert run(desk).toggle(key=key).value is first


def test_a_switch_that_moved_by_itself_is_not_taken_for_a_click(
    desk: AppTest, classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the browser sends before it has drawn that another one has switched says how it stood before."""
    classroom.desk.allow(locked=True)
    assert run(desk).toggle(key="class_paused").value
    desk.toggle(key="class_paused").set_value(False)  # as it still stands there
    assert run(desk).toggle(key="class_paused").value
    assert classroom.view().locked
    monkeypatch.setattr(switches, "UNSEEN", 0.0)  # seen by now
    desk.toggle(key="class_paused").set_value(False)
    run(desk)
    assert not classroom.view().locked


def test_a_page_that_was_locked_again_does_nothing(desk: AppTest, classroom: Classroom) -> None:
    """What is pressed on it has no effect, and nothing of the class is drawn any more."""
    desk.session_state[KEY] = replace(desk.session_state[KEY], presenter="")
    _press(desk, "Close class")
    assert not classroom.view().closed
    assert "Brave Otter" not in sent_to_browser(desk)


def test_a_double_click_counts_once(desk: AppTest, classroom: Classroom) -> None:
    """The same button within a second opens no second class."""
    _press(desk, "New class")
    assert len(application().classrooms.all()) == 1
    desk.session_state["class_done"] = ("new", time.monotonic() - outcome.DOUBLE_SECONDS)
    _press(run(desk), "New class")
    assert len(application().classrooms.all()) == 2


def test_closing_is_asked_and_forgets_everything(desk: AppTest, classroom: Classroom) -> None:
    """The question says what is lost and offers the transcript; then the class is gone, and it is said."""
    assert "Nothing brings them back." in texts(desk)
    assert component_data(desk, "class_file_close_csv")["text"] is None
    _press(desk, "Close class")
    assert classroom.view().closed
    closed = f"Class {spaced(classroom.code)} has ended. Its messages, its names and its keys are forgotten."
    assert _said(desk) == closed
    assert not desk.info
    assert "New class" in _labels(desk)


def _ask(at: AppTest, place: str, kind: str) -> dict[str, object]:
    """Order a file, as the button does, and return what comes for it."""
    at.session_state[export.ORDER] = (f"class_file_{place}_{kind}", "order", time.monotonic())
    return component_data(run(at), f"class_file_{place}_{kind}")


def test_the_transcript_is_ciphertext(desk: AppTest, classroom: Classroom) -> None:
    """It comes when it is asked for, in two formats; no plaintext is in it, and it goes again."""
    assert component_data(desk, "class_file_save_csv")["text"] is None
    file = _ask(desk, "save", "json")
    assert [row["sender"] for row in json.loads(str(file["text"]))] == ["Brave Otter"] * 2
    assert str(file["name"]).endswith("-ciphertext.json")
    assert str(_ask(desk, "save", "csv")["text"]).startswith('\ufeff"room","id","sent_at"')
    assert CANARY not in sent_to_browser(desk)
    desk.session_state[export.ORDER] = ("class_file_save_csv", "order", time.monotonic() - 60)
    assert component_data(run(desk), "class_file_save_csv")["text"] is None


def _press_decrypted(at: AppTest) -> None:
    at.session_state["class_save"] = True  # as the popover says when it is open
    _press(run(at), "With the decrypted texts")


def test_the_decrypted_transcript_comes_after_a_second_question(desk: AppTest, classroom: Classroom) -> None:
    """Before it, there is no button for it; then it has the private messages, too, and leaves the page."""
    assert "class_file_open_csv" not in {part.key for part in desk.get("bidi_component")}
    _press_decrypted(desk)
    assert "Private messages are in it, too" in texts(desk)
    assert CANARY not in sent_to_browser(desk)
    text = str(_ask(desk, "open", "csv")["text"])
    assert text.count(CANARY) == 2
    assert CANARY not in str(dict(desk.session_state.items()))
    del desk.session_state[export.ORDER]
    assert CANARY not in sent_to_browser(run(desk))
    desk.session_state["class_save"] = False
    run(desk)
    desk.session_state["class_save"] = True
    assert "Private messages are in it, too" not in texts(run(desk))


def _picked_by(sent: object) -> object:
    """Return what is picked when a browser sends this."""
    script = "from securechat.ui import whereabouts\nwhereabouts.pick_sent(st.session_state['sent'])"
    at = AppTest.from_string(f"import streamlit as st\n{script}", default_timeout=30)
    at.session_state["sent"] = sent
    run(at)
    return at.session_state[KEY].picked if KEY in at.session_state else None


def test_what_a_browser_picks_is_checked() -> None:
    """A room or a person by name is taken; whatever else it sends is not."""
    assert _picked_by({"room": "x"}) == Picked(room="x")
    assert _picked_by({"person": "p1"}) == Picked(person="p1")
    for sent in (None, "x", {}, {"room": 7}, {"person": None}, [1]):
        assert _picked_by(sent) is None


@pytest.mark.parametrize("what", [Picked(room="nobody's"), Picked(person="p99")])
def test_what_is_not_there_any_more_has_no_panel(desk: AppTest, classroom: Classroom, what: Picked) -> None:
    """A room or a person that has gone leaves nothing to press."""
    desk.session_state[KEY] = replace(desk.session_state[KEY], picked=what)
    assert not {"Pause writing here", "Rename"} & _labels(run(desk))


def test_a_locked_page_brings_no_file(desk: AppTest, classroom: Classroom) -> None:
    """An order of a session that was locked again is not answered."""
    _press_decrypted(desk)
    desk.session_state[export.ORDER] = ("class_file_open_csv", "order", time.monotonic())
    desk.session_state[KEY] = replace(desk.session_state[KEY], presenter="")
    assert CANARY not in sent_to_browser(run(desk))


def test_the_address_is_put_right(desk: AppTest, classroom: Classroom) -> None:
    """What the teacher types is what pupils get, and kept; nonsense is refused in words."""
    desk.text_input(key="class_base_field").set_value("10.0.0.7:8501/")
    _press(desk, "Use this address")
    assert component_data(desk, "class_invitation")["address"] == "10.0.0.7:8501/join"
    desk.text_input(key="class_base_field").set_value("ftp://x")
    _press(desk, "Use this address")
    assert "begins with http" in _said(desk)
    assert component_data(desk, "class_invitation")["address"] == "10.0.0.7:8501/join"


def test_the_address_of_a_page_is_put_right(desk: AppTest, classroom: Classroom) -> None:
    """What stands in the browser's line on any page can be pasted: the QR code leads to the app."""
    desk.text_input(key="class_base_field").set_value("http://10.0.0.7:8501/key_life?room=x")
    _press(desk, "Use this address")
    assert component_data(desk, "class_invitation")["address"] == "10.0.0.7:8501/join"


def test_one_of_several_addresses_is_chosen(
    classroom: Classroom, desk: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The QR code follows the choice at once, in every window and view; with one address there is none."""
    own = [OwnAddress("192.168.178.20", "wlan0"), OwnAddress("10.8.0.6", "tun0", is_far=True)]
    at_localhost = partial(find_base, network=lambda preferred: tuple(own))
    monkeypatch.setattr(
        base_address,
        "find_base",
        lambda **known: at_localhost(**known | {"page_url": "http://localhost:8501"}),
    )
    assert component_data(run(desk), "class_invitation")["address"] == "192.168.178.20:8501/join"
    path = component_data(desk, "class_invitation")["path"]
    desk.selectbox(key="class_own_address_choice").select_index(1)
    run(desk)
    assert component_data(desk, "class_invitation")["address"] == "10.8.0.6:8501/join"
    assert component_data(desk, "class_invitation")["path"] != path
    projector = _press(_open(view="projector"), "Show")
    assert component_data(projector, "class_invitation")["address"] == "10.8.0.6:8501/join"
    del own[1]
    desk.session_state["class_view"] = View.DESK
    run(desk)
    assert component_data(desk, "class_invitation")["address"] == "192.168.178.20:8501/join"
    assert "class_own_address_choice" not in [box.key for box in desk.selectbox]


def test_a_broken_setting_of_the_address_is_told_of(classroom: Classroom, desk: AppTest) -> None:
    """The teacher reads which setting it is; a right one is used."""
    shared = application()
    shared.settings = replace(shared.settings, public_url="nonsense nonsense")
    assert "SECURECHAT_PUBLIC_URL" in texts(run(desk)).replace("\\", "")
    shared.settings = replace(shared.settings, public_url="https://school.example")
    assert component_data(run(desk), "class_invitation")["address"] == "https://school.example/join"


def test_who_is_away_goes_at_once(clock: Clock, desk: AppTest, classroom: Classroom) -> None:
    """After a flood of joins, the desk removes all who show no sign of life, and nobody else."""
    assert "Remove them all" not in _labels(desk)
    clock.now += HERE_SECONDS
    classroom.presence.connect("p1")
    at = _press(run(desk), "Remove them all")
    assert "2 people were removed." in _said(at)
    assert list(classroom.view().participants) == ["p1"]


def test_who_came_back_meanwhile_stays(clock: Clock, desk: AppTest, classroom: Classroom) -> None:
    """The question was about three; who came back while it was open is not removed."""
    clock.now += HERE_SECONDS
    at = run(desk)
    assert "Remove them all" in _labels(at)
    classroom.presence.connect("p2")
    at = _press(at, "Remove them all")
    assert "2 people were removed." in _said(at)
    assert list(classroom.view().participants) == ["p2"]
