"""The commands without a conversation: keys, certificates, filters, addresses; and https by a fingerprint."""

from __future__ import annotations

import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from securechat.crypto.keyring import FernetKey
from securechat.errors import InvalidKey, InvalidSetting
from securechat.terminal.address import read_address
from securechat.terminal.keys import read_key, read_key_file
from tests.terminals import PATIENCE, environment, program, relay, terminal


def run(*arguments: str, text: str = "", folder: Path | None = None) -> tuple[int, str, str]:
    """Run a command without a terminal."""
    done = subprocess.run(
        program(*arguments),
        input=text,
        capture_output=True,
        text=True,
        env=environment(),
        cwd=folder,
        timeout=PATIENCE,
        check=False,
        start_new_session=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["key", "host", "join", "talk", "certificate", "seal", "open"])
def test_every_command_has_an_example(command: str) -> None:
    """In its help."""
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "example:\n  " in out
    assert f"python -m securechat {command}" in out.partition("example:")[2]


def test_a_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    """It is never overwritten, and the key is not printed."""
    code, out, _ = run("key", folder=tmp_path)
    path = tmp_path / "key.key"
    before = path.read_text()
    assert code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert before.strip() not in out
    code, _, err = run("key", folder=tmp_path)
    assert code == 1
    assert "There is such a file already." in err
    assert path.read_text() == before


def test_a_key_is_read_as_people_paste_it(key: FernetKey) -> None:
    """With what stands around it; two different ones are refused, one twice is one."""
    text = key.reveal()
    for pasted in (
        f" {text}\r\n",
        f'"{text}"',
        f"http://x/sealed#key={text}",
        f"#key={text[:-1]}%3D",
        text * 2,
    ):
        assert read_key(pasted) == key
    for wrong in ("", text[:-1], f"{text} {FernetKey.generate().reveal()}", "password"):
        with pytest.raises(InvalidKey) as caught:
            read_key(wrong)
        assert not wrong or wrong not in str(caught.value)


def test_a_key_file_that_is_none_is_said(tmp_path: Path, key: FernetKey) -> None:
    """Missing, a folder, empty, with two keys, or no text: a sentence that names it."""
    path = tmp_path / "some.key"
    with pytest.raises(InvalidKey, match="There is no such file"):
        read_key_file(path)
    with pytest.raises(InvalidKey, match="This is a folder"):
        read_key_file(tmp_path)
    two = f"{key.reveal()}\n{FernetKey.generate().reveal()}\n".encode()
    for data, said in (
        (b"", "no key in it"),
        (two, "2 keys"),
        (b"\xff\xfe\x00", "no text"),
        (b"x" * 70_000, "large"),
    ):
        path.write_bytes(data)
        with pytest.raises(InvalidKey, match=f"some.key.*{said}"):
            read_key_file(path)


def test_a_key_that_others_can_read_is_warned_of(tmp_path: Path, key_file: Path) -> None:
    """It works all the same."""
    key_file.chmod(0o644)
    code, out, err = run("seal", "--key-file", str(key_file), text="hello\n")
    assert (code, out[:6]) == (0, "gAAAAA")
    assert "Others on this computer can read" in err


def test_what_is_sealed_opens(key_file: Path) -> None:
    """Text by text; what does not open is said by its line, and the others are opened."""
    code, tokens, _ = run("seal", "--key-file", str(key_file), text="hello\n\nGrüße 🦦\n")
    assert code == 0
    assert run("open", "--key-file", str(key_file), text=tokens)[:2] == (0, "hello\n\nGrüße 🦦\n")
    code, out, err = run("open", "--key-file", str(key_file), text=f"nonsense\n{tokens}")
    assert (code, out) == (1, "hello\n\nGrüße 🦦\n")
    assert "Line 1: This token does not open" in err


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("192.168.1.20", "http://192.168.1.20:8502"),
        ("192.168.1.20:9000", "http://192.168.1.20:9000"),
        ("http://chat.example/school/", "http://chat.example/school"),
        ("https://chat.example:8443/school/sealed", "https://chat.example:8443/school"),
        ("[::1]:9000", "http://[::1]:9000"),
        ("::1", "http://[::1]:8502"),
    ],
)
def test_addresses(typed: str, url: str) -> None:
    """As people type them."""
    assert read_address(typed).url == url


@pytest.mark.parametrize(
    "form", ["{}", "10.0.0.1#{}", "http://x/sealed#KEY={}", "x:8502/?a={}", "http://{}/"]
)
def test_a_key_in_an_address_is_refused(form: str, key: FernetKey) -> None:
    """Before it is looked up or shown anywhere: all programs of a computer see what is typed as a command."""
    with pytest.raises(InvalidSetting, match="key") as refused:
        read_address(form.format(key.reveal()))
    assert key.reveal()[:20] not in str(refused.value)


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://x", "http://", "x:99999", "http://a@b/", "a b", "http//10.0.0.1:8502", "http:/10.0.0.1"],
)
def test_what_is_no_address_is_said(typed: str) -> None:
    """With an example."""
    with pytest.raises(InvalidSetting, match="It looks like"):
        read_address(typed)


def test_a_link_with_a_key_is_no_argument(key: FernetKey) -> None:
    """It is refused, with what to do, and not quoted."""
    code, _, err = run("join", f"http://127.0.0.1/sealed#key={key.reveal()}")
    assert code == 1
    assert "This link has the key in it." in err
    assert key.reveal() not in err


def test_the_page_of_a_relay_knows_the_address_for_others(port: int) -> None:
    """The first one that `host` prints: a QR code on this computer leads a phone there."""
    with relay(port=port) as host:
        [first, *_] = re.findall(r"join (http://\S+)", host.shown)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sealed") as answer:
            page = answer.read().decode()
        assert f'<meta name="address-for-others" content="{first}">' in page


def test_https_is_joined_by_the_fingerprint(tmp_path: Path, key_file: Path, port: int) -> None:
    """An unknown certificate is refused, with its fingerprint; by that alone it is let in."""
    code, out, _ = run("certificate", "--out", str(tmp_path))
    assert code == 0
    cert, private = tmp_path / "securechat-certificate.pem", tmp_path / "securechat-certificate-key.pem"
    assert private.stat().st_mode & 0o777 == 0o600
    fingerprint = next(line.strip() for line in out.splitlines() if line.count(":") == 31)
    assert run("certificate", "--out", str(tmp_path))[0] == 1, "it is not overwritten"
    url = f"https://127.0.0.1:{port}"
    arguments = ("join", url, "--key-file", str(key_file))
    with relay("--cert", str(cert), "--cert-key", str(private), port=port):
        code, _, err = run(*arguments, text="hi\n")
        assert code == 1
        assert f"--fingerprint {fingerprint}" in err
        other = ":".join(["AB"] * 32)
        code, _, err = run(*arguments, "--fingerprint", other, text="hi\n")
        assert code == 1
        assert "Somebody may be in between" in err
        with terminal(*arguments, "--fingerprint", fingerprint) as ann:
            ann.wait_for("connected.")
            assert run(*arguments, "--fingerprint", fingerprint, "--name", "Pipe", text="hi\n")[0] == 0
            ann.wait_for("Pipe: hi")
