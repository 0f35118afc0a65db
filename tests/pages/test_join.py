"""Joining a class, without a browser: its code, a name, waiting, a partner, leaving and coming back."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from securechat.classroom.aliases import is_suggested
from securechat.classroom.pairing import THIRD_SECONDS
from securechat.classroom.registry import GUESS_LIMIT
from securechat.classroom.sealing import SealRule
from securechat.errors import NotSeated
from securechat.rooms.policy import Actor
from securechat.ui.chat.fallback import deliver
from securechat.ui.join.names import NAMES
from securechat.ui.seats import MOST, RESTARTED
from tests.apptest import (
    component_data,
    composers,
    open_app,
    room_data,
    run,
    sent_to_browser,
    texts,
    where,
)
from tests.core.classes import Clock
from tests.pupils import (
    JOIN,
    SEATS,
    come,
    go,
    join,
    labels,
    new_class,
    pair,
    person_of,
    press,
    room_of,
    show,
    tell,
    token_of,
    write,
)
from tests.support import CANARY

WRONG = "There is no class with this code"
WRONG_CODES = ("XXXXX3", "XXXXX4", "XXXXX7", "XXXXX9", "XXXXXC", "XXXXXD")


def type_code(at: AppTest, code: str) -> AppTest:
    """Type a code into the form."""
    at.text_input(key="code_typed").set_value(code)
    return press(at, "Next")


def at_the_form(at: AppTest | None = None) -> AppTest:
    """Open the page on which a code is typed, in a browser without seats."""
    at = at or open_app()
    at.switch_page(JOIN)
    return tell(run(at))


def proposed(at: AppTest) -> list[str]:
    """Return the names that can be chosen."""
    names = next(group for group in at.button_group if group.key == "alias")
    return [str(option) for option in names.options]


def choose(at: AppTest, name: str) -> AppTest:
    """Choose one of the names."""
    next(group for group in at.button_group if group.key == "alias").set_value(name)
    return run(at)


class TestCode:
    """The way to a class."""

    def test_a_text_of_any_length_can_be_pasted(self) -> None:
        """What is far too long for a code or a link is answered like any wrong code."""
        new_class()
        assert WRONG in texts(type_code(at_the_form(), "XXXXX3" * 10**5))

    @pytest.mark.parametrize("form", ["{}", "{} ", "{lower}", "{spaced}", "{lower}-", "{wide}", "{link}"])
    @pytest.mark.parametrize("way", ["link", "page", "typed"])
    def test_a_code_is_read_however_it_is_written(self, way: str, form: str) -> None:
        """By the link, on the page itself or typed, in any case, width and grouping, or pasted as a link."""
        classroom = new_class()
        code = classroom.code
        written = form.format(
            code,
            lower=code.lower(),
            spaced=f"{code[:3]} {code[3:]}",
            wide="".join(chr(ord(char) + 0xFEE0) for char in code),
            link=f"http://a-rather-long-name.school.example:8501/securechat/?class={code}",
        )
        if way == "link":
            at = tell(open_app(**{"class": written}))
        elif way == "page":
            at = open_app()
            at.switch_page(JOIN)
            at.query_params["class"] = written
            at = tell(run(at))
        else:
            at = type_code(at_the_form(), written)
        assert at.header[0].value == f"Class {code[:3]} {code[3:]}"
        assert at.query_params["class"] in (code, [code])

    @pytest.mark.parametrize("code", ["", "ABC", "XXXXXX", "<b>x</b>", "🔑" * 6, "A" * 24])
    def test_a_wrong_code_is_answered(self, code: str) -> None:
        """A sentence says what to look at; what was typed is not repeated."""
        new_class()
        at = type_code(at_the_form(), code)
        assert WRONG in at.error[0].value
        assert "<b>" not in texts(at)
        assert at.header[0].value == "Join a class"

    def test_guessing_is_slowed_down(self) -> None:
        """After five wrong codes even the right one has to wait; another session does not."""
        code = new_class().code
        at = at_the_form()
        for number in range(GUESS_LIMIT[0]):
            assert WRONG in type_code(at, WRONG_CODES[number]).error[0].value
        at = type_code(at, code)
        assert "Wait" in at.error[0].value
        assert "Join" not in labels(at)
        assert "Join" in labels(type_code(at_the_form(), code))

    @pytest.mark.parametrize("code", ["", "ABC", "3CD7F", "3CD7FHJ", "O0O0O0", "<b>x</b>"])
    def test_what_is_no_code_is_no_guess(self, code: str) -> None:
        """A slip is said to be one, as often as it happens."""
        classroom = new_class()
        at = at_the_form()
        for _ in range(GUESS_LIMIT[0] + 1):
            assert WRONG in type_code(at, code).error[0].value
        assert "Join" in labels(type_code(at, classroom.code))

    def test_a_wrong_code_in_the_address_counts_once(self) -> None:
        """Who came by a broken link has the other four tries for typing."""
        new_class()
        at = tell(open_app(**{"class": "XXXXXX"}))
        assert WRONG in at.error[0].value
        for number in range(GUESS_LIMIT[0] - 1):
            assert WRONG in type_code(at, WRONG_CODES[number]).error[0].value
        assert "Wait" in type_code(at, WRONG_CODES[-1]).error[0].value

    def test_the_right_code_after_a_broken_link(self) -> None:
        """What is typed goes before what the address says."""
        classroom = new_class()
        at = type_code(tell(open_app(**{"class": "XXXXXX"})), classroom.code)
        assert at.header[0].value.startswith("Class ")
        assert "Join" in labels(at)
        assert not at.error

    def test_the_code_of_a_class_that_has_ended(self) -> None:
        """It is said that it has, to who follows the link and to who types it; nothing of it can be seen."""
        classroom = new_class()
        classroom.desk.close()
        for at in (
            tell(open_app(**{"class": classroom.code})),
            type_code(at_the_form(), classroom.code),
        ):
            assert "Your teacher has ended this class" in at.error[0].value
            assert "Join" not in labels(at)

    @pytest.mark.parametrize("way", ["link", "page", "room"])
    def test_after_a_restart_of_the_server(self, way: str) -> None:
        """Who had a seat in a class that this server does not know is told that it was restarted."""
        seat, classes = {"abc": "x"}, [("abc", "3CD7FH", 1.0)]
        if way == "link":
            at = open_app(**{"class": "3cd 7fh"})
        elif way == "page":
            at = at_the_form()
        else:
            at = go(open_app(), "inspector", message="1", room="abc-1")
        at = tell(at, seat, classes)
        assert at.warning[0].value == RESTARTED
        assert not at.error
        if way != "room":
            at = type_code(at, "XXXXXX")
            assert WRONG in at.error[0].value

    def test_others_are_not_told_of_a_restart(self) -> None:
        """Neither who never had a seat there, nor who comes back to the page on another day."""
        for at in (
            tell(open_app(**{"class": "3CD7FH"}), {"abc": "x"}, [("abc", "7FH3CD", 1.0)]),
            tell(open_app(**{"class": "3CD7FH"})),
        ):
            assert WRONG in at.error[0].value
            assert not at.warning
        assert not tell(at_the_form(), {"abc": "x"}, [("abc", "3CD7FH", 30.0)]).warning
        stranger = tell(go(open_app(), "inspector", room="abc-1"), {"ab": "x"})
        assert stranger.warning[0].value == str(NotSeated())

    @pytest.mark.parametrize(
        "classes",
        [
            7,
            [[]],
            [["abc"]],
            [[1, 2, 3]],
            [["abc", "3CD7FH", "1"]],
            {"a": 1},
            [["abc", "3CD7FH", 10**400]],
            [["abc", "3CD7FH", float("nan")]],
        ],
    )
    def test_what_a_browser_tells_wrongly(self, classes: object) -> None:
        """Of nonsense nothing is known."""
        at = at_the_form()
        at.session_state[SEATS] = {"seats": {"abc": "x"}, "classes": classes}
        assert not run(at).warning

    def test_a_class_that_ended_while_somebody_was_away(self) -> None:
        """Who comes back is told what ended it, without typing a code."""
        classroom = new_class()
        token = token_of(join(classroom))
        classroom.desk.close()
        at = tell(at_the_form(), {classroom.id: token}, [(classroom.id, classroom.code, 1.0)])
        assert "Your teacher has ended this class" in at.warning[0].value
        assert not at.error

    def test_the_code_form_leads_back_to_the_last_seat(self) -> None:
        """A browser with a seat in a class that is there needs no code."""
        classroom = new_class()
        token = token_of(join(classroom))
        at = open_app()
        at.switch_page(JOIN)
        at = tell(run(at), {"a class that is gone": "x", classroom.id: token})
        assert where(at).class_id == classroom.id
        assert composers(at)

    @pytest.mark.parametrize("newer", [MOST - 1, MOST])
    def test_only_the_newest_seats_are_looked_at(self, newer: int) -> None:
        """No browser keeps more: whoever tells of thousands does not keep the server busy with them."""
        classroom = new_class()
        token = token_of(join(classroom))
        at = tell(at_the_form(), {classroom.id: token} | {f"gone {number}": "x" for number in range(newer)})
        assert bool(person_of(at)) is (newer < MOST)

    def test_the_link_of_another_class_leads_there(self) -> None:
        """Who sits in one class and opens the link of another is asked for a name in that one."""
        first, second = new_class(), new_class()
        at = join(first)
        at.query_params["class"] = second.code
        at = run(at)
        assert at.header[0].value == f"Class {second.code[:3]} {second.code[3:]}"
        at = press(at, "Join")
        assert where(at).class_id == second.id

    def test_after_leaving_another_class_can_be_joined(self) -> None:
        """On a computer that many use, the next one types the code of the next lesson."""
        first, second = new_class(), new_class()
        at = press(leave(join(first)), "Join another class")
        at = type_code(at, second.code)
        assert at.header[0].value == f"Class {second.code[:3]} {second.code[3:]}"


def leave(at: AppTest) -> AppTest:
    """Leave the class."""
    at.session_state["me"] = True  # as the popover says when it is open
    return press(run(at), "Leave the class")


class TestName:
    """A name in the class."""

    def test_the_name_that_was_chosen(self) -> None:
        """Six friendly names are proposed; the chosen one is the one that all see."""
        classroom = new_class()
        at = come(classroom)
        names = proposed(at)
        assert len(set(names)) == NAMES
        assert all(map(is_suggested, names))
        at = press(choose(at, names[3]), "Join")
        assert [person.alias for person in classroom.view().participants.values()] == [names[3]]
        assert f"Others see you as {names[3]}." in texts(at)

    def test_other_names_are_proposed(self) -> None:
        """Pressed, other ones come, and one of those can be had."""
        classroom = new_class()
        at = come(classroom)
        before = proposed(at)
        at = press(at, "Other names")
        assert set(proposed(at)) != set(before)
        press(choose(at, proposed(at)[1]), "Join")
        assert len(classroom.view().participants) == 1

    def test_a_name_that_was_taken_meanwhile(self) -> None:
        """The second is told, keeps the page, and joins under another name."""
        classroom = new_class()
        at = come(classroom)
        classroom.join(proposed(at)[0])
        at = press(at, "Join")
        assert "already" in at.error[0].value
        assert len(classroom.view().participants) == 1
        at = press(at, "Join")
        assert len(classroom.view().participants) == 2

    def test_a_choice_stays_while_others_take_names(self) -> None:
        """Somebody takes one of the other names that are proposed here: what was chosen stays chosen."""
        classroom = new_class()
        at = come(classroom)
        names = proposed(at)
        at = choose(at, names[2])
        classroom.join(names[5])
        at = press(run(at), "Join")
        assert not at.error
        assert classroom.view().participants[person_of(at)].alias == names[2]

    def test_names_of_their_own_only_where_allowed(self) -> None:
        """The field is there when the teacher has allowed it; sent by hand, another name is refused."""
        classroom = new_class()
        at = come(classroom)
        assert "alias_typed" not in {field.key for field in at.text_input}
        at.session_state["alias_typed"] = "Somebody Else"
        at = press(at, "Join")
        assert "Choose one of the names" in at.error[0].value
        assert not classroom.view().participants
        classroom.desk.allow(free_names=True)
        at = run(at)
        at.text_input(key="alias_typed").set_value("  Zoë   O’Neil-7 ")
        at = press(at, "Join")
        assert [person.alias for person in classroom.view().participants.values()] == ["Zoë O’Neil-7"]

    @pytest.mark.parametrize(
        "name", ["<b>x</b>", ":red[x]", "[a](b)", "=1+1", "x" * 25, "Teacher", "$x^2$", "a\u202eb"]
    )
    def test_names_that_cannot_be_had(self, name: str) -> None:
        """Markup, formulas, too long ones and the teacher's are refused with a reason."""
        classroom = new_class()
        classroom.desk.allow(free_names=True)
        at = come(classroom)
        at.text_input(key="alias_typed").set_value(name)
        at = press(at, "Join")
        assert at.error
        assert not classroom.view().participants

    def test_joining_can_be_closed(self) -> None:
        """That alone is said, also to who chooses a name just then; who has a seat comes back."""
        classroom = new_class()
        token = token_of(join(classroom))
        chooses = come(classroom)
        classroom.desk.allow(joining=False)
        for at in (come(classroom), press(chooses, "Join")):
            assert "Nobody else can join" in at.info[0].value
            assert labels(at) == ["Try again", "Join another class"]
            assert not at.button_group
            assert not at.error
        assert len(classroom.view().participants) == 1
        classroom.desk.allow(joining=True)
        assert "Join" in labels(press(at, "Try again"))
        classroom.desk.allow(joining=False)
        assert composers(come(classroom, {classroom.id: token}))

    def test_another_name_later(self) -> None:
        """Who is in can change names; the others' pages know the new one."""
        classroom = new_class()
        first, second = pair(classroom)
        first.session_state["me"] = True
        first = run(first)
        names = next(group for group in first.button_group if group.key == "new_alias")
        name = str(names.options[0])
        names.set_value(name)
        first = press(run(first), "Change my name")
        assert classroom.view().participants[person_of(first)].alias == name
        assert name in component_data(run(second), f"chat_{room_of(second)}")["transcript"]["names"].values()
        assert f"Others see you as {name}." in texts(first)


