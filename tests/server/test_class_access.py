"""Nobody reads or writes in a room they are not in: through the page, the addresses or the feed.

The sessions here are raw: they send what no page of ours would, and see every byte that comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from securechat.live.listener import LOST
from tests.classes import Lesson
from tests.feed import close_code, feed, receive_until, transmit
from tests.raw_session import RawSession, raw_session
from tests.support import CANARY, Server

NOT_YOURS = b"You are not in this room."
TOKEN = b"gAAAAA"
USE = "Use this key for the room"


class Pupil:
    """A page session that keeps what its page is made of, by the names that the code gives it."""

    def __init__(self, session: RawSession) -> None:
        self.session = session
        self.ids: dict[str, str] = {}
        self.data: dict[str, dict[str, Any]] = {}
        self.buttons: dict[str, str] = {}
        self.fragments: dict[str, str] = {}
        self.drawn: dict[tuple[int, ...], bytes] = {}

    def run(self, page: str = "join", query: str = "", *widgets: WidgetState, fragment: str = "") -> bytes:
        """Let a page run, and return all that came."""
        messages = self.session.run(page=page, query=query, widgets=widgets, fragment=fragment)
        for message in messages:
            self._remember(message)
        return b"".join(message.SerializeToString() for message in messages)

    def tell_seats(self, seats: dict[str, str], page: str = "join", query: str = "") -> bytes:
        """Tell the page which seats the browser has."""
        return self.run(page, query, self.state("seats", {"seats": seats}))

    def state(self, component: str, value: dict[str, object]) -> WidgetState:
        """Return the state of one of our components, as its JavaScript sends it."""
        return WidgetState(id=self.ids[component], json_value=json.dumps(value))

    def press(self, label: str, page: str = "join", query: str = "") -> bytes:
        """Press a button that was on the page."""
        return self.run(page, query, WidgetState(id=self.buttons[label], trigger_value=True))

    def send(self, component: str, event: str, value: object, page: str = "join", query: str = "") -> bytes:
        """Let one of our components hand over a value."""
        trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{self.ids[component]}__events")
        trigger.json_trigger_value = json.dumps([{"event": event, "value": value}])
        fragment = self.fragments.get(component, "")
        return self.run(page, query, self.state(component, {}), trigger, fragment=fragment)

    def ticket(self) -> str:
        """Return the ticket that the page has handed out."""
        return str(self.chat["room"]["ticket"])

    @property
    def chat(self) -> dict[str, Any]:
        """What the chat on the page was told last."""
        return next(data for key, data in reversed(self.data.items()) if key.startswith("chat"))

    def poll(self, page: str = "join", query: str = "") -> bytes:
        """Tell the server that the feed cannot be reached."""
        key = next(key for key in reversed(self.ids) if key.startswith("chat"))
        return self.run(page, query, self.state(key, {"polls": True}))

    def stands(self, *gone: str) -> list[str]:
        """Return what stands on the page now, part by part, as a browser would have it."""
        return [plain(part, *gone) for _, part in sorted(self.drawn.items())]

    def _remember(self, message: ForwardMsg) -> None:
        if message.HasField("new_session") and not message.metadata.run.fragment_ids:
            self.drawn.clear()  # also what a run has drawn that this one overtakes
        if message.HasField("delta"):
            self.drawn[tuple(message.metadata.delta_path)] = message.delta.SerializeToString()
        element = message.delta.new_element
        if part := element.bidi_component.id:
            key = part.split("-", 2)[2]
            for known in (self.ids, self.data):
                known.pop(key, None)  # the newest stands last
            self.ids[key], self.fragments[key] = part, message.delta.fragment_id
            self.data[key] = json.loads(element.bidi_component.json or "{}")
        if element.button.id:
            self.buttons[element.button.label] = element.button.id
            self.fragments[element.button.label] = message.delta.fragment_id


@contextmanager
def pupil(server: Server) -> Iterator[Pupil]:
    """Open a page."""
    with raw_session(server.url) as session:
        yield Pupil(session)


class Case:
    """A class with two pairs: `first` and `second` sit in room 1, with a text; `other` in room 2."""

    def __init__(self, lesson: Lesson, stack: ExitStack) -> None:
        self.lesson = lesson
        self.tokens: dict[str, str] = {}
        for _ in range(4):
            person, token = lesson.join()
            self.tokens[person] = token
        lesson.say("p1", CANARY, 1)
        self.everyone, self.room, self.other_room = lesson.rooms()
        self.first = self._sit("p1", stack)
        self.other = self._sit("p3", stack)
        self.stranger = stack.enter_context(pupil(lesson.server))
        self.stranger.run("inspector")

    def _sit(self, person: str, stack: ExitStack) -> Pupil:
        page = stack.enter_context(pupil(self.lesson.server))
        page.run(query=f"class={self.lesson.code}")
        page.tell_seats({self.lesson.id: self.tokens[person]})
        assert f"chat_{self.lesson.rooms()[1 if person in ('p1', 'p2') else 2]}" in page.ids
        return page

    def fingerprints(self, number: int = 1) -> list[str]:
        """Return the fingerprints of a room's keys."""
        there = f"list(room.view().rooms.values())[{number}].conversation"
        found: list[str] = self.lesson.ask(f"[key.fingerprint for key in {there}.keyring.keys]")
        return found

    def count(self, number: int = 1) -> int:
        """Return how many messages a room has."""
        return len(self.lesson.texts(number))


