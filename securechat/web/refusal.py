"""Refusals of a connection before it is one: an HTTP answer that says why, and a quiet log."""

from __future__ import annotations

import logging
from contextvars import ContextVar

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket

_refused: ContextVar[bool] = ContextVar("refused", default=False)


async def refuse(websocket: WebSocket, status: int, text: str) -> None:
    """Answer a request for a connection with a status and a sentence."""
    await websocket.send_denial_response(PlainTextResponse(f"{text}\n", status))
    _refused.set(True)


def keep_out_of_the_log() -> None:
    """Keep the log free of a false alarm: for Uvicorn, a refusal in words is an unfinished handshake.

    It says so in an ERROR line after each, although the answer went out whole. Only those are left out: a
    handshake that really was not finished still shows.
    """
    logging.getLogger("uvicorn.error").addFilter(_is_no_false_alarm)


def _is_no_false_alarm(record: logging.LogRecord) -> bool:
    return not (_refused.get() and "without completing handshake" in record.getMessage())
