"""`python -m securechat`: the commands of the terminal, and those of whoever runs the app."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command that this process was given."""
    if sys.argv[1:2] == ["admin"]:
        from securechat.admin import commands as admin

        return admin.main(sys.argv[2:])
    from securechat.terminal import commands

    return commands.main()


if __name__ == "__main__":
    sys.exit(main())
