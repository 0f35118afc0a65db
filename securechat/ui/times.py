"""Times as people read them: in the browser's time zone, and as an age."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from securechat.wording import counted


def local(moment: datetime) -> datetime:
    """Return a time in the time zone of the browser; with `UTC` for its zone where that cannot be told.

    That is so where the zone is not known, and at the ends of the calendar.
    """
    try:
        return moment.astimezone(_zone(st.context.timezone))
    except OverflowError:
        return moment.astimezone(UTC)


def time_of_day(moment: datetime) -> str:
    """Return the local time of day, to the second; that in UTC is called so."""
    there = local(moment)
    return f"{there:%H:%M:%S}{' UTC' if there.tzinfo is UTC else ''}"


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last of a folder of zones, such as `Europe`
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
            parts.append(counted(count, unit))
    text = " ".join(parts[:2]) or "0 seconds"
    return f"{text} in the future" if seconds < 0 else f"{text} ago"
