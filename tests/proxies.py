"""The proxies of docs/deployment, really run: nginx and Caddy with the very files that the page gives."""

from __future__ import annotations

import datetime
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support import PROXIED_HOST, ROOT, free_port

FILES = ROOT / "docs" / "deployment"
CERTIFICATE = f"/etc/ssl/{PROXIED_HOST}.pem"
PRIVATE_KEY = f"/etc/ssl/private/{PROXIED_HOST}.key"
APP = "127.0.0.1:8501"

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/securechat.conf;
}}
"""
"""What stands around the file on every installation of nginx; here nothing is kept outside of the folder."""

CADDY = """
{{
    admin off
    auto_https disable_redirects
    skip_install_trust
}}
import {folder}/Caddyfile
"""


@contextmanager
def proxy(kind: str, folder: Path, app: str) -> Iterator[str]:
    """Start a proxy in front of the app.

    Args:
        kind: `nginx` or `caddy`.
        folder: Where its files go.
        app: The host and port of the app.

    Yields:
        The host and port at which the proxy is reached with https.
    """
    program = installed(kind)
    folder.mkdir(parents=True, exist_ok=True)
    _make_certificate(folder)
    port = free_port()
    own = {APP: app, CERTIFICATE: str(folder / "cert.pem"), PRIVATE_KEY: str(folder / "key.pem")}
    command = (_nginx if kind == "nginx" else _caddy)(program, folder, port, own)
    log = folder / f"{kind}.log"
    with log.open("wb") as output:
        environ = os.environ | {
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        process = subprocess.Popen(
            command, env=environ, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_until_open(port, process, log)
        yield f"{PROXIED_HOST}:{port}"
    finally:
        # With its workers, and at once: a proxy that is asked to end may wait for its WebSockets.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def installed(program: str, package: str = "") -> str:
    """Return the path of a program; without it the test is skipped, or fails where all has to be there."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        missing = f"no {program} found: install it (Debian: apt install {package or program})"
        (pytest.fail if os.environ.get("SECURECHAT_REQUIRE_BROWSER") else pytest.skip)(missing)
    return path


def _nginx(program: str, folder: Path, port: int, own: dict[str, str]) -> list[str]:
    own |= {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
    }
    _copy("nginx.conf", folder / "securechat.conf", own)
    whole = folder / "nginx.conf"
    whole.write_text(NGINX.format(folder=folder))
    command = [program, "-e", "stderr", "-p", str(folder), "-c", str(whole)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    return command


def _caddy(program: str, folder: Path, port: int, own: dict[str, str]) -> list[str]:
    own |= {f"\n{PROXIED_HOST} {{": f"\nhttps://{PROXIED_HOST}:{port} {{"}
    _copy("Caddyfile", folder / "Caddyfile", own)
    whole = folder / "whole"
    whole.write_text(CADDY.format(folder=folder))
    return [program, "run", "--config", str(whole), "--adapter", "caddyfile"]


def _copy(name: str, to: Path, replaced: dict[str, str]) -> None:
    """Copy a file of the page with this machine's ports and paths in it, and nothing else changed."""
    text = (FILES / name).read_text()
    for old, new in replaced.items():
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times in {name}"
        text = text.replace(old, new)
    to.write_text(text)


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PROXIED_HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(PROXIED_HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, form, plain))


def _wait_until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the proxy did not start:\n{log.read_text(errors='replace')}")