class TestRoom:
    """Waiting, pairs and thirds."""

    def test_waiting_is_said(self) -> None:
        """The first one waits, can write to everyone meanwhile, and is led to a lab, not to Chat."""
        classroom = new_class()
        at = join(classroom)
        assert "You are waiting for a partner" in at.info[0].value
        assert room_of(at) == classroom.everyone
        assert composers(at) == ["Message to everyone"]
        assert "you join a pair" in at.info[0].value
        classroom.desk.allow(seal_rule=SealRule.REQUIRED)
        assert "You do not join a pair" in run(at).info[0].value

    def test_the_next_one_is_the_partner(self) -> None:
        """When the second joins, both sit in one room, and each page shows it."""
        classroom = new_class()
        first, second = pair(classroom)
        assert room_of(first) == room_of(second) != classroom.everyone
        assert not first.info
        for at in (first, second):
            assert composers(at) == ["Message to your room"]

    def test_a_third_joins_after_a_while(self, clock: Clock) -> None:
        """Not before the time is up; then with the pair."""
        classroom = new_class()
        first, _ = pair(classroom)
        third = join(classroom)
        assert "You are waiting" in run(third).info[0].value
        for at in (first, third):
            room_data(at)  # without the feed a page looks for news
        clock.now += THIRD_SECONDS - 0.1
        run(first)
        assert "You are waiting" in run(third).info[0].value
        clock.now += 0.1
        third = run(run(third))
        assert room_of(third) == room_of(run(first))
        names = [person["name"] for person in room_data(first)["people"]["people"]]
        assert len(names) == 3

    def test_the_browser_gives_the_seat_back(self) -> None:
        """A new session of the same browser is the same person; of another browser it is nobody."""
        classroom = new_class()
        first, _ = pair(classroom)
        back = come(classroom, {classroom.id: token_of(first)})
        assert person_of(back) == person_of(first)
        assert room_of(back) == room_of(first)
        assert "Join" in labels(come(classroom))
        assert len(classroom.view().participants) == 2

    @pytest.mark.parametrize("token", ["", "x", "\x00", "p1", "x" * 10_000])
    def test_a_made_up_seat_is_none(self, token: str) -> None:
        """A token that was never given out gives no seat."""
        classroom = new_class()
        pair(classroom)
        at = come(classroom, {classroom.id: token})
        assert not person_of(at)
        assert not composers(at)

    def test_leaving_and_coming_back(self) -> None:
        """The seat is kept, for the button, also after the link; other tabs of the browser stay outside."""
        classroom = new_class()
        first, second = pair(classroom)
        room, token = room_of(first), token_of(first)
        first = leave(first)
        assert "You have left." in texts(first)
        assert "Nobody else is in your room" in texts(run(second))
        first = press(first, "Back to my seat")
        assert room_of(first) == room
        assert "Nobody else is in your room" not in texts(run(second))
        leave(first)
        other_tab = come(classroom, {classroom.id: token})
        assert "You have left." in texts(other_tab)
        assert "Nobody else is in your room" in texts(run(second))
        assert room_of(press(other_tab, "Back to my seat")) == room

    def test_a_private_message_never_goes_to_all(self) -> None:
        """Whoever it was for has left: they stay chosen, and sending is refused."""
        classroom = new_class()
        first, second = pair(classroom)
        at = show(first, "Everyone")
        gone = person_of(second)
        at.selectbox(key="recipient").set_value(gone)
        at = run(at)
        leave(second)
        at = run(at)
        assert at.selectbox(key="recipient").value == gone
        data = component_data(at, f"chat_{classroom.everyone}")["composer"]
        assert data["to"] == gone
        sent = {"id": "mine", "text": CANARY, "to": data["to"]}
        everyone = classroom.view().rooms[classroom.everyone].conversation
        answer = deliver(everyone, person_of(first), sent, actor=Actor(person_of(first)))
        assert answer is not None
        assert "not in the class any more" in answer["message"]

    def test_who_is_left_alone_finds_somebody_else(self) -> None:
        """They wait again, and are paired with the next one who comes."""
        classroom = new_class()
        first, second = pair(classroom)
        old = room_of(second)
        leave(first)
        second = press(run(second), "Find somebody else")
        assert "You are waiting for a partner" in second.info[0].value
        third = join(classroom)
        assert room_of(third) == room_of(run(second)) not in (old, classroom.everyone)

    def test_nobody_is_left_sitting(self) -> None:
        """While the partner is here, nobody else is found: the page says why, and all stay where they are."""
        classroom = new_class()
        first, second = pair(classroom)
        room = room_of(first)
        first.session_state["me"] = True
        first = press(run(first), "Find somebody else")
        assert "Somebody is in your room" in first.error[0].value
        assert room_of(first) == room_of(run(second)) == room

    @pytest.mark.parametrize("knows", ["of the seat", "of none"])
    def test_who_was_removed_is_told(self, knows: str) -> None:
        """In the session that joined and in one that came back, the page says so and shows no more."""
        classroom = new_class()
        at, _ = pair(classroom)
        write(at, CANARY)
        if knows == "of the seat":
            at = come(classroom, {classroom.id: token_of(at)})
        classroom.desk.remove(person_of(at))
        at = run(at)
        assert "Your teacher has removed you" in at.warning[0].value
        assert not composers(at)
        assert "Join" not in labels(at)

    def test_a_closed_class_is_over(self) -> None:
        """Every page says so and asks for another code."""
        classroom = new_class()
        first, second = pair(classroom)
        waiting = join(classroom)
        classroom.desk.close()
        for at in (first, second, waiting):
            run(at)
            assert "Your teacher has ended this class" in at.warning[0].value
            assert not composers(at)
            assert "Next" in labels(at)

    def test_locked_writing_is_said(self) -> None:
        """Where writing is paused the composer is told so, also in the room of everyone."""
        classroom = new_class()
        at, _ = pair(classroom)
        classroom.desk.lock(room_of(at), locked=True)
        assert "paused writing" in room_data(run(at))["closed"]
        assert room_data(show(at, "Everyone"))["closed"] == ""
        classroom.desk.allow(locked=True)
        assert "paused writing" in room_data(run(at))["closed"]


