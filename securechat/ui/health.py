"""The health of the app, for programs that watch the server: whether it can start."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from securechat.ui import state


def addresses() -> tuple[str, str]:
    """Return where one asks for this app's health, and where for that of Streamlit's server."""
    base = state.base_path()
    return f"{base}/api/health", f"{base}/_stcore/health"


def routes() -> list[BaseRoute]:
    """Return the route to mount beside Streamlit's own, whose answer is 200 also if no page can be used."""
    return [Route(addresses()[0], _answer)]


async def _answer(_: Request) -> JSONResponse:
    problem = await asyncio.to_thread(state.problem)  # looks at files
    headers = {"Cache-Control": "no-store"}
    if problem is None:
        return JSONResponse({"status": "ok"}, headers=headers)
    said = {"status": "error", "error": problem.code, "message": str(problem)}
    return JSONResponse(said, 503, headers)
