"""Looks into the memory of another process, from outside: which secrets are in it, and how often.

Nothing of that process has to help, and nothing in it can hide what it has. Linux alone shows the memory of a
process as a file (proc_pid_mem(5)), to who may trace it: whoever started it.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

CHUNK = 4 * 1024 * 1024
"""Bytes that are read at once."""

NOT_HERE = "Only Linux lets a test read the memory of another process."
"""Why such a test is skipped elsewhere."""

is_possible = sys.platform == "linux"
"""Whether memory can be searched on this system."""

_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r")
"""A line of proc_pid_maps(5) about what can be read."""


def forms_of_key(key: str) -> dict[str, bytes]:
    """Return the forms in which a process could have a Fernet key.

    Args:
        key: The key, 44 characters.
    """
    raw = base64.urlsafe_b64decode(key)
    return {
        "key": key.encode(),
        "key without padding": key.rstrip("=").encode(),
        "first 12 characters of the key": key[:12].encode(),
        "key in standard Base64": base64.b64encode(raw).rstrip(b"="),
        "bytes of the key": raw,
        "signing key": raw[:16],
        "encryption key": raw[16:],
        "key in hexadecimal": raw.hex().encode(),
        "key in capital hexadecimal": raw.hex().upper().encode(),
    }


def forms_of_text(text: str, name: str = "text") -> dict[str, bytes]:
    """Return the forms in which a process could have a text: Python keeps some as 16 or 32 bits a character.

    Args:
        text: The text. It should be one that stands nowhere by chance.
        name: What to call it.
    """
    codecs = ("utf-8", "utf-16-le", "utf-32-le")
    return {f"{name} in {codec}": text.encode(codec) for codec in codecs}


def copies(pid: int, wanted: Mapping[str, bytes], *, chunk: int = CHUNK) -> dict[str, int]:
    """Count how often things stand in the memory of a process.

    Args:
        pid: The process.
        wanted: What to look for, by what to call it.
        chunk: Bytes that are read at once.

    Returns:
        The number of copies of each.

    Raises:
        OSError: The process is not there, or must not be looked into.
    """
    found = dict.fromkeys(wanted, 0)
    overlap = max(map(len, wanted.values())) - 1
    for text, size in _chunks(pid, chunk, overlap):
        for name, what in wanted.items():
            found[name] += text.count(what, 0, size + len(what) - 1)  # what begins in the chunk itself
    return found


def _chunks(pid: int, chunk: int, overlap: int) -> Iterator[tuple[bytes, int]]:
    """Give all that can be read: chunks with the first bytes of the next, and how long they are without."""
    process = Path("/proc") / str(pid)
    with (process / "mem").open("rb", buffering=0) as memory:
        for line in (process / "maps").read_text(encoding="utf-8", errors="replace").splitlines():
            region = _REGION.match(line)
            if region is None or "[v" in line:  # what the kernel lends to every process: [vdso], [vvar], …
                continue
            start, end = int(region[1], 16), int(region[2], 16)
            while start < end:
                try:
                    memory.seek(start)
                    text = memory.read(min(chunk + overlap, end - start))
                except OSError:  # it has gone meanwhile, or is a device's
                    break
                size = min(chunk, len(text))
                yield text, size
                start += size
                if not size:
                    break
