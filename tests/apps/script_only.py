"""The app as a host serves it that knows only scripts: without its routes."""

from __future__ import annotations

import streamlit as st

from securechat.settings import APP_FOLDER

app = st.App(APP_FOLDER / "app.py")
