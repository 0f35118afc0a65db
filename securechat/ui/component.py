"""How a component of this app is declared: its HTML, CSS and JavaScript stand in files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from securechat.web.modules import join

_HERE = Path(__file__).parent


def component(
    name: str, *, html: str = "", css: Sequence[str] = (), js: str = "", inner: Sequence[str] = ()
) -> ComponentRenderer:
    """Declare a component.

    Args:
        name: Its name.
        html: What it begins with: HTML, or the name of a file with it.
        css: Names of files, put together in this order.
        js: The name of the module with the default export. What that imports comes with it.
        inner: CSS of what stands in the `<template>` of its HTML, from which the script makes a shadow tree.

    Returns:
        What draws it.
    """
    page = _read(html) if html.endswith(".html") else html
    return st.components.v2.component(
        f"securechat_{name}",
        html=page.replace("<template>", f"<template><style>{_join(inner)}</style>") or None,
        css=_join(css) or None,
        js=join(_HERE / js) if js else None,
        isolate_styles=False,
    )


def _join(names: Sequence[str]) -> str:
    return "".join(map(_read, names))


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
