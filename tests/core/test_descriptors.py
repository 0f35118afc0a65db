"""The limit of descriptors is raised as far as it may be, and no farther."""

from __future__ import annotations

import pytest

from securechat.web import descriptors

resource = pytest.importorskip("resource", reason="this system has no such limit")
UNLIMITED = resource.RLIM_INFINITY
Limits = tuple[int, int]


@pytest.mark.parametrize(
    ("there", "most", "then"),
    [
        ((256, 1024), 10**9, (1024, 1024)),
        ((1024, 1_048_576), 10**9, (65_536, 1_048_576)),
        ((256, UNLIMITED), 10**9, (65_536, UNLIMITED)),
        ((256, UNLIMITED), 30_000, (16_384, UNLIMITED)),
        ((256, UNLIMITED), 100, (256, UNLIMITED)),
        ((100_000, 1_048_576), 10**9, (100_000, 1_048_576)),
        ((UNLIMITED, UNLIMITED), 10**9, (UNLIMITED, UNLIMITED)),
    ],
)
def test_the_limit_after(monkeypatch: pytest.MonkeyPatch, there: Limits, most: int, then: Limits) -> None:
    """Up to the hard limit, to 65,536, and to what the kernel gives where it says less; never lower."""
    limits = there

    def set_limits(_: int, wanted: Limits) -> None:
        nonlocal limits
        if wanted[0] > most:
            raise ValueError("current limit exceeds maximum limit")
        limits = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", set_limits)
    descriptors.raise_limit()
    assert limits == then


def test_a_system_without_such_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows nothing is asked for."""
    monkeypatch.setattr(descriptors, "_can_be_raised", False)
    monkeypatch.setattr(resource, "getrlimit", lambda _: pytest.fail("asked"))
    descriptors.raise_limit()