@pytest.fixture
def case(lesson_server: Server) -> Iterator[Case]:
    """See `Case`."""
    lesson = Lesson.open(lesson_server)
    with ExitStack() as stack:
        yield Case(lesson, stack)
    lesson.close()


def plain(data: bytes, *gone: str) -> str:
    """Return what was sent, each text once, without what is another in every run.

    A run that another one overtakes says as much of the beginning twice as it came to: that depends on the
    machine. `Pupil.stands` has what came of it, as often as it is there.
    """
    text = data.decode(errors="replace")
    for name in gone:
        text = text.replace(name, "ROOM")
    text = re.sub(r"gAAAA[\w=-]+", "TICKET", text)
    return " ".join(dict.fromkeys(re.findall(r"[A-Za-z][A-Za-z ,.…]{9,}", text)))


class TestAddresses:
    """What an address asks for."""

    def test_the_one_it_belongs_to(self, case: Case) -> None:
        """Who sits in the room opens its message by the address: else, the rest would prove nothing."""
        assert CANARY.encode() in case.first.run("inspector", f"message=1&room={case.room}")

    def test_a_stranger(self, case: Case) -> None:
        """Without a seat no address shows anything, nor whether there is such a room."""
        said = []
        for room in (
            case.room,
            case.everyone,
            f"{case.lesson.id}-9",
            "0123456789abcdef-1",
            "a b/../c",
            "%00",
        ):
            with pupil(case.lesson.server) as page:
                first = page.run("inspector", f"message=1&room={room}")
                then = page.tell_seats({}, "inspector", f"message=1&room={room}")
            assert CANARY.encode() not in first + then
            assert TOKEN not in first + then
            assert NOT_YOURS in then
            said.append((plain(first, room), plain(then, room), page.stands(room)))
        assert all(each == said[0] for each in said)

    def test_a_pupil_of_another_pair(self, case: Case) -> None:
        """The same for somebody of the class, in their own session and in a new one with their seat."""
        said = []
        for room in (case.room, f"{case.lesson.id}-9"):
            query = f"message=1&room={room}"
            data = case.other.run("inspector", query)
            if NOT_YOURS not in data:
                data = case.other.tell_seats({case.lesson.id: case.tokens["p3"]}, "inspector", query)
            assert NOT_YOURS in data
            assert CANARY.encode() not in data
            assert case.fingerprints()[0].encode() not in data
            with pupil(case.lesson.server) as page:
                new = page.run("inspector", query)
                new += page.tell_seats({case.lesson.id: case.tokens["p3"]}, "inspector", query)
            assert NOT_YOURS in new
            assert CANARY.encode() not in new
            said.append((plain(data, room), plain(new, room), case.other.stands(room), page.stands(room)))
        assert said[0] == said[1]

    @pytest.mark.parametrize("page", ["attack_lab", "key_life", "key_exchange", "inspector", "", "join"])
    def test_no_page_takes_a_room_from_the_address_or_by_name(self, case: Case, page: str) -> None:
        """Whatever a stranger puts into the query, nothing of the room comes."""
        query = f"room={case.room}&place={case.room}&member=p1&message=1&reads=true&as={case.room}&class=p1"
        data = case.stranger.run(page, query)
        assert CANARY.encode() not in data
        assert not any(key.encode() in data for key in case.fingerprints())


