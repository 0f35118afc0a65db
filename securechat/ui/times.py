"""Times as people read them: in the browser's time zone, and as an age."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def local(moment: datetime) -> datetime:
    """Return a time in the time zone of the browser, or in UTC where that is not known."""
    return moment.astimezone(_zone(st.context.timezone))


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def age(seconds: int) -> str:
    """Say how long ago something was, in the two largest units.

    Args:
        seconds: How many seconds ago; negative for the future.
    """
    left = abs(seconds)
    parts = []
    for unit, size in (("year", 31_557_600), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
    text = " ".join(parts[:2]) or "0 seconds"
    return f"{text} in the future" if seconds < 0 else f"{text} ago"
