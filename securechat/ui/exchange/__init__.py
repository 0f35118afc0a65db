"""The key exchange as a play in six steps: its state, its words, and how it is drawn."""

from __future__ import annotations

from securechat.ui.exchange.drawing import draw_closing, draw_earlier_steps, draw_step
from securechat.ui.exchange.play import current_exchange, draw_controls, draw_switches, is_over
from securechat.ui.exchange.room import draw_room

__all__ = [
    "current_exchange",
    "draw_closing",
    "draw_controls",
    "draw_earlier_steps",
    "draw_room",
    "draw_step",
    "draw_switches",
    "is_over",
]
