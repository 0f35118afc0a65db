"""What the bench counts is what came, whatever else comes with it."""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet

from bench.numbered import by_number, numbered
from tests.feed import feed, receive_until
from tests.support import CANARY_KEY, ROOT, running_server


def test_messages_are_found_by_their_numbers() -> None:
    """Beside them may stand empty messages, others, and tokens of which only a part is shown."""
    fernet = Fernet(Fernet.generate_key())
    texts = [numbered(7), "", "  ", "hello", numbered(12)]
    shown = {fernet.encrypt(text.encode()).decode(): float(at) for at, text in enumerate(texts)}
    shown[next(iter(shown))[:-4] + "…"] = 9.0
    shown[numbered(31)] = 11.0  # where a page draws the text itself
    assert by_number(fernet, shown) == {7: 0.0, 12: 4.0, 31: 11.0}


def test_messages_stand_in_the_room_from_the_start(tmp_path: Path) -> None:
    """As many as the bench asks for, under its key."""
    settings = {"BENCH_KEY": CANARY_KEY, "SECURECHAT_KEY": CANARY_KEY, "BENCH_PREFILL": "2"}
    app = ROOT / "bench" / "served.py"
    with running_server(tmp_path, settings, app=app) as server, feed(server.url) as reader:
        frames = receive_until(reader, "room")
    fernet = Fernet(CANARY_KEY)
    assert [fernet.decrypt(frame["token"]) for frame in frames[:-1]] == [b"x" * 50] * 2
