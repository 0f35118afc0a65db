"""The memory of the server, read from outside while two seal their room: no key, and no text of theirs."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests import memory_search
from tests.classes import Lesson, class_server
from tests.feed import feed
from tests.sealing import Client, Phone
from tests.support import CANARY_KEY

pytestmark = pytest.mark.skipif(not memory_search.is_possible, reason=memory_search.NOT_HERE)


def test_the_server_has_neither_their_key_nor_what_they_write(tmp_path: Path) -> None:
    """In whatever form. The tokens, their public keys and its own key are found: so the search is good."""
    texts = [f"owl {secrets.token_hex(8)}", f"Eule ☃ 🦉 {secrets.token_hex(8)}"]
    with class_server(tmp_path, {"SECURECHAT_KEY": CANARY_KEY}) as server:
        lesson = Lesson.open(server)
        people = [lesson.join()[0] for _ in range(2)]
        lesson.say(people[0], "before", 1)
        (room, query), (_, another) = (lesson.seal_query(person) for person in people)
        with feed(server.url, query, room=room) as one, feed(server.url, another, room=room) as other:
            first, second = (
                Client(connection, Phone(person))
                for connection, person in zip((one, other), people, strict=True)
            )
            first.begin()
            second.wait("commitment")
            states = first.wait("opening"), second.wait("opening")
            assert first.phone.emoji(states[0]) == second.phone.emoji(states[1])
            for phone in (first, second):
                phone.say("match")
            assert first.post(texts[0], "1")["id"] == 2
            assert second.read(2) == texts[0]
            assert second.post(texts[1], "1")["id"] == 3
            assert first.read(3) == texts[1]
            pairs = [phone.phone.pair for phone in (first, second)]
            secret = memory_search.forms_of_key(first.phone.key(states[0]).reveal())
            secret["shared secret"] = pairs[0].agree(pairs[1].public)
            for number, pair in enumerate(pairs):
                secret[f"private key {number}"] = pair.reveal()
                secret[f"private key {number} in hexadecimal"] = pair.reveal().hex().encode()
            for number, text in enumerate(texts):
                secret |= memory_search.forms_of_text(text, f"text {number}")
            known = {f"token {number}": first.tokens[number].encode() for number in (1, 2, 3)}
            known |= {f"public key {number}": pair.public.hex().encode() for number, pair in enumerate(pairs)}
            known |= {"the server's key": CANARY_KEY.encode()}
            found = memory_search.copies(server.process.pid, secret | known)
    assert {what: number for what, number in found.items() if what in secret and number} == {}
    assert [what for what in known if not found[what]] == []
