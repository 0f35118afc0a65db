"""A small picture to encrypt: a padlock, one byte a pixel."""

from __future__ import annotations

from PIL import Image, ImageDraw

SIZE = (384, 256)
"""Pixels across and down; each row is a whole number of blocks of 16 bytes."""

_PAPER, _BODY, _SHACKLE, _HOLE = 235, 120, 70, 20


def draw_picture() -> bytes:
    """Draw the picture, in shades of grey, and return its pixels row by row."""
    image = Image.new("L", SIZE, _PAPER)
    pen = ImageDraw.Draw(image)
    pen.arc((132, 22, 252, 172), 180, 360, fill=_SHACKLE, width=22)
    pen.rectangle((132, 94, 153, 130), fill=_SHACKLE)
    pen.rectangle((231, 94, 252, 130), fill=_SHACKLE)
    pen.rounded_rectangle((104, 124, 280, 236), 14, fill=_BODY)
    pen.ellipse((174, 150, 210, 186), fill=_HOLE)
    pen.polygon(((184, 176), (200, 176), (208, 218), (176, 218)), fill=_HOLE)
    return image.tobytes()


def from_bytes(data: bytes) -> Image.Image:
    """Make a picture of any bytes of the right number."""
    return Image.frombytes("L", SIZE, data)