class TestReading:
    """Texts, for who asks to read with their key."""

    def test_it_is_off_by_default(self) -> None:
        """No text goes to a page that did not ask; on, it does; off again, it does not."""
        first, second = pair(new_class())
        write(first, CANARY)
        for at in (first, second):
            assert room_data(at)["messages"], "without the feed, messages come with the page"
        assert CANARY not in sent_to_browser(run(second))
        second.toggle(key="reads").set_value(True)
        assert CANARY in sent_to_browser(run(second))
        assert CANARY not in sent_to_browser(run(first)), "on that device alone"
        second.toggle(key="reads").set_value(False)
        assert CANARY not in sent_to_browser(run(second))

    def test_it_is_off_again_for_the_next_one(self) -> None:
        """Who leaves and comes back reads ciphertext first."""
        classroom = new_class()
        first, second = pair(classroom)
        write(first, CANARY)
        second.toggle(key="reads").set_value(True)
        second = press(leave(run(second)), "Back to my seat")
        assert composers(second)
        assert room_data(second)["messages"]
        assert CANARY not in sent_to_browser(second)

    @pytest.mark.parametrize("shows", [True, False])
    def test_private_messages(self, shows: bool) -> None:
        """Only the two read them; others see ciphertext, and to whom only where the teacher shows that."""
        classroom = new_class()
        classroom.desk.allow(shows_recipients=shows)
        sender, other = pair(classroom)
        recipient = join(classroom)
        write(show(sender, "Everyone"), CANARY, to=person_of(recipient))
        readers = {}
        for name, at in (("sender", sender), ("recipient", recipient), ("other", show(other, "Everyone"))):
            at.toggle(key="reads").set_value(True)
            readers[name] = room_data(run(at))["messages"][0]
        assert readers["sender"]["text"] == readers["recipient"]["text"] == CANARY
        assert "text" not in readers["other"]
        assert CANARY not in sent_to_browser(other)
        assert readers["sender"]["to"] == readers["recipient"]["to"] == person_of(recipient)
        assert readers["other"]["to"] == (person_of(recipient) if shows else "")
