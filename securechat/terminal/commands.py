"""The commands: `key`, `host`, `join`, `talk`, `certificate`, `seal` and `open`.

What a command does not need is not imported: a client is ready in a moment, and needs fewer packages.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from securechat.command_line import run
from securechat.errors import InvalidSetting
from securechat.terminal.address import PORT

FOR_THIS_RUN = (
    "This key is for this run only: next time there is a new one, and the other side needs that. "
    "`--key-file FILE` keeps it."
)

KEEP = 30
MAX_KEEP = 3600


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line without the program; that of this process if None.

    Returns:
        See `command_line.run`.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    return run(_parser(), arguments, install="-r requirements-terminal.txt")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _key(options: argparse.Namespace) -> int:
    from securechat.sealed.key import room_of
    from securechat.terminal.keys import make_key_file

    key = make_key_file(options.file)
    print(f"{options.file} has a new key, fingerprint {key.fingerprint}. Only you can read the file.")
    print("Give it to the other side by a way that you trust: a stick, or another chat. Then both of you:")
    print(f"  python -m securechat join ADDRESS --key-file {options.file}")
    print(f"The room of this key: {room_of(key)}")
    return 0


def _host(options: argparse.Namespace) -> int:
    from securechat.terminal.relay import Relay, addresses

    if (options.cert is None) != (options.cert_key is None):
        raise InvalidSetting("--cert and --cert-key go together: the certificate and its private key.")
    if options.cert:
        from securechat.terminal.tls import warning_about

        if warning := warning_about(options.cert):
            _say(warning)
    relay = Relay(options.port, options.keep, options.cert and (options.cert, options.cert_key))
    relay.start()
    try:
        found = addresses(relay.port, is_secure=relay.is_secure)
        print("Others join with this address" + (", or one of those below it:" if found[1:] else ":"))
        for address in found:
            print(f"  python -m securechat join {address}")
        print(f"or in a browser: {found[0]}/sealed")
        print(
            f"This relay has no key. It keeps each token for {options.keep} s in memory, and writes nothing "
            "down.\nCtrl+C ends it.",
            flush=True,
        )
        relay.wait()
    except KeyboardInterrupt:
        pass
    finally:
        relay.stop()
    return 0


def _join(options: argparse.Namespace) -> int:
    import ssl

    from securechat.terminal.address import read_address
    from securechat.terminal.join import join
    from securechat.terminal.keys import find_key

    address = read_address(options.address)
    name = _name(options)
    key = find_key(options.key_file, _say)
    tls = None
    if address.is_secure or options.fingerprint:
        from securechat.terminal.tls import context_for, refused_certificate

        tls = context_for(address, options.fingerprint)
    try:
        return join(address, key, name, tls=tls, shows_tokens=options.show_wire)
    except ssl.SSLCertVerificationError:
        raise refused_certificate(address) from None


def _talk(options: argparse.Namespace) -> int:
    from securechat.crypto.keyring import FernetKey
    from securechat.terminal.address import Address
    from securechat.terminal.join import join
    from securechat.terminal.keys import kept_key
    from securechat.terminal.relay import Relay, addresses

    name = _name(options)
    key, is_new = kept_key(options.key_file, _say) if options.key_file else (FernetKey.generate(), True)
    relay = Relay(options.port, options.keep)
    relay.start()
    commands = "\n".join(
        f"  python -m securechat join {url}" for url in addresses(relay.port, is_secure=False)
    )
    head = (
        "The other side runs this, or another line of these:"
        if "\n" in commands
        else "The other side runs this:"
    )
    if is_new:
        keeps = (
            f"Next time, `--key-file {options.key_file}` takes it again."
            if options.key_file
            else FOR_THIS_RUN
        )
        about_key = f"and pastes this key when asked:\n  {key.reveal()}\n{keeps}"
    else:
        about_key = f"with the key of before, that of {options.key_file} (fingerprint {key.fingerprint})."
    head = f"{head}\n{commands}\n{about_key}"
    try:
        address = Address(is_secure=False, host="127.0.0.1", port=relay.port)
        return join(address, key, name, shows_tokens=options.show_wire, head=head)
    finally:
        relay.stop()


def _certificate(options: argparse.Namespace) -> int:
    import socket

    from securechat.terminal.tls import DAYS, make_certificate
    from securechat.web.network import own_addresses

    name = socket.gethostname()
    local = () if "." in name else (f"{name}.local",)
    hosts = (*(own.host for own in own_addresses()), name, *local)
    certificate, private, fingerprint = make_certificate(options.out, hosts)
    print(f"{certificate} is good for {DAYS} days, for: localhost, {', '.join(hosts)}.")
    print(f"{private} is its private key: only you can read it. Give it to nobody.")
    print(f"SHA-256 fingerprint, to compare:\n  {fingerprint}")
    print("The app with it:")
    print(f"  streamlit run app.py --server.sslCertFile {certificate} --server.sslKeyFile {private}")
    print("A relay with it, and who joins:")
    print(f"  python -m securechat host --cert {certificate} --cert-key {private}")
    print(f"  python -m securechat join https://ADDRESS:{PORT} --fingerprint {fingerprint}")
    return 0


def _filter(options: argparse.Namespace) -> int:
    from securechat.terminal.filters import open_tokens, seal
    from securechat.terminal.keys import find_key

    key = find_key(options.key_file, _say)
    work = seal if options.command == "seal" else open_tokens
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    return work(key, sys.stdin.buffer, sys.stdout)


def _name(options: argparse.Namespace) -> str:
    from securechat.sealed.said import check_name

    if options.name is None:
        from securechat.classroom.aliases import suggest

        return suggest((), 1)[0]
    name: str = options.name.strip()
    check_name(name)
    return name


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError("A port is a number from 1 to 65535; 0 takes any that is free.")


def _keep(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= MAX_KEEP:
        return int(text)
    raise argparse.ArgumentTypeError(f"Seconds, from 1 to {MAX_KEEP}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m securechat",
        description="Sealed rooms at the terminal: the key is yours, and no server ever has it.",
        epilog="two people, one command each:\n  python -m securechat talk\n"
        "  python -m securechat join ADDRESS\n\n"
        "whoever runs the app with a database:\n  python -m securechat admin",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, run: object, about: str, example: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=about,
            description=about,
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=run)
        return made

    def add_key(made: argparse.ArgumentParser) -> None:
        made.add_argument(
            "--key-file",
            type=Path,
            metavar="FILE",
            help="the file with the key; without it, SECURECHAT_ROOM_KEY is looked at, or you are asked",
        )

    def add_talk(made: argparse.ArgumentParser) -> None:
        made.add_argument("--name", help="what others read beside what you write; a friendly one if not told")
        made.add_argument("--show-wire", action="store_true", help="show the token above each text")

    def add_port(made: argparse.ArgumentParser) -> None:
        made.add_argument("--port", type=_port, default=PORT, help=f"the port; {PORT} if not told")
        made.add_argument(
            "--keep",
            type=_keep,
            default=KEEP,
            metavar="SECONDS",
            help=f"for how long a token is kept for who comes late; {KEEP} if not told",
        )

    key = add("key", _key, "make a key, and a file with it", "python -m securechat key our.key")
    key.add_argument(
        "file", nargs="?", type=Path, default=Path("key.key"), help="the file; key.key if not told"
    )

    host = add("host", _host, "pass tokens on, for others to join", "python -m securechat host --keep 30")
    add_port(host)
    host.add_argument("--cert", type=Path, metavar="FILE", help="a certificate, for https")
    host.add_argument("--cert-key", type=Path, metavar="FILE", help="its private key")

    join = add(
        "join",
        _join,
        "write and read in the room of a key",
        "python -m securechat join http://192.168.1.20:8502 --key-file key.key\n"
        "  echo hi | python -m securechat join 192.168.1.20 --key-file key.key",
    )
    join.add_argument("address", help="where the server is, as `host` or the page shows it; never with a key")
    add_key(join)
    add_talk(join)
    join.add_argument("--fingerprint", default="", help="of the only certificate to accept, for https")

    talk = add(
        "talk", _talk, "host and join in one, with a new key to give away", "python -m securechat talk"
    )
    add_port(talk)
    add_talk(talk)
    talk.add_argument(
        "--key-file", type=Path, metavar="FILE", help="the file that keeps the key; made if it is not there"
    )

    certificate = add(
        "certificate",
        _certificate,
        "make a certificate for https",
        "python -m securechat certificate --out tls",
    )
    certificate.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="where to; here if not told"
    )

    sealing = add("seal", _filter, "encrypt: a text a line in, a token a line out",
                  "echo hello | python -m securechat seal --key-file key.key")  # fmt: skip
    add_key(sealing)
    opening = add("open", _filter, "decrypt: a token a line in, a text a line out",
                  "python -m securechat open --key-file key.key < tokens.txt")  # fmt: skip
    add_key(opening)
    return parser
