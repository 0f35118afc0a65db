"""The event loop serves everybody, so it waits for no database, whether it answers or hangs."""

from __future__ import annotations

import json
import secrets
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import URL

from securechat.crypto.keyring import KeyRing
from securechat.errors import StoreUnavailable
from tests.classes import Lesson, class_server
from tests.databases import DatabaseServer, address_of
from tests.feed import feed, receive_until, transmit, write
from tests.lines import line_to
from tests.raw_session import raw_session
from tests.sealed import by
from tests.support import CANARY_KEY, ROOT, running_server

PAGES = ("", "inspector", "sealed_room", "attack_lab", "key_exchange", "key_life", "join", "classroom")


def use_everything(url: str, *, room: str) -> None:
    """Use what does without the database, and what does not need it to answer."""
    for page in PAGES:
        with raw_session(url) as session:
            session.run(page=page)
    token = KeyRing.generate().encrypt("sealed")
    with feed(url, room=room) as sealed:
        assert transmit(sealed, by(1), token, f"{by(1)}-1")["type"] == "stored"
    for path in ("_stcore/health", "sealed"):
        with urllib.request.urlopen(f"{url}/{path}", timeout=30) as answer:  # noqa: S310 - our own server
            assert answer.status == 200


@pytest.mark.parametrize("bare_url", ["sqlite", "postgresql"], indirect=True)
def test_no_statement_in_the_event_loop(bare_url: URL, tmp_path: Path) -> None:
    """Feeds, pages, health, a sealed room, keys: whoever asks the database has a thread for it."""
    statements = tmp_path / "statements"
    environ = {
        "DATABASE_URL": address_of(bare_url),
        "MASTER_ENCRYPTION_KEY": CANARY_KEY,
        "TEST_STATEMENTS": str(statements),
    }
    app = ROOT / "tests" / "apps" / "watching_sql.py"
    with running_server(tmp_path, environ, app=app) as server:
        with feed(server.url) as one, feed(server.url) as other:
            for number in (1, 2):
                assert write(one, "A", "hello", f"name {number}")["type"] == "stored"
                receive_until(other, "message")
            assert write(one, "A", "hello", "name 1")["id"] == 1
        use_everything(server.url, room=f"sealed-{secrets.token_hex(16)}")
        with raw_session(server.url) as session:
            session.run()
            session.poll()
            session.say("A", "by the page")
            session.tick()
            session.run(page="key_life")
            for button in ("Make a new primary key", "Re-encrypt old messages"):
                session.press(button, "key_life")
            session.run()
        with urllib.request.urlopen(f"{server.url}/api/health", timeout=30) as answer:  # noqa: S310 - our own
            assert json.load(answer)["database"]["is_answering"]
    noted = [json.loads(line) for line in statements.read_text().splitlines()]
    assert any("INSERT" in each["what"] for each in noted)
    assert any("UPDATE" in each["what"] for each in noted)
    assert any(each["what"] == "a thread" for each in noted)
    assert [each["what"] for each in noted if each["is_loop"]] == []


def test_a_database_that_hangs_holds_up_nobody_else(postgresql: DatabaseServer, tmp_path: Path) -> None:
    """While those in Chat wait for it, classes, sealed rooms, pages and health go on."""
    with line_to(url := postgresql.make()) as line:
        environ = {"DATABASE_URL": line.leads(url), "MASTER_ENCRYPTION_KEY": CANARY_KEY}
        with class_server(tmp_path, environ) as server:
            lesson = Lesson.open(server)
            person, _ = lesson.join()
            writers = [feed(server.url).__enter__() for _ in range(12)]
            for writer in writers:
                receive_until(writer, "room")
            line.stall()
            for number, writer in enumerate(writers):
                text = {"type": "write", "sender": "A", "text": "hello", "client_id": f"name {number}"}
                writer.send(json.dumps(text))
            use_everything(server.url, room=f"sealed-{secrets.token_hex(16)}")
            lesson.say(person, "in class", 0)
            assert lesson.texts(0) == ["in class"]
            for writer in writers:
                answer = receive_until(writer, "error")[-1]
                assert answer["error"] == StoreUnavailable.code
            line.mend()
            for number, writer in enumerate(writers[:3]):
                while receive_until(writer, "room")[-1].get("stale"):
                    pass
                assert write(writer, "A", "hello", f"name {number}")["type"] == "stored"
            for writer in writers:
                writer.close()
