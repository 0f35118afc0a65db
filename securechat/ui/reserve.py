"""The presenter's switch: who may write in Chat."""

from __future__ import annotations

from securechat.rooms.policy import Action
from securechat.ui import passcode
from securechat.ui.state import application
from securechat.ui.switch import draw_switch


def draw_reserve(label: str) -> None:
    """Draw the switch, where this session is the presenter's.

    Args:
        label: What stands beside it.
    """
    if passcode.allows(Action.LOCK):
        draw_switch(label, key="chat_reserved", on=application().policy.reserved, switch=_switch)


def _switch(on: bool) -> None:
    if passcode.allows(Action.LOCK):  # a page that was locked may still send it
        application().policy.reserve(on=on)
