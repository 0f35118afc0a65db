"""Whose pages may connect to the server, which may frame it, and under which names it answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

ANY = "*"
"""Stands for all origins, or all hosts."""


@dataclass(frozen=True)
class Origins:
    """The one rule of this server about origins (RFC 6454) and hosts. It looks nothing up.

    Args:
        others: Origins of other pages that may connect, such as `https://school.example`; a host without
            a scheme stands for that host under any. `*` stands for all. The page's own always may.
        framing: Origins of other pages that may show this app in a frame, besides `others`.
        hosts: Host names under which the server answers, without a port; `*.school.example` stands for all
            below that. Any if empty: then a foreign name that leads to this server's address is taken for
            its own.
        lasts: Whether it holds as long as the server runs; else it is to be found again.
    """

    others: frozenset[str] = frozenset()
    framing: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    lasts: bool = True

    @classmethod
    def of(
        cls, others: Iterable[str] = (), *, framing: Iterable[str] = (), hosts: Iterable[str] = ()
    ) -> Origins:
        """Return the rule, from origins and hosts as people write them: in any case, with a last slash."""
        return cls(
            frozenset(filter(None, (origin.strip().lower().rstrip("/") for origin in others))),
            tuple(framing),
            tuple(filter(None, (host.strip().lower().rstrip(".") for host in hosts))),
        )

    def answers_to(self, host: str) -> bool:
        """Say whether the server answers under this `Host` (RFC 9110, section 7.2)."""
        if not self.hosts or ANY in self.hosts:
            return True
        if "@" in host or _netloc(f"//{host}") != host.lower():
            return False
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        below = tuple(allowed[1:] for allowed in self.hosts if allowed.startswith("*."))
        return name in self.hosts or name.endswith(below)

    def is_own(self, origin: str, host: str) -> bool:
        """Say whether an origin is that of the server's own pages, under the `Host` that was asked for."""
        return bool(netloc := _netloc(origin)) and netloc == host.lower()

    def may_connect(self, origin: str | None, host: str) -> bool:
        """Say whether a page of this origin may connect. Without an origin it is no page of a browser."""
        if origin is None or ANY in self.others or self.is_own(origin, host):
            return True
        netloc = _netloc(origin)
        return bool(netloc) and not self.others.isdisjoint((origin.lower(), netloc))

    @property
    def frame_ancestors(self) -> str:
        """Whose pages may show this app in a frame, as Content Security Policy names them; empty if all."""
        if ANY in self.others:
            return ""
        return " ".join(("'self'", *sorted(self.others), *self.framing))


def _netloc(url: str) -> str:
    """Return the host of a URL, with its port, in small letters; empty where it is no URL with a host."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no port
    except ValueError:
        return ""
    return parts.netloc.lower()
