"""The few numbers that the tables are made of."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least that many percent of all values do not exceed.

    A value that never came counts as infinite and stays in: leaving it out would make the slow ones vanish.

    Args:
        values: Any order; infinite ones are allowed.
        percent: Over 0, up to 100.

    Returns:
        One of the values; not a number where there are none.
    """
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    """Return the median; not a number where there are no values."""
    return statistics.median(values) if values else math.nan


def ratio(value: float, base: float) -> float:
    """Return how many times the base a value is; not a number where that cannot be said."""
    return value / base if base and math.isfinite(base) and math.isfinite(value) else math.nan
