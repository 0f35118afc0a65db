"""What Streamlit's server gets from this app beside its pages: routes, and what every request passes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, TypedDict

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from securechat import live
from securechat.errors import InvalidSetting
from securechat.sealed import page
from securechat.ui import health, middleware, state
from securechat.ui.base_address import base_for
from securechat.web import descriptors, refusal
from securechat.web.addresses import ascii_url


class Parts(TypedDict):
    """Arguments of `st.App`. Streamlit looks for that very name where a file assigns its app."""

    routes: list[BaseRoute]
    middleware: list[Middleware]
    lifespan: Callable[[st.App], AbstractAsyncContextManager[dict[str, Any] | None]]


def start(*routes: BaseRoute) -> Parts:
    """Get the server ready, and return what it is to serve: `app = st.App(__file__, **serving.start())`.

    Args:
        routes: Further routes, as tests have them.
    """
    descriptors.raise_limit()
    refusal.keep_out_of_the_log()
    state.problem()  # what is wrong is logged when the server starts, and a passcode that is made is printed
    base_path = state.base_path()
    feed = live.routes(lambda: state.application().feed, base_path)
    sealed = page.routes(base_path, home="./", address=_address, known_rooms=_known_rooms)
    return {
        "routes": [*routes, *feed, *sealed, *health.routes()],
        "middleware": middleware.stack(),
        "lifespan": _lifespan,
    }


def _address(here: str) -> str:
    """Return the address of the app for others: see `page.routes`."""
    with suppress(InvalidSetting):  # the app cannot start: its own pages say why
        if url := base_for(here or None).url:
            return ascii_url(url)
    return ""


def _known_rooms() -> tuple[str, ...]:
    """Return the names of the sealed rooms whose keys this server has: see `page.routes`."""
    with suppress(InvalidSetting):
        return state.application().known_rooms()
    return ()


@asynccontextmanager
async def _lifespan(_: st.App) -> AsyncIterator[None]:
    """Close the application when the server ends: no request is answered any more then."""
    try:
        yield
    finally:
        await asyncio.to_thread(state.close)
