"""The live feed over a store, served by uvicorn as Streamlit serves it, spoken to over real sockets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed, InvalidStatus

from securechat.crypto.keyring import KeyRing
from securechat.errors import InvalidKey, WritingReserved
from securechat.frames import MAX_BYTES
from securechat.live import FeedBounds, LiveFeed, routes
from securechat.live.listener import FRAME_LIMIT, FRAMES_AT_ONCE
from securechat.rooms.conversation import Conversation
from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.policy import DemoPolicy
from securechat.rooms.presenters import Presenters
from securechat.rooms.room import DEMO_ROOM, SEND_COUNT
from securechat.rooms.visit import KeyedVisit, Visit
from tests.feed import close_code, feed, receive, receive_until, silent_client, told_of, transmit, write
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

        def start(
            base_path: str = "", *, find_feed: Callable[[], LiveFeed] | None = None, **settings: object
        ) -> str:
            def find(name: str, *_: str) -> Visit | None:
                return KeyedVisit(conversation=room) if name == DEMO_ROOM else None

            live = LiveFeed(find, bounds=FeedBounds(**settings))  # type: ignore[arg-type]
            config = uvicorn.Config(
                Starlette(routes=routes(find_feed or (lambda: live), base_path)),
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
                assert receive(each) == told_of(message), "nothing comes twice by itself"
        with feed(url, f"?after=0&epoch={room.view().epoch}") as reader:
            frames = receive_until(reader, "room")
        messages = [told_of(message) for message in room.view().messages]
        assert frames == [*messages, {**told[0], "rewritten": 1}]
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

    def test_more_than_is_made_at_once(self, serve: Serve) -> None:
        """Whoever comes late gets all messages in order, and the state of the room after them."""
        store = InMemoryMessageStore()
        room = Conversation(store, RING)
        count = 2 * FRAMES_AT_ONCE + 7
        for _ in range(count):
            store.append(room.room, "A", "token")
        live = LiveFeed(lambda name, *_: KeyedVisit(conversation=room))
        with feed(serve(find_feed=lambda: live)) as reader:
            frames = receive_until(reader, "room")
            assert [frame.get("id") for frame in frames] == [*range(1, count + 1), None]
            room.send("A", "one more")
            assert receive(reader)["id"] == count + 1

    def test_an_id_of_another_epoch_does_not_count(self, url: str, room: Conversation) -> None:
        """After a restart the ids begin anew: whoever says which epoch is meant gets all of the new one."""
        room.send("A", "one")
        for epoch, ids in ((room.view().epoch, []), ("another", [1])):
            with feed(url, f"?after=1&epoch={epoch}") as reader:
                assert [frame["id"] for frame in receive_until(reader, "room")[:-1]] == ids

    @pytest.mark.parametrize("asks_for_epoch", [True, False])
    def test_a_room_that_is_made_again(self, url: str, room: Conversation, asks_for_epoch: bool) -> None:
        """Its ids begin anew: whoever had the old ones gets all of the new ones, also if connected."""
        for number in range(3):
            room.send("A", str(number))
        query = f"?after=3&epoch={room.view().epoch}" if asks_for_epoch else "?after=3"
        with feed(url, query) as reader:
            before = receive(reader)
            room.forget()
            after = receive(reader)
            assert after["epoch"] != before["epoch"]
            assert after["first_id"] == 1
            room.send("A", "new")
            assert receive(reader)["id"] == 1
        if asks_for_epoch:
            with feed(url, query) as reader:
                assert [frame.get("id") for frame in receive_until(reader, "room")] == [1, None]

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
        url = serve("/school/crypto")
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

    @pytest.mark.parametrize("name", ["", "x" * 65, "\ud800", "a\0b", "\x1b[2J", "\u202ex"])
    def test_a_name_that_is_none(self, url: str, room: Conversation, name: str) -> None:
        """A message is called by 1 to 64 printable characters; under another name it is not stored."""
        with feed(url) as socket:
            answer = transmit(socket, "A", RING.encrypt("x"), name)
            assert answer["error"] == "InvalidFrame"
            assert "client_id" not in answer
            assert room.view().messages == ()
            assert transmit(socket, "A", RING.encrypt("fine"), "2")["id"] == 1

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
            '{"type":"send","sender":"A","token":"x","client_id":"1","to":"B"}',
            '{"type":"write"}',
            '{"type":"write","text":"x","client_id":"1"}',
            '{"type":"write","sender":"A","client_id":"1"}',
            '{"type":"write","sender":"A","text":"x"}',
            '{"type":"write","sender":"A","text":7,"client_id":"1"}',
            '{"type":"write","sender":["A"],"text":"x","client_id":"1"}',
            '{"type":"write","sender":"A","text":"x","client_id":null}',
            '{"type":"write","sender":"A","text":"x","client_id":"1","to":""}',
            '{"type":"write","sender":"A","text":"x","client_id":"1","to":null}',
            '{"type":"write","sender":"A","text":"x","client_id":"1","to":["B"]}',
            '{"type":"writing","in":"demo"}',
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
            socket.send(character * ((MAX_BYTES + excess) // len(character.encode())))
            if excess <= 0:
                assert receive(socket)["error"] == "InvalidFrame"
            else:
                assert close_code(socket) == 1009

    def test_the_longest_message_fits(self, url: str) -> None:
        """2,000 characters of four bytes each."""
        token = RING.encrypt("\U0001f512" * 2000)
        with feed(url) as socket:
            assert transmit(socket, "A", token, "1")["type"] == "stored"

    def test_a_flood_is_told_and_then_cut(self, url: str) -> None:
        """The sender's limit is the page's. Who goes on beyond that is cut; B is not slowed."""
        with feed(url) as flood, feed(url) as other:
            answers = [transmit(flood, "A", RING.encrypt("x"), str(number)) for number in range(25)]
            assert [answer["type"] for answer in answers] == ["stored"] * SEND_COUNT + ["error"] * 5
            assert answers[-1]["error"] == "TooFast"
            assert transmit(flood, "A", RING.encrypt("x"), "19")["id"] == 20, "it is stored, and said to be"
            with suppress(ConnectionClosed):  # it may be cut before the last of them
                for _ in range(FRAME_LIMIT[0]):
                    flood.send(json.dumps({"type": "send"}))
            assert close_code(flood) == 1008
            assert transmit(other, "B", RING.encrypt("x"), "1")["id"] == 21


class TestWhatItEncrypts:
    """Texts, from pages of a room whose keys the server has."""

    def test_it_is_stored_encrypted_and_told_to_all(self, url: str, room: Conversation) -> None:
        """Under the room's key, once for a name, whether it comes as a text or as a token."""
        with feed(url) as page, feed(url) as other:
            receive_until(other, "room")
            stored = write(page, "B", CANARY, "mine")
            assert stored == {"type": "stored", "client_id": "mine", "id": 1}
            told = receive_until(other, "message")[-1]
            assert (RING.decrypt(told["token"]), told["sender"]) == (CANARY, "B")
            assert CANARY not in str(told)
            assert write(other, "B", CANARY, "mine") == stored
            assert transmit(other, "B", RING.encrypt(CANARY), "mine") == stored
            assert write(page, "A", CANARY, "mine")["id"] == 2, "another sender, another name"
        assert len(room.view().messages) == 2

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("", "EmptyMessage"),
            (" \n ", "EmptyMessage"),
            (CANARY * 200, "MessageTooLong"),
            (f"{CANARY} \ud800", "InvalidMessage"),
        ],
    )
    def test_a_text_that_the_room_does_not_take(
        self, url: str, room: Conversation, text: str, error: str
    ) -> None:
        """It is answered with the reason, which does not repeat it; nothing is stored, and one can go on."""
        with feed(url) as page:
            answer = write(page, "A", text, "1")
            assert (answer["type"], answer["client_id"], answer["error"]) == ("error", "1", error)
            assert CANARY not in str(answer)
            assert room.view().messages == ()
            assert write(page, "A", "fine", "1")["id"] == 1

    def test_whom_it_is_from_and_to(self, url: str, room: Conversation) -> None:
        """Only A and B write here, and to everybody: a message to one alone is not told to both instead."""
        with feed(url) as page:
            for sender, more in (("C", {}), ("", {}), ("A", {"to": "B"})):
                answer = write(page, sender, CANARY, "1", **more)
                assert answer["error"] == "InvalidMessage"
                assert CANARY not in str(answer)
        assert room.view().messages == ()

    def test_too_fast_says_for_how_long(self, url: str) -> None:
        """Texts and tokens share one limit; who has reached it is told how many seconds to wait."""
        with feed(url) as page:
            for number in range(SEND_COUNT):
                assert write(page, "A", "x", str(number))["type"] == "stored"
            refused = write(page, "A", "x", "more"), transmit(page, "A", RING.encrypt("x"), "more")
            assert [answer["error"] for answer in refused] == ["TooFast", "TooFast"]
            assert all(1 <= answer["retry_after"] <= 10 for answer in refused)
            assert write(page, "B", "x", "more")["type"] == "stored"

    def test_the_longest_text_fits(self, url: str) -> None:
        """2,000 characters of four bytes each, in JSON that escapes them."""
        with feed(url) as page:
            assert write(page, "A", "\U0001f512" * 2000, "1")["type"] == "stored"


