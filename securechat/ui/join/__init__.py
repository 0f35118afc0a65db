"""Joining a class, waiting for somebody to talk to, and the room that one sits in."""

from securechat.ui.join.entrance import asked_class, draw_code_form, draw_entrance
from securechat.ui.join.room import draw_room

__all__ = ["asked_class", "draw_code_form", "draw_entrance", "draw_room"]
