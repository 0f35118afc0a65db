"""The middleware of the server, set up as Streamlit's settings and ours say."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from streamlit.proto.BackMsg_pb2 import BackMsg

from securechat.errors import InvalidSetting
from securechat.ui import frame, health, state
from securechat.web import CompressedOnce, Gate, Origins, Shell
from securechat.web.addresses import ascii_url, read_base

_KINDS = ("rerun_script", "stop_script", "clear_cache", "app_heartbeat")
"""All that pages of this app ask of Streamlit. It would do more for anybody: look up the state of the
repository, for 25 ms in which everybody waits, or put files beside the app."""

_CORE = re.compile(r"health|host-config|bidi-components/.+")
"""What pages, and those who watch over the server, ask of Streamlit below `/_stcore/`, beside the socket. It
would also tell anybody how many people are here and how much memory that takes, describe itself to programs
that use apps without a browser, and run the app to see whether it runs."""

_SIGN_IN = re.compile(r"(auth/(login|logout)|oauth2callback)\s*")
"""Where Streamlit lets people sign in by another site. Its router overlooks a line break at the end."""

MAX_FILE_BYTES = 10**6
"""Larger ones of Streamlit's scripts draw charts and maps: few pages, or none, have them."""

MAX_WIDGETS = 1_000
"""States of widgets in one frame; no page has so many. Streamlit looks at each while everybody waits."""

MAX_FRAME_BYTES = 10**6
"""What `server.maxWidgetStateSize` allows: Streamlit refuses longer ones itself, with 1009."""


def stack() -> list[Middleware]:
    """Return what every request passes, from the outside in."""
    return [
        Middleware(Gate, origins=_origins, is_needed=_is_needed, is_open=_is_open, health=health.addresses()),
        Middleware(Shell, style=frame.STYLE.read_text(encoding="utf-8")),
        Middleware(CompressedOnce, needed=_files),
    ]


def _origins() -> Origins:
    """Return what Streamlit is set to allow, and the address under which the app is said to be.

    Until the app has started, what is wrong with its settings can be put right: the rule does not last.
    """
    lasts = state.has_started()  # asked first: it may start meanwhile
    others = list(st.get_option("server.corsAllowedOrigins"))
    if not st.get_option("server.enableCORS"):
        others = ["*"]
    address = st.get_option("browser.serverAddress")
    if address != "localhost":  # which stands there if nothing is set
        others += [address, f"{address}:{st.get_option('browser.serverPort')}"]
    with suppress(InvalidSetting):  # the page says what is wrong with it
        others.append(_origin_of(read_base(state.public_url())))
    rule = Origins.of(
        others, framing=st.get_option("client.allowedOrigins"), hosts=st.get_option("server.allowedHosts")
    )
    return replace(rule, lasts=lasts)


def _origin_of(url: str) -> str:
    parts = urlsplit(ascii_url(url))  # as browsers say it
    return f"{parts.scheme}://{parts.netloc}"


def _is_needed(frame: bytes) -> bool:
    """Say whether a page of this app sends such frames to Streamlit."""
    if len(frame) > MAX_FRAME_BYTES:
        return True  # for Streamlit to refuse
    asked = BackMsg()
    with suppress(Exception):  # it is none
        asked.ParseFromString(frame)
    if len(asked.rerun_script.widget_states.widgets) > MAX_WIDGETS:
        return False
    return asked.WhichOneof("type") in _KINDS


def _is_open(path: str) -> bool:
    """Say whether anybody has a use for what Streamlit, or this app, has under a path."""
    place = path.removeprefix(state.base_path()).removeprefix("/")
    first, _, rest = place.partition("/")
    if first == "_stcore":
        return _CORE.fullmatch(rest) is not None
    return _SIGN_IN.fullmatch(place) is None


def _files() -> list[str]:
    """Return the addresses of the scripts and styles that pages may need, those of the first second first."""
    folder = Path(st.__file__).with_name("static")
    at_once = (folder / "index.html").read_text(encoding="utf-8")
    found = [
        path
        for path in (folder / "static").rglob("*.*s")  # .js, .css
        if path.stat().st_size < MAX_FILE_BYTES
    ]
    found.sort(key=lambda path: (path.name not in at_once, path.name))
    base = state.base_path()
    return [f"{base}/{path.relative_to(folder).as_posix()}" for path in found]
