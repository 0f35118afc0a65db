"""How many descriptors the server may have: a class that comes at once needs more than systems give."""

from __future__ import annotations

from typing import Final

try:
    import resource
except ImportError:  # Windows has no such limit
    _can_be_raised = False
else:
    _can_be_raised = True

ENOUGH: Final = 65_536
"""Descriptors. A page takes 4, its feeds 2, a phone that loads up to 12; 128 closed pages are kept."""


def raise_limit() -> None:
    """Raise the soft limit of this process to the hard one, where there is one.

    macOS starts programs with 256 and Linux with 1,024: too few for a class whose phones reload. The hard
    limit is what the administrator allows.
    """
    if not _can_be_raised:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    while wanted > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):  # macOS: unlimited stands there, but the kernel gives less
            wanted //= 2
        else:
            return