class TestForgedStates:
    """What a page's components never send."""

    @pytest.mark.parametrize("token", ["", "p1", "made up", "x" * 5_000, "\x00"])
    def test_a_seat_with_a_wrong_token(self, case: Case, token: str) -> None:
        """The id of the class and a token that is none give no seat."""
        with pupil(case.lesson.server) as page:
            page.run("inspector", f"message=1&room={case.room}")
            if "seats" not in page.ids:
                page.run("join")
            data = page.tell_seats({case.lesson.id: token}, "inspector", f"message=1&room={case.room}")
        assert NOT_YOURS in data
        assert CANARY.encode() not in data

    def test_the_token_of_another_class(self, case: Case) -> None:
        """A seat in one class is none in another."""
        lesson = Lesson.open(case.lesson.server)
        _, token = lesson.join()
        with pupil(case.lesson.server) as page:
            page.run(query=f"class={case.lesson.code}")
            data = page.tell_seats({case.lesson.id: token}, query=f"class={case.lesson.code}")
        lesson.close()
        assert b"You are not in this class yet." in data
        assert TOKEN not in data

    @pytest.mark.parametrize("seats", [[], "x", 7, {"a": 1}, {"a": None}, [["a", "b"]]])
    def test_states_that_make_no_sense(self, case: Case, seats: object) -> None:
        """They are passed over without a fault."""
        with pupil(case.lesson.server) as page:
            page.run(query=f"class={case.lesson.code}")
            data = page.run("join", f"class={case.lesson.code}", page.state("seats", {"seats": seats}))
        assert CANARY.encode() not in data
        assert b"Traceback" not in case.lesson.server.log.read_bytes()

    def test_the_composer_of_another_room(self, case: Case) -> None:
        """Neither its own id nor one put together sends anything there."""
        for name, source in (("own", case.first), ("made up", case.other)):
            base = source.ids.get(f"chat_{case.room}") or source.ids[f"chat_{case.other_room}"].replace(
                case.other_room, case.room
            )
            state = WidgetState(id=base, json_value="{}")
            trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{base}__events")
            sent = {"id": f"forged {name}", "text": "forged"}
            trigger.json_trigger_value = json.dumps([{"event": "send", "value": sent}])
            for page in (case.other, case.stranger):
                page.run("join", "", state, trigger)
        assert case.lesson.texts(1) == [CANARY]
        assert case.count(2) == 0

    @pytest.mark.parametrize("to", ["p99", "p3", "", 7, ["p1"], "teacher "])
    def test_a_recipient_who_is_none(self, case: Case, to: object) -> None:
        """In a pair's room no message is for one alone; whoever is made up, nobody gets it."""
        sent = {"id": f"to {to}", "text": "x", "to": to}
        case.first.send(f"chat_{case.room}", "send", sent)
        assert case.count() == 1 + (to == "")

    def test_a_message_that_is_not_there(self, case: Case) -> None:
        """What a transcript never sends as a pick opens nothing of another room."""
        for value in (case.room, {"id": 1, "room": case.room}, -1, 10**30, None):
            data = case.other.send(f"chat_{case.other_room}", "inspect", value)
            assert CANARY.encode() not in data


