"""What a browser with an empty cache fetches before a page can be drawn: HTML, scripts, styles, fonts."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from bench.processes import BenchError

AT_ONCE = 6
"""Connections that a browser opens to one host."""

PARTS = (
    "Html",
    "BidiComponent",
    "ButtonGroup",
    "Button",
    "Checkbox",
    "ComponentInstance",
    "PageLink",
    "Selectbox",
    "MaterialSymbols-Rounded",
)
"""What Streamlit's page fetches only where it draws such an element."""

_IN_HTML = re.compile(r'(?:src|href)="(\.?/?static/[^"]+\.(?:js|css|woff2))"')
_IMPORTED = re.compile(r'(?:from|import)\s*"(\./[\w.~-]+\.js)"')
_PART = re.compile(rf"(?:js|media|\.)/((?:{'|'.join(PARTS)})\.[\w-]+\.(?:js|woff2))")


def files_of(url: str, documents: Sequence[str] = ("/",)) -> list[str]:
    """Return the paths of all that documents consist of: themselves, what they name, what that imports.

    Scripts are followed along their imports, so this loads the whole page once.

    Args:
        url: The server's address.
        documents: The paths of HTML documents: the page's, and those of frames in it.
    """
    found = dict.fromkeys(documents)
    for document in documents:
        html = _load(url + document)
        found |= dict.fromkeys(urljoin(document, path) for path in _IN_HTML.findall(html))
    left = [path for path in found if path.endswith(".js")]
    while left:
        script = left.pop()
        for path in _named_in(script, _load(url + script)):
            if path not in found:
                found[path] = None
                left += [path] if path.endswith(".js") else []
    return list(found)


async def fetch(url: str, files: Sequence[str]) -> int:
    """Fetch files as a browser does, and return how many bytes came.

    Raises:
        BenchError: One of them is not there.
    """
    where = urlsplit(url)
    left = list(reversed(files))

    async def work() -> int:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        count = 0
        try:
            while left:
                count += await _get(reader, writer, where.netloc, left.pop())
        finally:
            writer.close()
        return count

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(work()) for _ in range(min(AT_ONCE, len(files)))]
    return sum(worker.result() for worker in workers)


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str) -> int:
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n"
    writer.write(request.encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = re.search(r"\r\ncontent-length: (\d+)", head)
    if not head.split(" ", 2)[1].startswith("2") or length is None:
        raise BenchError(f"{path} cannot be fetched: {head.splitlines()[0]}")
    return len(await reader.readexactly(int(length[1])))


def _named_in(script: str, text: str) -> list[str]:
    """Return the paths that a script imports, and those of the parts that the page has."""
    imported = [urljoin(script, name) for name in _IMPORTED.findall(text)]
    parts = [f"/static/{'media' if name.endswith('woff2') else 'js'}/{name}" for name in _PART.findall(text)]
    return [*imported, *parts]


def _load(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server
        return str(answer.read().decode(errors="replace"))
