"""An ASGI application asked as a server asks it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Scope

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run this in a thread of its own: that of the tests may have an event loop, the browser's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def knock(app: ASGIApp, scope: Scope, *events: Message) -> list[Message]:
    """Ask once, tell of these events, and return what is answered."""
    answers: list[Message] = []
    coming = iter(events)

    async def receive() -> Message:
        return next(coming)

    async def send(message: Message) -> None:
        answers.append(message)

    async def ask() -> None:
        await app(scope, receive, send)

    run(ask())
    return answers