class TestLostSeats:
    """A session that is open while its seat goes."""

    def test_the_composer_of_somebody_removed(self, case: Case) -> None:
        """It sends nothing more, and gets nothing of the room."""
        case.lesson.desk("remove('p1')")
        data = case.first.send(f"chat_{case.room}", "send", {"id": "late", "text": "late"})
        data += case.first.run()
        assert case.count() == 1
        assert TOKEN not in data.replace(b'"ticket": "gAAAAA', b"")

    @pytest.mark.parametrize("how", ["remove('p1')", "close()"])
    @pytest.mark.parametrize("button", ["Make a new primary key", "Look again"])
    def test_old_buttons_of_key_life(self, case: Case, how: str, button: str) -> None:
        """They change no key, and show none of the room."""
        case.first.run("key_life")
        assert button in case.first.buttons
        before = case.fingerprints()
        case.lesson.desk(how)
        fragment = case.first.fragments[button]
        press = WidgetState(id=case.first.buttons[button], trigger_value=True)
        data = case.first.run("key_life", "", press, fragment=fragment)
        data += case.first.run("key_life")
        assert not any(key.encode() in data for key in before)
        if how != "close()":
            assert case.fingerprints() == before

    def test_the_old_button_of_key_exchange(self, case: Case) -> None:
        """The key of a play does not become that of a room one has lost."""
        case.first.run("key_exchange")
        for _ in range(20):
            if USE in case.first.buttons:
                break
            [following] = {each for each in case.first.buttons.values() if each.endswith("-exchange_next")}
            case.first.buttons.clear()
            case.first.run("key_exchange", "", WidgetState(id=following, trigger_value=True))
        before = case.fingerprints()
        case.lesson.desk("remove('p1')")
        case.first.press(USE, "key_exchange")
        assert case.fingerprints() == before

    def test_a_replay_by_somebody_removed(self, case: Case) -> None:
        """The token that the lab still has is not sent again."""
        case.lesson.say("p2", "of the partner", 1)
        case.first.run("attack_lab", "lab=Replay+and+age")
        label = "Send the same token again"
        assert label in case.first.buttons
        case.lesson.desk("remove('p1')")
        case.first.press(label, "attack_lab", "lab=Replay+and+age")
        assert case.count() == 2

    def test_the_inspector_of_somebody_removed(self, case: Case) -> None:
        """Neither a run nor a look of its timer brings text or key again."""
        case.first.run("inspector", f"message=1&room={case.room}")
        case.first.poll("inspector", f"message=1&room={case.room}")
        case.lesson.desk("remove('p1')")
        looked = case.first.run(
            "inspector", f"message=1&room={case.room}", fragment=case.first.fragments["looked"]
        )
        again = case.first.run("inspector", f"message=1&room={case.room}")
        assert CANARY.encode() not in looked + again
        assert case.fingerprints()[0].encode() not in looked + again


