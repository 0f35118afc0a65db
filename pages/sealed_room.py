"""Sealed room: what it is, what it does not protect against, and the way to one."""

from securechat.ui import frame
from securechat.ui.sealed import draw_sealed_room

frame.enter()
draw_sealed_room()