class TestWhomItRefuses:
    """Wrong addresses are answered."""

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

        def broken() -> LiveFeed:
            raise InvalidKey(CANARY)

        with pytest.raises(InvalidStatus) as refused:
            feed(serve(find_feed=broken))
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

    def test_places_are_kept_for_tickets(self, serve: Serve) -> None:
        """A room that is open to all cannot take every place: some are for people with tickets."""
        url = serve(max_open_connections=1)
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
        full = KeyedVisit(conversation=Conversation(store, RING))
        live = LiveFeed(lambda *_: full, bounds=FeedBounds(send_seconds=0.5, max_connections=1))
        url = serve(find_feed=lambda: live)
        with silent_client(url):
            time.sleep(0.2)
            with pytest.raises(InvalidStatus):
                feed(url)
            deadline = time.monotonic() + 15
            while time.monotonic() < deadline:
                with suppress(InvalidStatus), feed(url) as reader:
                    assert len(receive_until(reader, "room")) == 501
                    return
                time.sleep(0.05)
        raise AssertionError("its place is not free")


class TestWriters:
    """A rule of the room says who may write there."""

    def test_it_holds_for_connections_that_are_open(self, serve: Serve) -> None:
        """All are told, with the reason; the presenter alone writes, and only until the session is locked."""
        rule, presenters = DemoPolicy(), Presenters()
        room = Conversation(InMemoryMessageStore(), RING, policy=rule)
        right = presenters.right(presenters.enter())

        def find(_: str, ticket: str, _address: str) -> Visit:
            return KeyedVisit(conversation=room, right=right if ticket == "mine" else None)

        live = LiveFeed(find)
        url = serve(find_feed=lambda: live)
        with feed(url) as anybody, feed(url, "?ticket=mine") as presenter:
            assert "closed" not in receive(anybody) | receive(presenter)
            assert transmit(anybody, "A", RING.encrypt("one"), "1")["type"] == "stored"
            rule.reserve(on=True)
            assert receive_until(anybody, "room")[-1]["closed"] == WritingReserved.reason
            refusal = transmit(anybody, "A", RING.encrypt("two"), "2")
            assert refusal["error"] == "WritingReserved"
            assert WritingReserved.reason[1:] in refusal["message"]
            assert transmit(presenter, "B", RING.encrypt("three"), "3")["type"] == "stored"
            presenters.leave(right.session)
            assert receive_until(presenter, "room")[-1]["closed"] == WritingReserved.reason
            assert transmit(presenter, "B", RING.encrypt("four"), "4")["error"] == "WritingReserved"
            rule.reserve(on=False)
            assert "closed" not in receive_until(anybody, "room")[-1]
            assert transmit(anybody, "A", RING.encrypt("two"), "2")["type"] == "stored"
            rule.pause("class", on=True)
            assert write(anybody, "A", CANARY, "3")["error"] == "WritingLocked"
        assert [RING.decrypt(message.token) for message in room.view().messages] == ["one", "three", "two"]