class TestFeed:
    """Tickets, read from the pages they were handed to."""

    def test_a_ticket_is_for_its_room_alone(self, case: Case) -> None:
        """It opens the room it was made for, and no other, there or not: all answers are alike."""
        ticket = case.other.ticket()
        with feed(case.lesson.server.url, f"?ticket={ticket}", room=case.other_room) as own:
            assert receive_until(own, "room")
        said = set()
        for room in (case.room, f"{case.lesson.id}-9", case.lesson.id, "made-up"):
            for shown in (
                f"?ticket={ticket}",
                "",
                "?ticket=",
                f"?ticket={ticket[:-2]}AA",
                "?ticket=" + "x" * 5_000,
            ):
                with pytest.raises(InvalidStatus) as refused:
                    feed(case.lesson.server.url, shown, room=room)
                response = refused.value.response
                said.add((response.status_code, bytes(response.body or b"")))
        assert len(said) == 1
        assert said.pop()[0] == 404

    def test_a_ticket_of_a_room_opens_no_wall(self, case: Case) -> None:
        """The teacher's view is not for pupils."""
        address = f"ws://{urlsplit(case.lesson.server.url).netloc}/api/classes/{case.lesson.id}/live"
        for ticket in (case.other.ticket(), ""):
            with pytest.raises(InvalidStatus) as refused:
                connect(f"{address}?ticket={ticket}", proxy=None)
            assert refused.value.response.status_code == 404

    def test_nobody_sends_as_another(self, case: Case) -> None:
        """With a ticket of one's own, not even the partner's name is taken."""
        token = case.lesson.ask(f"room.view().rooms[{case.room!r}].conversation.keyring.encrypt('forged')")
        with feed(case.lesson.server.url, f"?ticket={case.first.ticket()}", room=case.room) as socket:
            for sender in ("p2", "teacher", "A", "", "p99"):
                answer = transmit(socket, sender, token, f"as {sender}")
                assert (answer["type"], answer["error"]) == ("error", "NotSeated")
            assert transmit(socket, "p1", token, "as myself")["type"] == "stored"
        assert case.lesson.texts(1) == [CANARY, "forged"]

    def test_only_who_asked_gets_texts(self, case: Case) -> None:
        """A ticket without reading brings none, whatever the address says."""
        for more in ("", "&reads=true", "&reads=1"):
            query = f"?ticket={case.first.ticket()}{more}"
            with feed(case.lesson.server.url, query, room=case.room) as socket:
                assert CANARY not in json.dumps(receive_until(socket, "room"))

    @pytest.mark.parametrize(
        "how", ["desk.remove('p1')", "leave('p1')", "desk.close()", "find_partner('p1')"]
    )
    def test_who_loses_the_seat_is_let_go(self, case: Case, how: str) -> None:
        """The open feed is closed with its code, brings nothing that comes later, and the ticket is void."""
        if how.startswith("find_partner"):
            case.lesson.ask("room.leave('p2')")
        ticket = case.first.ticket()
        with feed(case.lesson.server.url, f"?ticket={ticket}", room=case.room) as socket:
            receive_until(socket, "room")
            case.lesson.ask(f"room.{how}")
            assert close_code(socket) == LOST
        with pytest.raises(InvalidStatus):
            feed(case.lesson.server.url, f"?ticket={ticket}", room=case.room)

    def test_nothing_draws_into_a_page_that_is_gone(self, case: Case) -> None:
        """Who was removed is told; what the browser had asked for of the room before does not run."""
        case.first.poll()
        fragment = case.first.fragments["looked"]
        seats = case.first.state("seats", {"seats": {case.lesson.id: case.tokens["p1"]}})
        case.lesson.desk("remove('p1')")
        assert b"has removed you" in case.first.run("join", "", seats)
        case.first.session.ask(page="join", fragment=fragment)
        case.lesson.people()  # while this is answered, the fragment would run
        for _ in range(2):
            messages = case.first.session.run(page="join", widgets=(seats,))
            begun = [message for message in messages if message.WhichOneof("type") == "new_session"]
            assert len(begun) == 1, "only the page that was asked for"

    def test_what_is_hidden_is_not_in_the_frames(self, case: Case) -> None:
        """Where it is not shown to whom, the frames of others do not say it either."""
        case.lesson.desk("allow(shows_recipients=False)")
        case.lesson.say("p1", CANARY, 0, to="p2")
        query = f"class={case.lesson.code}"
        for person, told in (("p3", ""), ("p2", "p2"), ("p1", "p2")):
            with pupil(case.lesson.server) as page:
                page.run(query=query)
                page.tell_seats({case.lesson.id: case.tokens[person]}, query=query)
                ticket = page.chat["unread"]["others"][0]["ticket"]
            with feed(case.lesson.server.url, f"?ticket={ticket}", room=case.everyone) as socket:
                frame = receive_until(socket, "message")[-1]
            assert frame["to"] == told
            assert "text" not in frame


def test_nothing_secret_is_logged(case: Case) -> None:
    """Texts, keys and the tokens of seats stand nowhere in the server's log."""
    case.first.send(f"chat_{case.room}", "send", {"id": "one more", "text": CANARY})
    case.stranger.tell_seats({case.lesson.id: "wrong"}, "join") if "seats" in case.stranger.ids else None
    log = case.lesson.server.log.read_text()
    assert CANARY not in log
    assert not any(token in log for token in case.tokens.values())
