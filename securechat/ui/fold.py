"""Sections that are folded on a phone, where the result comes first, and stand open on a wide screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st


@contextmanager
def fold(key: str, title: str, *, heading: str = "", state: str = "") -> Iterator[None]:
    """Put what is drawn inside into such a section. The server does not know the screen: frame.css folds it.

    Args:
        key: Tells this section from others on the page.
        title: What stands on it where it is folded.
        heading: What stands over it where it is open, as Markdown; nothing if empty.
        state: When this changes, the section is folded again.
    """
    with st.container(key=f"fold_{key}"):
        st.html(
            f'<details class="sc-folded" data-state="{escape(state)}">'
            f"<summary><h3>{escape(title)}</h3></summary></details>"
        )
        if heading:
            with st.container(key=f"unfolded_{key}"):
                st.subheader(heading, anchor=False)
        yield
