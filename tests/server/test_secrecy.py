"""What the server gives away: no key by any address, no plaintext to a Chat page, nothing in its log."""

from __future__ import annotations

import http.client
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from securechat.crypto.keyring import FernetKey
from tests.raw_session import raw_session
from tests.support import CANARY, CANARY_KEY, ROOT, Server, running_server

ADDRESSES = [
    "/secret.key",
    "/app/static/secret.key",
    "/static/secret.key",
    "/static/../secret.key",
    "/static/..%2fsecret.key",
    "/%2e%2e/secret.key",
    "/media/secret.key",
    "/media/../secret.key",
    "/component/securechat_transcript/../../secret.key",
    "/component/streamlit_autorefresh.st_autorefresh/../../../../../../secret.key",
    "/_stcore/bidi-components/securechat_transcript/../../secret.key",
    "/_stcore/health",
    "/_stcore/metrics",
    "/_stcore/host-config",
    "/_stcore/script-health-check",
    "/.streamlit/secrets.toml",
    "/app.py",
    "/",
    "/inspector",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a key file that the test knows."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "secret.key").write_text(CANARY_KEY + "\n")
    with running_server(folder) as running:
        yield running


def _leaks(data: bytes) -> list[str]:
    """Return which secrets are in some bytes, in the forms they could have."""
    key = FernetKey(CANARY_KEY)
    secrets = {
        "plaintext": CANARY.encode(),
        "plaintext in hexadecimal": CANARY.encode().hex().encode(),
        "key": CANARY_KEY.rstrip("=").encode(),
        "signing key": key.signing_key.hex().encode(),
        "signing key, bytes": key.signing_key,
        "encryption key": key.encryption_key.hex().encode(),
        "encryption key, bytes": key.encryption_key,
    }
    return [name for name, secret in secrets.items() if secret in data]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_returns_the_key(server: Server, address: str) -> None:
    """Whatever is asked for, the key is not in the answer."""
    with raw_session(server.url) as session:
        session.run()
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)) as connection:
        connection.request("GET", address)  # as written: nothing on the way tidies up the dots
        answer = connection.getresponse()
        assert _leaks(answer.read() + str(answer.getheaders()).encode()) == []


def test_chat_never_gets_a_plaintext(server: Server) -> None:
    """Of all bytes that go to the sender's page and to another one, none show text or key."""
    with raw_session(server.url) as writer, raw_session(server.url) as reader:
        reader.run()
        writer.run()
        reader.poll()
        writer.poll()
        sent = writer.say("A", CANARY)
        seen = reader.tick()
    for messages in (sent, seen):
        data = b"".join(message.SerializeToString() for message in messages)
        assert b"gAAAA" in data
        assert _leaks(data) == []


@pytest.mark.parametrize("level", ["info", "debug"])
def test_the_log_holds_no_secret(tmp_path: Path, level: str) -> None:
    """A whole session, with refused messages and a revealed text, leaves nothing in the log."""
    (tmp_path / "secret.key").write_text(CANARY_KEY + "\n")
    with running_server(tmp_path, {"STREAMLIT_LOGGER_LEVEL": level}) as server:
        with raw_session(server.url) as session:
            session.run()
            session.say("A", CANARY)
            session.say("A", CANARY * 200)
            session.run(page="inspector")
        log = server.log
    assert _leaks(log.read_bytes()) == []


def test_a_plaintext_stays_nowhere_in_the_session(tmp_path: Path) -> None:
    """After sending, sent and refused, no value of the session's state holds the text."""
    app = Path(shutil.copy(ROOT / "tests" / "apps" / "session_state.py", tmp_path))
    (tmp_path / "pages").symlink_to(ROOT / "pages")  # an app finds its pages beside it
    with running_server(tmp_path, app=app) as server, raw_session(server.url) as session:
        session.run()
        for text in (CANARY, CANARY * 200):
            session.say("A", text)
            data = b"".join(message.SerializeToString() for message in session.run())
            assert b"state: {" in data
            assert b"answer_chat_A" in data
            assert _leaks(data) == []


def test_the_inspector_by_protocol_needs_the_passcode(start_server: Callable[..., Server]) -> None:
    """Speaking the protocol by hand gets no further than the page does."""
    server = start_server(SECURECHAT_PRESENTER_PASSCODE="open sesame", SECURECHAT_KEY=CANARY_KEY)
    with raw_session(server.url) as session:
        session.run()
        session.say("A", CANARY)
        messages = session.run(page="inspector", query="message=1&presenter=true&key_revealed=true")
    data = b"".join(message.SerializeToString() for message in messages)
    assert b"Passcode" in data
    assert _leaks(data) == []


def test_a_cleared_cache_takes_nothing_away(start_server: Callable[..., Server]) -> None:
    """Streamlit lets every visitor clear its caches; the conversation is not in them."""
    server = start_server()
    with raw_session(server.url) as session:
        session.run()
        session.poll()
        before = session.say("A", CANARY)
        session.clear_cache()
        session.poll()  # it is known again which component tells that
        after = session.poll()
    with raw_session(server.url) as other:
        other.run()
        seen = other.poll()
    for messages in (before, after, seen):
        assert b'"id": 1' in b"".join(message.SerializeToString() for message in messages)


def test_streamlit_secrets_are_named_as_the_source(tmp_path: Path) -> None:
    """Streamlit copies its secrets into the environment; the page still says where the key stands."""
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(f'SECURECHAT_KEY = "{CANARY_KEY}"\n')
    with running_server(tmp_path) as server, raw_session(server.url) as session:
        session.run()
        session.say("A", "hello")
        data = b"".join(message.SerializeToString() for message in session.run(page="inspector"))
    assert b"SECURECHAT_KEY in Streamlit's secrets" in data
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize(
    "line",
    [
        'SECURECHAT_PRESENTER_PASSCODE = ""',
        'SECURECHAT_PRESENTER_PASSCODE = ["open sesame"]',
        "SECURECHAT_KEY = no quotes",
    ],
)
def test_secrets_that_would_protect_nothing_stop_the_app(tmp_path: Path, line: str) -> None:
    """A passcode that is empty or no text, and a file that is no TOML, are reported, not passed over."""
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(line + "\n")
    with running_server(tmp_path) as server, raw_session(server.url) as session:
        data = b"".join(message.SerializeToString() for message in session.run())
    assert b"SecureChat cannot start" in data
    assert b"Message as User A" not in data


def test_the_key_file_of_the_repository_is_private_to_git() -> None:
    """secret.key, its temporary files and the secrets file are ignored."""
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {"secret.key", ".secret.key.*", ".streamlit/secrets.toml"} <= set(ignored)
