"""The teacher's page of classes: the invitation, the wall of all rooms, and what the teacher may do."""

from securechat.ui.classroom.choosing import current_class, draw_choice, draw_door, draw_other_classes
from securechat.ui.classroom.closing import draw_closing
from securechat.ui.classroom.export import draw_export
from securechat.ui.classroom.invitation import Size, current_base, draw_address, draw_invitation
from securechat.ui.classroom.pane import draw_pane
from securechat.ui.classroom.panel import draw_panel
from securechat.ui.classroom.rules import draw_pause, draw_rules
from securechat.ui.classroom.views import View, choose_view
from securechat.ui.classroom.wall import draw_wall

__all__ = [
    "Size",
    "View",
    "choose_view",
    "current_base",
    "current_class",
    "draw_address",
    "draw_choice",
    "draw_closing",
    "draw_door",
    "draw_export",
    "draw_invitation",
    "draw_other_classes",
    "draw_pane",
    "draw_panel",
    "draw_pause",
    "draw_rules",
    "draw_wall",
]
