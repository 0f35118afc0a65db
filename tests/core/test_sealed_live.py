"""Sealed rooms by the real feed: clients that have a key, and a server that has none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from securechat.crypto.keyring import KeyRing
from securechat.frames import Send
from securechat.sealed import rooms
from tests.core.class_feed import School, school
from tests.feed import Frame, ask, close_code, receive, receive_until, transmit
from tests.sealed import by, name_of
from tests.support import CANARY

RING = KeyRing.generate()
NUMBERS = count(1)
PLACES = count(1)


@pytest.fixture(scope="module")
def running() -> Iterator[School]:
    """A server which tells at once how many are connected."""
    with school(people_seconds=0.01) as served:
        yield served


class Client:
    """Somebody with a key.

    Args:
        running: The server.
        room: The name of a room.
        address: Where they come from, as a proxy says it; this computer if empty.
    """

    def __init__(self, running: School, room: str, address: str) -> None:
        self.running = running
        self.room = room
        self.address = address

    def open(self, query: str = "", origin: str | None = None) -> ClientConnection:
        """Connect; use it as a context manager."""
        headers = {"X-Forwarded-For": self.address} if self.address else {}
        if origin:
            headers["Origin"] = origin
        url = f"{self.running.url.replace('http', 'ws')}/api/rooms/{self.room}/live{query}"
        return connect(url, additional_headers=headers, proxy=None, open_timeout=30)

    def refused(self, query: str = "", origin: str | None = None) -> tuple[int, str]:
        """Return status and body with which a connection is refused."""
        with pytest.raises(InvalidStatus) as refused:
            self.open(query, origin)
        return refused.value.response.status_code, bytes(refused.value.response.body).decode()


@pytest.fixture
def client(running: School) -> Client:
    """Somebody from an address and with a room of their own, so that tests share no limit."""
    number = next(PLACES)
    return Client(running, name_of(number), f"192.0.2.{number}")


def say(connection: ClientConnection, text: str, sender: str = by(1)) -> Frame:
    """Encrypt a text, send it, and return the answer."""
    return transmit(connection, sender, RING.encrypt(text), f"{sender}-{next(NUMBERS)}")


def counts(connection: ClientConnection, wanted: int) -> list[int]:
    """Read on until so many are said to be connected; return all numbers that were told."""
    told: list[int] = []
    while wanted not in told:
        told.append(receive_until(connection, "present")[-1]["count"])
    return told


class TestWhatGoesThrough:
    """Tokens, and how many are connected."""

    def test_two_exchange_tokens(self, client: Client) -> None:
        """Each reads what the other has written, as it was encrypted; a third one reads it later."""
        with client.open() as one, client.open() as other:
            receive_until(one, "room")
            receive_until(other, "room")
            token = RING.encrypt("hello")
            assert transmit(one, by(1), token, f"{by(1)}-1") == {
                "type": "stored",
                "client_id": f"{by(1)}-1",
                "id": 1,
            }
            [*_, message] = receive_until(other, "message")
            assert (message["sender"], message["token"], message["id"]) == (by(1), token, 1)
            assert say(other, "and you", by(2))["id"] == 2
            # One's own may have come before the answer: the frames of both go out as they are there.
            while (message := receive_until(one, "message")[-1])["id"] < 2:
                assert message["token"] == token
            assert RING.decrypt(message["token"]) == "and you"
            with client.open("?after=1") as late:
                assert receive_until(late, "message")[-1]["id"] == 2

    def test_another_room_hears_nothing(self, client: Client, running: School) -> None:
        """Neither its tokens nor who is there."""
        elsewhere = Client(running, name_of(0xE15E), client.address)
        with client.open() as one, elsewhere.open() as other:
            assert [frame["type"] for frame in receive_until(other, "room")] == ["present", "room"]
            say(one, "hello")
            say(other, "here")  # its frame may come before the answer
            with elsewhere.open() as late:
                told = receive_until(late, "room")
            assert [frame["type"] for frame in told] == ["present", "message", "room"]
            assert (RING.decrypt(told[1]["token"]), told[1]["id"]) == ("here", 1)

    def test_how_many_are_present(self, client: Client) -> None:
        """That comes first, and whenever somebody comes or goes, without a word too."""
        with client.open() as one:
            assert receive(one) == {"type": "present", "count": 1}
            with client.open() as other:
                assert receive(other) == {"type": "present", "count": 2}
                assert counts(one, 2) == [2]
                with client.open() as third:
                    counts(one, 3)
                    third.socket.close()
                assert counts(one, 2) == [2]
            assert counts(one, 1) == [1]

    def test_the_last_two_hundred(self, client: Client, running: School) -> None:
        """Whoever comes late gets those, and is told how many fell out."""
        for number in range(205):
            running.later += 1
            visit = running.application.visit(client.room, "", client.address)
            assert visit
            visit.store(Send(sender=by(1), client_id=f"{by(1)}-{number}", token=RING.encrypt(str(number))))
        with client.open() as late:
            present, *messages, room = receive_until(late, "room")
        assert present["type"] == "present"
        assert [RING.decrypt(message["token"]) for message in messages] == [str(n) for n in range(5, 205)]
        assert (room["first_id"], room["dropped"]) == (6, 5)

    def test_sent_again_after_a_break_it_is_stored_once(self, client: Client) -> None:
        """The answer was lost: by another connection the same name gets the same number."""
        token, name = RING.encrypt("once"), f"{by(1)}-1"
        with client.open() as one:
            one.send(json.dumps({"type": "send", "sender": by(1), "token": token, "client_id": name}))
            receive_until(one, "message")
            one.socket.close()
        with client.open() as again:
            assert transmit(again, by(1), token, name)["id"] == 1
            assert say(again, "next")["id"] == 2


class TestWhatIsRefused:
    """In words, and whoever was refused may go on."""

    def test_a_text(self, client: Client) -> None:
        """The server has no key: the answer says what to do and has nothing of the text."""
        with client.open() as one:
            name = f"{by(1)}-1"
            frame = {"type": "write", "sender": by(1), "text": CANARY, "client_id": name}
            assert ask(one, frame) == {
                "type": "error",
                "error": "NoServerKey",
                "message": "This server has no key of this room: encrypt it yourself.",
                "client_id": name,
            }
            one.send(json.dumps({"type": "writing"}))  # is not answered
            assert say(one, "sealed")["id"] == 1

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"sender": "A"}, "InvalidMessage"),
            ({"client_id": "1"}, "InvalidMessage"),
            ({"token": "hello"}, "InvalidToken"),
            ({"token": RING.encrypt("x" * 40_000)}, "MessageTooLong"),
            ({"to": by(2)}, "InvalidFrame"),
            ({"token": None}, "InvalidFrame"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
    )
    def test_what_is_no_message(self, client: Client, change: dict[str, str], error: str) -> None:
        """It is said what is wrong, and nothing is stored."""
        frame = {"type": "send", "sender": by(1), "token": RING.encrypt("x"), "client_id": f"{by(1)}-1"}
        with client.open() as one:
            assert ask(one, frame | change)["error"] == error
            assert say(one, "after")["id"] == 1

    def test_a_token_of_64_kb(self, client: Client) -> None:
        """A frame that long closes the connection."""
        with client.open() as one:
            token = RING.encrypt("x" * 49_200)
            assert len(token) > 64 * 1024
            frame = {"type": "send", "sender": by(1), "token": token, "client_id": f"{by(1)}-1"}
            one.send(json.dumps(frame))
            assert close_code(one) == 1009
        with client.open() as again:
            assert [frame["type"] for frame in receive_until(again, "room")] == ["present", "room"]

    @pytest.mark.parametrize("frame", [b"", b"\x00", b"gAAAAA=="])
    def test_binary_frames(self, client: Client, frame: bytes) -> None:
        """Tokens are text."""
        with client.open() as one:
            one.send(frame)
            assert close_code(one) == 1003

    def test_the_twenty_first_message(self, client: Client) -> None:
        """Within ten seconds, with a new sender each: it is said how long to wait, and then it is taken."""
        with client.open() as one, client.open() as other:
            answers = [say(one, "x", by(1_000 + number)) for number in range(21)]
            assert [answer["type"] for answer in answers] == ["stored"] * 20 + ["error"]
            assert answers[-1]["error"] == "TooFast"
            assert 1 <= answers[-1]["retry_after"] <= 10
            assert say(other, "x", by(2_000))["id"] == 21
        # Wait as told: the server's clock is ahead by that.
        client.running.later += answers[-1]["retry_after"]
        with client.open() as one:
            assert say(one, "x")["id"] == 22

    @pytest.mark.parametrize(
        "name", ["sealed-", name_of(0xABC).upper(), f"sealed-{'A' * 32}", name_of(1) + "0"]
    )
    def test_other_names(self, running: School, name: str) -> None:
        """There is no such room."""
        status, body = Client(running, name, "").refused()
        assert status == 404
        assert "no such room" in body

    def test_foreign_pages(self, client: Client) -> None:
        """A page of another site cannot connect; one of the server's own can."""
        assert client.refused(origin="https://other.example")[0] == 403
        with client.open(origin=client.running.url) as one:
            assert receive(one)["type"] == "present"


