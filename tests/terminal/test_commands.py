"""The commands without a conversation: keys, certificates, filters, addresses; and https by a fingerprint."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from securechat.crypto.keyring import FernetKey
from securechat.errors import InvalidKey, InvalidSetting
from securechat.terminal.address import read_address
from securechat.terminal.keys import read_key, read_key_file
from securechat.terminal.tls import make_certificate
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


def test_without_a_command_there_is_help() -> None:
    """As with --help: all commands, and how two people begin."""
    assert run() == run("--help")
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "python -m securechat talk" in out


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("filelock", ("host", "--port", "0")),
        ("cryptography", ("key",)),
        ("cryptography", ("seal", "--key-file", "x.key")),
        ("msgspec", ("join", "127.0.0.1:1", "--key-file", "x.key")),
        ("websockets", ("join", "127.0.0.1:1", "--key-file", "x.key")),
        ("uvicorn", ("host", "--port", "0")),
        ("starlette", ("talk", "--port", "0")),
        ("ifaddr", ("certificate",)),
    ],
)
def test_a_package_that_is_missing_is_named(tmp_path: Path, package: str, command: tuple[str, ...]) -> None:
    """With the line that brings it; the help needs none."""
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError(name='{package}')")
    (tmp_path / "x.key").write_text(FernetKey.generate().reveal())
    (tmp_path / "x.key").chmod(0o600)
    without = environment()
    without["PYTHONPATH"] = os.pathsep.join((str(tmp_path), without["PYTHONPATH"]))

    def run_without(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            program(*arguments), input="", capture_output=True, text=True, env=without, cwd=tmp_path,
            timeout=PATIENCE, check=False, start_new_session=True,
        )  # fmt: skip
        return done.returncode, done.stderr

    assert run_without(*command) == (
        1,
        f"The package {package} is missing. This brings it:\n"
        "  python -m pip install -r requirements-terminal.txt\n",
    )
    assert run_without("--help")[0] == run_without()[0] == 0


def test_a_line_to_type_in_that_is_missing_is_named(tmp_path: Path, key_file: Path, port: int) -> None:
    """A pipe does without `prompt_toolkit`; a terminal does not."""
    (tmp_path / "prompt_toolkit.py").write_text("raise ModuleNotFoundError(name='prompt_toolkit')")
    path = os.pathsep.join((str(tmp_path), environment()["PYTHONPATH"]))
    arguments = ("join", f"127.0.0.1:{port}", "--key-file", str(key_file))
    with terminal(*arguments, environ={"PYTHONPATH": path}) as ann:
        ann.wait_for("The package prompt_toolkit is missing. This brings it:")
        assert ann.process.wait(PATIENCE) == 1
        assert "Traceback" not in ann.shown


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
        ("http://10.0.0.1:8501/sealed_room", "http://10.0.0.1:8501"),
        ("http://10.0.0.1:8501/sealed?room=sealed-0", "http://10.0.0.1:8501"),
        ("https://chat.example/school/join/?class=ABCDEF", "https://chat.example/school"),
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
    ["", "ftp://x", "http://", "x:99999", "http://a@b/", "a b", "http:/a b", "http:///"],
)
def test_what_is_no_address_is_said(typed: str) -> None:
    """With an example."""
    with pytest.raises(InvalidSetting, match="It looks like"):
        read_address(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("http:/10.0.0.1:8501", "http://10.0.0.1:8501"),
        ("http//10.0.0.1", "http://10.0.0.1:8502"),
        ("HTTPS:chat.example/school", "https://chat.example/school"),
        ("http:///10.0.0.1:9000", "http://10.0.0.1:9000"),
        ("wss://chat.example:8443", "https://chat.example:8443"),
        ("10.0.0.1/8502", "http://10.0.0.1:8502"),
        ("10.0.0.1 8501", "http://10.0.0.1:8501"),
    ],
)
def test_what_is_nearly_an_address_is_asked_about(typed: str, meant: str) -> None:
    """It is not taken for one, but it is said which one may be meant; with a port, where none was given."""
    with pytest.raises(InvalidSetting) as refused:
        read_address(typed)
    assert str(refused.value).endswith(f"Did you mean {meant}?")


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


@pytest.mark.parametrize("is_pinned", [True, False])
@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-40, r"The certificate of https://127\.0\.0\.1:\d+ has expired: it was good until \d{4}-\d\d-\d\d "),
        (+40, r"The certificate of https://127\.0\.0\.1:\d+ is not good yet: it is from \d{4}-\d\d-\d\d "),
    ],
)
def test_a_certificate_out_of_its_time_is_said(
    tmp_path: Path, key_file: Path, port: int, days: int, said: str, *, is_pinned: bool
) -> None:
    """Also where its fingerprint was given: with its day, and that of this computer's clock."""
    made_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    cert, private, fingerprint = make_certificate(tmp_path, (), made_at)
    arguments = ["join", f"https://127.0.0.1:{port}", "--key-file", str(key_file)]
    with relay("--cert", str(cert), "--cert-key", str(private), port=port) as host:
        assert "nobody will accept it." in host.shown
        code, _, err = run(*arguments, *(["--fingerprint", fingerprint] if is_pinned else []), text="hi\n")
    assert code == 1
    assert re.search(said, err)
    assert "Does the clock of this computer go right? It says 20" in err
    assert "--fingerprint" not in err


def test_what_is_no_certificate_is_said(tmp_path: Path) -> None:
    """A file with something else, one that is not there, and the private key of another: in our own words."""
    cert, private, _ = make_certificate(tmp_path / "one", ())
    other = make_certificate(tmp_path / "other", ())[1]
    diary = tmp_path / "diary.txt"
    diary.write_text("dear diary")
    pairs = ((cert, other), (diary, private), (cert, diary), (tmp_path / "none", private))
    for pair in pairs:
        code, _, err = run("host", "--port", "0", "--cert", str(pair[0]), "--cert-key", str(pair[1]))
        assert code == 1
        assert re.fullmatch(
            r"The certificate cannot be used \([a-zA-Z ]+\)\. `python -m securechat certificate`\.\n", err
        )


@pytest.mark.parametrize("is_pinned", [True, False])
def test_https_where_there_is_none_is_said(key_file: Path, port: int, *, is_pinned: bool) -> None:
    """At a port of http: in our own words, with the line that works."""
    pin = ["--fingerprint", "AB" * 32] if is_pinned else []
    with relay(port=port):
        code, _, err = run(
            "join", f"https://127.0.0.1:{port}", "--key-file", str(key_file), *pin, text="hi\n"
        )
    assert code == 1
    assert f"What answers at https://127.0.0.1:{port} does not speak https." in err
    assert f"`python -m securechat join http://127.0.0.1:{port}`" in err
    assert "SSL" not in err


def test_http_where_https_is_wanted_is_said(tmp_path: Path, key_file: Path, port: int) -> None:
    """It may be put right there, so it is tried again."""
    cert, private, _ = make_certificate(tmp_path, ())
    arguments = ("join", f"http://127.0.0.1:{port}", "--key-file", str(key_file))
    with relay("--cert", str(cert), "--cert-key", str(private), port=port), terminal(*arguments) as ann:
        ann.wait_for("what answers is not understood")
        ann.wait_for(f"Perhaps it wants https://127.0.0.1:{port}.")
