"""QR codes, as the dark squares of a picture that is sharp at every size."""

from __future__ import annotations

from itertools import groupby

import segno

QUIET = 4
"""Modules of white around a code, as ISO/IEC 18004 wants it."""


def squares(text: str) -> tuple[int, str]:
    """Return the QR code of a text.

    Returns:
        The width of the picture in modules, with the quiet zone, and the dark modules as an SVG path.
    """
    code = segno.make_qr(text, error="m")
    path = []
    for y, row in enumerate(code.matrix, start=QUIET):
        x = QUIET
        for dark, run in groupby(row):
            width = sum(1 for _ in run)
            if dark:
                path.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return len(code.matrix) + 2 * QUIET, "".join(path)
