"""How a component of this app is declared: its HTML, CSS and JavaScript stand in files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from securechat.web.modules import join

_HERE = Path(__file__).parent


def component(name: str, *, html: str = "", css: Sequence[str] = (), js: str = "") -> ComponentRenderer:
    """Declare a component.

    Args:
        name: Its name.
        html: What it begins with: HTML, or the name of a file with it.
        css: Names of files, put together in this order.
        js: The name of the module with the default export. What that imports comes with it.

    Returns:
        What draws it.
    """
    return st.components.v2.component(
        f"securechat_{name}",
        html=_read(html) if html.endswith(".html") else html or None,
        css="".join(map(_read, css)) or None,
        js=join(_HERE / js) if js else None,
        isolate_styles=False,
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