class TestHowMany:
    """Connections and rooms."""

    def test_connections_of_a_room(self, client: Client, running: School) -> None:
        """Sixty from an address; it is let in elsewhere, others here, and it, too, when one has gone."""
        with ExitStack() as stack:
            first, *others = [stack.enter_context(client.open()) for _ in range(60)]
            status, body = client.refused()
            assert status == 503
            assert "Try again later" in body
            with Client(running, name_of(0xE15E), client.address).open() as elsewhere:
                assert receive(elsewhere)["count"] == 1
            other = Client(running, client.room, "198.51.100.7")
            with other.open() as from_elsewhere:
                assert receive(from_elsewhere)["count"] == 61
            counts(first, 60)
            for gone in others[1:]:
                gone.socket.close()  # without a word: what they were told of they have not read
            counts(first, 2)
            with client.open() as again:
                counts(again, 3)
            others[0].socket.close()

    def test_connections_of_a_room_from_everywhere(
        self, client: Client, running: School, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """There is an end to them, too: here three, with two from one address."""
        monkeypatch.setattr(rooms, "MAX_SEALED_CONNECTIONS", 3)
        monkeypatch.setattr(rooms, "MAX_ROOM_ADDRESS_CONNECTIONS", 2)
        others = [Client(running, client.room, f"198.51.100.{number}") for number in (20, 21)]
        with client.open(), client.open():
            assert client.refused()[0] == 503
            with others[0].open():
                assert others[1].refused()[0] == 503

    def test_connections_of_an_address(
        self, client: Client, running: School, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In all sealed rooms together, so that nobody takes them all; others are let in."""
        monkeypatch.setattr(rooms, "MAX_ADDRESS_CONNECTIONS", 2)
        elsewhere = [Client(running, name_of(0xADD0 + number), "198.51.100.9") for number in range(3)]
        with elsewhere[0].open(), elsewhere[1].open(), client.open():
            assert elsewhere[2].refused()[0] == 503

    def test_other_rooms_have_connections_left(
        self, client: Client, running: School, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where sealed rooms have all that they may have, Chat has others."""
        monkeypatch.setattr(rooms, "MAX_CONNECTIONS", 1)
        with client.open():
            assert Client(running, name_of(0xADE0), "198.51.100.8").refused()[0] == 503
            with running.open("/api/rooms/demo/live") as chat:
                assert receive(chat)["type"] == "room"

    def test_new_rooms_of_an_address(self, running: School) -> None:
        """Twenty in a minute, as the proxy says whence they come; nobody else has to wait."""
        for number in range(20):
            with Client(running, name_of(5_000 + number), "198.51.100.1").open():
                pass
        status, body = Client(running, name_of(5_020), "198.51.100.1").refused()
        assert status == 429
        assert body.startswith("No new room: too many in a short time. Wait ")
        with Client(running, name_of(5_020), "198.51.100.2").open() as other:
            assert receive(other)["count"] == 1
        running.later += 60

    def test_the_301st_room(self) -> None:
        """It is refused with the reason; after an hour without anybody there is room."""
        with school() as served:
            for number in range(300):
                served.later += 4
                assert served.application.visit(name_of(number), "", f"192.0.2.{number % 2}")
            assert Client(served, name_of(300), "").refused() == (
                503,
                "There are already 300 rooms, and no more fit. Use one of them.\n",
            )
            with Client(served, name_of(299), "").open() as one:
                served.later += 3_600
                with Client(served, name_of(300), "").open() as late:
                    assert receive(late)["count"] == 1
                assert say(one, "still here")["id"] == 1
