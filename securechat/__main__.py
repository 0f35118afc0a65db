"""`python -m securechat`: the commands of the terminal."""

import sys

from securechat.terminal.commands import main

if __name__ == "__main__":
    sys.exit(main())
