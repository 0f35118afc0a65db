"""Key life, drawn: the keys of a room, the steps that change them, and keys that come and go."""

from securechat.rooms.census import take_census
from securechat.ui.keys.change import draw_dropping, draw_reencryption, draw_rotation
from securechat.ui.keys.download import draw_download
from securechat.ui.keys.foreign import draw_foreign
from securechat.ui.keys.import_key import draw_import
from securechat.ui.keys.outside import OUTSIDE, draw_outside
from securechat.ui.keys.ring import draw_ring

__all__ = [
    "OUTSIDE",
    "draw_download",
    "draw_dropping",
    "draw_foreign",
    "draw_import",
    "draw_outside",
    "draw_reencryption",
    "draw_ring",
    "draw_rotation",
    "take_census",
]
