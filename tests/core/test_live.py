"""The live feed over a store, served by uvicorn as Streamlit serves it, spoken to over real sockets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import InvalidStatus

from securechat.conversation import DEMO_ROOM, SEND_COUNT, Conversation
from securechat.errors import InvalidKey
from securechat.frames import message_frame
from securechat.keyring import KeyRing
from securechat.live import LiveFeed, OpenRoom
from securechat.live.listener import FRAME_COUNT, MAX_FRAME_BYTES
from securechat.messages import MAX_TOKEN_CHARS
from securechat.store import InMemoryMessageStore
from tests.feed import close_code, feed, receive, receive_until, silent_client, transmit
from tests.support import CANARY, CANARY_KEY, free_port

RING = KeyRing.from_text(CANARY_KEY)
OTHER_RING = KeyRing.from_text("b3RoZXIga2V5IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXM=")
Serve = Callable[..., str]


@pytest.fixture
def room() -> Conversation:
    """An empty room that keeps ten messages."""
    return Conversation(InMemoryMessageStore(max_messages=10), RING)


@pytest.fixture
def serve(room: Conversation) -> Iterator[Serve]:
    """Serve a feed of the room, and return its address."""
    with ExitStack() as stack:

        def start(base_path: str = "", *, live: LiveFeed | None = None, **settings: object) -> str:
            def find(name: str, _: str) -> OpenRoom | None:
                return OpenRoom(room) if name == DEMO_ROOM else None

            live = live or LiveFeed(find, **settings)  # type: ignore[arg-type]
            config = uvicorn.Config(
                Starlette(routes=live.routes(base_path)),
                port=free_port(),
                log_level="error",
                ws="websockets-sansio",
            )
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run)
            thread.start()
            stack.callback(thread.join)
            stack.callback(setattr, server, "should_exit", True)
            while not server.started:
                time.sleep(0.01)
            return f"http://127.0.0.1:{config.port}"

        yield start


@pytest.fixture
def url(serve: Serve) -> str:
    """The address of a feed as it is by default."""
    return serve()


class TestWhatItSends:
    """First what was missed, then what comes."""

    def test_catch_up_then_push(self, url: str, room: Conversation) -> None:
        """Messages after the id come first, in order, then the state of the room, then each new message."""
        for number in range(1, 4):
            room.send("A", f"text {number}")
        with feed(url, "?after=1") as reader:
            assert [frame.get("id") for frame in receive_until(reader, "room")] == [2, 3, None]
            message = room.send("B", "text 4")
            assert receive(reader) == {
                "type": "message",
                "id": 4,
                "sender": "B",
                "token": message.token,
                "sent_at": f"{message.sent_at:%Y-%m-%dT%H:%M:%SZ}",
            }

    def test_the_state_of_the_room(self, url: str, room: Conversation) -> None:
        """It is told at first and when it changes: what fell out, and that it was cleared."""
        epoch = room.view().epoch
        with feed(url) as reader:
            kept = {"first_id": 1, "dropped": 0, "cleared": False, "rewritten": 0}
            state = {"type": "room", "epoch": epoch, **kept}
            assert receive(reader) == state
            for number in range(1, 11):
                room.send("A", str(number))
                assert receive(reader)["id"] == number
            room.send("A", "one too many")
            assert receive(reader) == {**state, "first_id": 2, "dropped": 1}
            assert receive(reader)["id"] == 11
            room.clear()
            assert receive(reader) == {**state, "first_id": 12, "cleared": True}

    def test_new_tokens_of_old_messages(self, url: str, room: Conversation) -> None:
        """After re-encrypting, it is told that there are some; who asks from the start again gets them."""
        for number in range(1, 4):
            room.send("A", f"text {number}")
        with feed(url) as reader, feed(url, "?after=3") as other:
            told = [receive_until(each, "room")[-1] for each in (reader, other)]
            room.change_keys(KeyRing.rotated)
            room.reencrypt()
            for each, state in zip((reader, other), told, strict=True):
                assert receive(each) == {**state, "rewritten": 1}
            message = room.send("B", "text 4")
            for each in (reader, other):
                assert receive(each) == message_frame(message), "nothing comes twice by itself"
        with feed(url, f"?after=0&epoch={room.view().epoch}") as reader:
            frames = receive_until(reader, "room")
        assert frames == [*map(message_frame, room.view().messages), {**told[0], "rewritten": 1}]
        ring = KeyRing((room.keyring.primary,))
        assert [ring.decrypt(frame["token"]) for frame in frames[:-1]] == [f"text {n}" for n in range(1, 5)]

    @pytest.mark.parametrize(
        ("query", "ids"), [("", [1, 2]), ("?after=1", [2]), ("?after=2", []), ("?after=9", [])]
    )
    def test_where_it_begins(self, url: str, room: Conversation, query: str, ids: list[int]) -> None:
        """After the id that the client has."""
        room.send("A", "one")
        room.send("B", "two")
        with feed(url, query) as reader:
            assert [frame["id"] for frame in receive_until(reader, "room")[:-1]] == ids

    def test_an_id_of_another_epoch_does_not_count(self, url: str, room: Conversation) -> None:
        """After a restart the ids begin anew: whoever says which epoch is meant gets all of the new one."""
        room.send("A", "one")
        for epoch, ids in ((room.view().epoch, []), ("another", [1])):
            with feed(url, f"?after=1&epoch={epoch}") as reader:
                assert [frame["id"] for frame in receive_until(reader, "room")[:-1]] == ids

    def test_it_says_that_it_is_there(self, serve: Serve) -> None:
        """Without news a ping comes after a while: a client that hears nothing knows that it is alone."""
        with feed(serve(ping_seconds=0.1)) as reader:
            assert [receive(reader)["type"] for _ in range(3)] == ["room", "ping", "ping"]

    def test_many_threads_wake_it(self, url: str, room: Conversation) -> None:
        """What several threads store at once arrives once, in order."""
        with feed(url) as reader:
            receive_until(reader, "room")
            threads = [
                threading.Thread(target=lambda sender=sender: [room.send(sender, "x") for _ in range(5)])
                for sender in "AB"
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [receive_until(reader, "message")[-1]["id"] for _ in range(10)] == list(range(1, 11))

    def test_what_changed_is_told_before_what_came(self, room: Conversation, serve: Serve) -> None:
        """Sent, cleared and sent again before the feed looks: after a told `first_id`, ids have no gap."""
        held: list[Callable[[], None]] = []
        subscribe = room.subscribe
        room.subscribe = lambda wake: subscribe(lambda: held.append(wake))  # type: ignore[method-assign]
        with feed(serve()) as reader:
            receive_until(reader, "room")
            room.send("A", "one")
            room.clear()
            room.send("A", "two")
            held[-1]()
            frames = [receive(reader), receive(reader)]
        assert [(frame["type"], frame.get("first_id", frame.get("id"))) for frame in frames] == [
            ("room", 2),
            ("message", 2),
        ]

    def test_under_a_base_path(self, serve: Serve) -> None:
        """Where the app lives below a path, so does the feed."""
        url = serve("/school/crypto/")
        with feed(url + "/school/crypto") as reader:
            assert receive(reader)["type"] == "room"
        with pytest.raises(InvalidStatus):
            feed(url)


class TestWhatItTakes:
    """Tokens that open under the room's key, once a name."""

    def test_once_for_a_client_id(self, url: str, room: Conversation) -> None:
        """The same name again, on the same or another connection, is answered with the same id."""
        first, second = RING.encrypt("hello"), RING.encrypt("hello")
        with feed(url) as one, feed(url) as two:
            stored = transmit(one, "B", first, "mine")
            assert stored == {"type": "stored", "client_id": "mine", "id": 1}
            assert transmit(one, "B", second, "mine") == stored
            assert transmit(two, "B", second, "mine") == stored
            assert transmit(two, "A", second, "mine")["id"] == 2, "another sender, another name"
        assert [message.token for message in room.view().messages] == [first, second]

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            pytest.param(lambda: OTHER_RING.encrypt("x"), "InvalidToken", id="another key"),
            pytest.param(lambda: RING.encrypt("x")[:-4], "InvalidToken", id="cut"),
            pytest.param(lambda: RING.encrypt("x") + "\n", "InvalidToken", id="another spelling"),
            pytest.param(lambda: RING.encrypt("x", at_time=2**40), "InvalidToken", id="from the future"),
            pytest.param(lambda: "", "InvalidToken", id="nothing"),
            pytest.param(lambda: "\ud800", "InvalidToken", id="surrogate"),
            pytest.param(lambda: CANARY, "InvalidToken", id="plain text"),
            pytest.param(lambda: RING.encrypt("  "), "EmptyMessage", id="blank"),
            pytest.param(lambda: RING.encrypt(CANARY * 100), "MessageTooLong", id="too long"),
        ],
    )
    def test_a_token_that_the_room_does_not_take(
        self, url: str, room: Conversation, make: Callable[[], str], error: str
    ) -> None:
        """It is answered with the reason, without its text; nothing is stored, the connection stays."""
        with feed(url) as socket:
            answer = transmit(socket, "A", make(), "1")
            assert (answer["type"], answer["client_id"], answer["error"]) == ("error", "1", error)
            assert answer["message"]
            assert CANARY not in str(answer)
            assert room.view().messages == ()
            assert transmit(socket, "A", RING.encrypt("fine"), "2")["id"] == 1

    @pytest.mark.parametrize("sender", ["C", "", "a", "A ", "x" * 1000])
    def test_a_sender_who_is_not_there(self, url: str, sender: str) -> None:
        """Only those who write in the room can."""
        with feed(url) as socket:
            assert transmit(socket, sender, RING.encrypt("x"), "1")["error"] == "InvalidMessage"

    @pytest.mark.parametrize("name", ["", "x" * 65])
    def test_a_name_of_the_wrong_size(self, url: str, name: str) -> None:
        """A message is called by 1 to 64 characters."""
        with feed(url) as socket:
            assert transmit(socket, "A", RING.encrypt("x"), name)["error"] == "InvalidMessage"

    @pytest.mark.parametrize(
        "frame",
        [
            "{",
            "[]",
            "null",
            "1",
            '{"type":"send"}',
            '{"type":"hello"}',
            '{"type":"hello","sender":"A","token":"x","client_id":"1"}',
            '{"type":"send","sender":"A","token":7,"client_id":"1"}',
            pytest.param("[" * 60_000, id="deep"),
        ],
    )
    def test_what_is_no_frame(self, url: str, frame: str) -> None:
        """It is answered with what was expected."""
        with feed(url) as socket:
            receive_until(socket, "room")
            socket.send(frame)
            assert receive(socket)["error"] == "InvalidFrame"

    @pytest.mark.parametrize("frame", ["", b"", b"\x00"])
    def test_what_is_no_text(self, url: str, frame: str | bytes) -> None:
        """The feed speaks text: anything else closes with 1003."""
        with feed(url) as socket:
            socket.send(frame)
            assert close_code(socket) == 1003

    @pytest.mark.parametrize("character", ["x", "é"])
    @pytest.mark.parametrize("excess", [-2, 0, 2])
    def test_the_size_of_a_frame(self, url: str, character: str, excess: int) -> None:
        """64 KB are taken (and found to be no frame); more closes with 1009, counted in bytes."""
        with feed(url) as socket:
            receive_until(socket, "room")
            socket.send(character * ((MAX_FRAME_BYTES + excess) // len(character.encode())))
            if excess <= 0:
                assert receive(socket)["error"] == "InvalidFrame"
            else:
                assert close_code(socket) == 1009

    def test_the_longest_message_fits(self, url: str) -> None:
        """2,000 characters of four bytes each."""
        token = RING.encrypt("\U0001f512" * 2000)
        assert len(token) == MAX_TOKEN_CHARS
        with feed(url) as socket:
            assert transmit(socket, "A", token, "1")["type"] == "stored"

    def test_a_flood_is_told_and_then_cut(self, url: str) -> None:
        """The sender's limit is the page's. Who goes on beyond that is cut; B is not slowed."""
        with feed(url) as flood, feed(url) as other:
            answers = [transmit(flood, "A", RING.encrypt("x"), str(number)) for number in range(25)]
            assert [answer["type"] for answer in answers] == ["stored"] * SEND_COUNT + ["error"] * 5
            assert answers[-1]["error"] == "TooFast"
            assert transmit(flood, "A", RING.encrypt("x"), "19")["id"] == 20, "it is stored, and said to be"
            for _ in range(FRAME_COUNT):
                flood.send(json.dumps({"type": "send"}))
            assert close_code(flood) == 1008
            assert transmit(other, "B", RING.encrypt("x"), "1")["id"] == 21


class TestWhomItRefuses:
    """Foreign pages cannot listen; wrong addresses are answered."""

    @pytest.mark.parametrize(
        "origin",
        [
            "null",
            "http://evil.example",
            "https://{host}.evil.example",
            "http://evil{host}",
            "http://{host}@evil.example",
            "http://evil.example/{host}",
            "http://evil.example?{host}",
            "http://{name}",
            "http://{name}:1",
            "http://[",
            "{host}",
            "file://",
            "",
        ],
    )
    def test_foreign_origins(self, url: str, origin: str) -> None:
        """What only looks like the page's own is refused."""
        host = urlsplit(url).netloc
        with pytest.raises(InvalidStatus) as refused:
            feed(url, origin=origin.format(host=host, name=host.partition(":")[0]))
        assert refused.value.response.status_code == 403

    def test_origins_that_are_meant(self, serve: Serve) -> None:
        """Absent, the page's own in any case, and those that are named."""
        url = serve(allowed_origins=lambda: ["https://school.example"])
        for origin in (None, url, url.upper(), "https://school.example"):
            with feed(url, origin=origin) as socket:
                assert receive(socket)["type"] == "room"
        with pytest.raises(InvalidStatus):
            feed(url, origin="https://school.example.evil.example")

    def test_any_origin_where_all_are_allowed(self, serve: Serve) -> None:
        """`*` stands for all, as in Streamlit's own setting."""
        with feed(serve(allowed_origins=lambda: ["*"]), origin="https://any.example") as socket:
            assert receive(socket)["type"] == "room"

    @pytest.mark.parametrize(
        ("room_name", "query", "status"),
        [
            ("other", "", 404),
            ("demo", "?after=-1", 400),
            ("demo", "?after=x", 400),
            ("demo", "?after=", 400),
            ("demo", "?after=%C2%B2", 400),
            pytest.param("demo", f"?after={'9' * 5000}", 400, id="a long number"),
        ],
    )
    def test_wrong_addresses(self, url: str, room_name: str, query: str, status: int) -> None:
        """Each is told by its status."""
        with pytest.raises(InvalidStatus) as refused:
            feed(url, query, room=room_name)
        assert refused.value.response.status_code == status

    def test_without_a_key_there_is_no_feed(self, serve: Serve) -> None:
        """While the app cannot start, the feed says so, and not why."""

        def broken(_room: str, _ticket: str) -> OpenRoom:
            raise InvalidKey(CANARY)

        with pytest.raises(InvalidStatus) as refused:
            feed(serve(live=LiveFeed(broken)))
        assert refused.value.response.status_code == 503
        assert CANARY not in str(refused.value.response.body)

    def test_a_plain_request_is_told_to_upgrade(self, url: str) -> None:
        """Whoever opens the address in a browser is not given the page."""
        connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("GET", "/api/rooms/demo/live")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Upgrade")) == (426, "websocket")
        connection.close()


class TestWhoLeaves:
    """Connections that end leave nothing behind."""

    def test_the_place_of_one_that_left_is_free(self, serve: Serve) -> None:
        """With room for two, a third is refused until one of them goes."""
        url = serve(max_connections=2)
        with feed(url) as one, feed(url) as two:
            for socket in (one, two):
                receive(socket)
            with pytest.raises(InvalidStatus) as refused:
                feed(url)
            assert refused.value.response.status_code == 503
            two.socket.close()  # without a word
            time.sleep(0.2)
            with feed(url) as three:
                assert receive(three)["type"] == "room"

    def test_places_are_kept_for_tickets(self, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
        """A room that is open to all cannot take every place: some are for people with tickets."""
        monkeypatch.setattr("securechat.live.feed.MAX_OPEN_CONNECTIONS", 1)
        url = serve()
        with feed(url) as one:
            receive(one)
            with pytest.raises(InvalidStatus) as refused:
                feed(url)
            assert refused.value.response.status_code == 503

    def test_nobody_is_woken_who_left(self, room: Conversation, serve: Serve) -> None:
        """A connection that ended is no longer subscribed."""
        woken: list[int] = []
        subscribe = room.subscribe

        def counted(wake: Callable[[], None]) -> Callable[[], None]:
            def woke() -> None:
                woken.append(1)
                wake()

            return subscribe(woke)

        room.subscribe = counted  # type: ignore[method-assign]
        url = serve()
        for _ in range(10):
            with feed(url) as socket:
                receive(socket)
        time.sleep(0.2)
        room.send("A", "x")
        assert woken == []

    def test_a_silent_client_is_let_go(self, serve: Serve) -> None:
        """One that does not read is closed after a while, and its place is free for another."""
        store = InMemoryMessageStore()
        for _ in range(500):
            store.append(DEMO_ROOM, "A", "x" * 10_000)
        full = OpenRoom(Conversation(store, RING))
        url = serve(live=LiveFeed(lambda _room, _ticket: full, send_seconds=0.5, max_connections=1))
        with silent_client(url):
            time.sleep(0.2)
            with pytest.raises(InvalidStatus):
                feed(url)
            time.sleep(1)
            with feed(url) as reader:
                assert len(receive_until(reader, "room")) == 501
