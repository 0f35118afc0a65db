"""How a command of `python -m securechat` runs: what the shell gets, and how it says what is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from securechat.errors import SecureChatError


def run(parser: argparse.ArgumentParser, arguments: Sequence[str], *, install: str) -> int:
    """Run a command. Without one it shows the help.

    Args:
        parser: What reads the command line, and sets `run` to a function that takes what it has read.
        arguments: The command line.
        install: What `pip install` is told where a package is missing.

    Returns:
        0 if the command did what it should, 1 if not, 2 where it is none, 130 where Ctrl+C ended it early
        (a backup: SIGTERM, too).
    """
    if not arguments:
        parser.print_help()
        return 0
    options = parser.parse_args(arguments)
    try:
        result: int = options.run(options)
    except SecureChatError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `… | head` has enough
        sys.stderr.close()
        return 1
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] == "securechat":
            raise
        print(
            f"The package {error.name.partition('.')[0]} is missing. This brings it:\n"
            f"  python -m pip install {install}",
            file=sys.stderr,
        )
        return 1
    return result
