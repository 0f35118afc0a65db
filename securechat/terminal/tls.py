"""Certificates: made for this computer, and accepted by their fingerprint."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import os
import re
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from securechat.errors import InvalidSetting
from securechat.terminal.address import Address, no_https
from securechat.terminal.connection_notes import reason_of

DAYS = 30
"""For how long a certificate is good: whoever has its private key by then can do nothing with it."""

CERTIFICATE = "securechat-certificate.pem"
PRIVATE_KEY = "securechat-certificate-key.pem"


def fingerprint_of(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, as browsers show it: 32 pairs of digits."""
    digest = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, 64, 2))


def read_fingerprint(typed: str) -> str:
    """Return a fingerprint as `fingerprint_of` has it, from one with other letters or spaces.

    Raises:
        InvalidSetting: It is none.
    """
    digits = re.sub(r"[\s:-]", "", typed).upper()
    if not re.fullmatch(r"[0-9A-F]{64}", digits):
        raise InvalidSetting("A fingerprint is 64 hexadecimal digits, with or without colons.")
    return ":".join(digits[i : i + 2] for i in range(0, 64, 2))


def shown_certificate(address: Address) -> bytes:
    """Return the certificate that a server shows, in DER, whoever has made it. Nothing is sent to it.

    Raises:
        InvalidSetting: There is no such server.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # only looked at here: `context_for` lets in one fingerprint alone
    try:
        with (
            socket.create_connection((address.host, address.port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=address.host) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""
    except ssl.SSLError:
        raise no_https(address) from None
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise InvalidSetting(
            f"No answer from {address.url}{f' ({reason})' if reason else ''}.",
            remedy="Are the address and its port right, and does the server run?",
        ) from None


def context_for(address: Address, fingerprint: str) -> ssl.SSLContext | None:
    """Return how a server has to prove who it is; None where the address is not of https.

    Args:
        address: Where the server is.
        fingerprint: The only certificate that is taken; any that this system trusts if empty.

    Raises:
        InvalidSetting: The server shows another certificate, or there is no server.
    """
    if not address.is_secure:
        if fingerprint:
            raise InvalidSetting("A fingerprint is for an address with https:// in front.")
        return None
    if not fingerprint:
        return ssl.create_default_context()
    shown = shown_certificate(address)
    if fingerprint_of(shown) != read_fingerprint(fingerprint):
        raise InvalidSetting(
            "The server shows another certificate than the one with this fingerprint. It shows "
            f"{fingerprint_of(shown)}. Somebody may be in between: compare with what `certificate` printed."
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # this very certificate, under whichever name
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=shown)
    return context


def refused_certificate(address: Address, now: datetime.datetime | None = None) -> InvalidSetting:
    """Return what is to be said where a server's certificate is not accepted.

    Args:
        address: Where the server is.
        now: The present time; that of this computer unless told.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    shown = shown_certificate(address)
    certificate = x509.load_der_x509_certificate(shown)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if begins <= now <= ends:
        return _unknown(address, fingerprint_of(shown))
    clock = f"Does the clock of this computer go right? It says {_day(now)}."
    if now > ends:
        return InvalidSetting(
            f"The certificate of {address.url} has expired: it was good until {_day(ends)}.",
            remedy=f"{clock} If so, the server needs a new one, by `python -m securechat certificate`.",
        )
    return InvalidSetting(
        f"The certificate of {address.url} is not good yet: it is from {_day(begins)} on.",
        remedy=f"{clock} If so, the clock of the server may be wrong.",
    )


def warning_about(path: Path, now: datetime.datetime | None = None) -> str:
    """Return what is to be said of a certificate before it is used; empty if nothing.

    Args:
        path: The file that it is in. What cannot be read is said elsewhere.
        now: The present time; that of this computer unless told.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return ""
    if certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return ""
    return (
        f"{path} was good from {_day(certificate.not_valid_before_utc)} to "
        f"{_day(certificate.not_valid_after_utc)}, and it is {_day(now)}: nobody will accept it. "
        "`python -m securechat certificate` makes another one."
    )


def _day(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"


def _unknown(address: Address, shown: str) -> InvalidSetting:
    return InvalidSetting(
        f"This computer does not know the certificate of {address.url}. Its SHA-256 fingerprint is\n"
        f"  {shown}\n"
        "Compare it with the one that `certificate` printed. If it is the same, add to the command:\n"
        f"  --fingerprint {shown}"
    )


def make_certificate(
    folder: Path, hosts: tuple[str, ...], now: datetime.datetime | None = None
) -> tuple[Path, Path, str]:
    """Make a certificate for this computer, and write it and its private key.

    Args:
        folder: Where to.
        hosts: The names and addresses that it is for, beside `localhost`.
        now: The present time; that of this computer unless told.

    Returns:
        Both files, and the fingerprint.

    Raises:
        InvalidSetting: A file is there already, or cannot be written.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SecureChat on this network")])
    now = now or datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(
        (
            "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
            "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # for clocks that are late
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )  # Apple asks for it
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .sign(private, hashes.SHA256())
    )
    key_text = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files = folder / CERTIFICATE, folder / PRIVATE_KEY
    for path in files:
        if path.exists():
            raise InvalidSetting(
                "There is such a file already.", where=str(path), remedy="It was not touched: see `--out`."
            )
    _write(files[1], key_text, 0o600)
    _write(files[0], made.public_bytes(serialization.Encoding.PEM), 0o644)
    return (*files, fingerprint_of(made.public_bytes(serialization.Encoding.DER)))


def _names(hosts: tuple[str, ...]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys(("localhost", "127.0.0.1", "::1", *hosts)):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            if host.isascii():
                names.append(x509.DNSName(host))
    return names


def _write(path: Path, data: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise InvalidSetting(f"It cannot be written ({error.strerror}).", where=str(path)) from None
    with os.fdopen(made, "wb") as file:
        file.write(data)
