"""The health of the app, for programs that watch the server: whether it can start, and has its database."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from securechat.errors import StoreUnavailable
from securechat.ui import state


def addresses() -> tuple[str, str]:
    """Return where one asks for this app's health, and where for that of Streamlit's server."""
    base = state.base_path()
    return f"{base}/api/health", f"{base}/_stcore/health"


def routes() -> list[BaseRoute]:
    """Return the route to mount beside Streamlit's own, whose answer is 200 also if no page can be used."""
    return [Route(addresses()[0], _answer)]


async def _answer(_: Request) -> JSONResponse:
    said = await asyncio.to_thread(_look)  # at files
    return JSONResponse(said, 200 if said["status"] == "ok" else 503, {"Cache-Control": "no-store"})


def _look() -> dict[str, Any]:
    if problem := state.problem():
        return {"status": "error", "error": problem.code, "message": str(problem)}
    if (database := state.application().database_health()) is None:
        return {"status": "ok"}
    told = {"database": asdict(database)}
    if database.is_answering:
        return {"status": "ok", **told}
    fault = StoreUnavailable()
    return {"status": "error", "error": fault.code, "message": str(fault), **told}
