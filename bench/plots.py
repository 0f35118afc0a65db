"""One look for all plots: an opaque white ground, and colours that colour-blind people can tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.contenders import Contender

BLUE, ORANGE, GREEN, PURPLE, BLACK = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#222222"
AMBER = "#E69F00"
"""Colours of the set of Okabe and Ito, which stay apart for colour-blind people."""

COLOURS = {
    "securechat": BLUE,
    "plain_streamlit": ORANGE,
    "nicegui": GREEN,
    "flask_socketio": PURPLE,
    "bare_websocket": BLACK,
    "streamlit_trigger": AMBER,
    "one_line": PURPLE,
    "classroom": GREEN,
    "sealed": BLUE,
    "sealed_plain": BLUE,
}
MARKERS = {
    "securechat": "o",
    "plain_streamlit": "s",
    "nicegui": "^",
    "flask_socketio": "v",
    "bare_websocket": "D",
    "streamlit_trigger": "P",
    "one_line": "v",
    "classroom": "^",
    "sealed": "*",
    "sealed_plain": "X",
}
"""A colour is never the only sign."""

_STYLE: Any = {
    "font.size": 11,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "svg.hashsalt": "bench",
}


@contextmanager
def drawing(
    path: Path, title: str, *, width: float = 8, height: float = 4.5, panels: int = 1
) -> Iterator[list[Axes]]:
    """Make a figure to draw in, and save it as SVG afterwards.

    Args:
        path: The file to write.
        title: What is measured.
        width: In inches.
        height: In inches.
        panels: How many axes, side by side.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.suptitle(title, x=0.02, ha="left", fontweight="bold")
        axes = figure.subplots(1, panels, squeeze=False)
        yield list(axes[0])
        figure.savefig(path, format="svg", metadata={"Date": None})


def line(axes: Axes, contender: Contender, x: Sequence[float], y: Sequence[float], *, every: int = 1) -> None:
    """Draw a contender's values as a line with its colour and its marks.

    Args:
        axes: Where.
        contender: Whose values.
        x: The values across.
        y: The values upwards.
        every: Which of the values gets a mark: each second one if 2.
    """
    axes.plot(
        x,
        y,
        color=COLOURS[contender.name],
        marker=MARKERS[contender.name],
        markevery=every,
        label=contender.title,
    )
