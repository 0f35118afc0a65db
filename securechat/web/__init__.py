"""What the server needs around the app: rules for requests, and what the operating system has to give.

The rules are middleware, so that they hold for Streamlit's addresses and ours alike.
"""

from securechat.web.gate import Gate
from securechat.web.origins import Origins
from securechat.web.shell import Shell
from securechat.web.static_files import CompressedOnce

__all__ = ["CompressedOnce", "Gate", "Origins", "Shell"]
