"""Numbers in sentences: counted things, and ranges of messages."""

from __future__ import annotations

from collections.abc import Sequence

MOST_RANGES = 6
"""Ranges of messages that are named in a sentence; the others are counted."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun: `1 message`, `3 messages`; give a plural that needs more than an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def named(ids: Sequence[int]) -> str:
    """Write the numbers of messages in few words: `3 messages (1-2, 5)`, with a dash as in print.

    Args:
        ids: The numbers, in rising order.
    """
    ranges: list[tuple[int, int]] = []
    for number in ids:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    if not ranges:
        return "no message"
    words = [f"{first}" if first == last else f"{first}–{last}" for first, last in ranges[:MOST_RANGES]]
    more = ", …" if len(ranges) > MOST_RANGES else ""
    return f"{counted(len(ids), 'message')} ({', '.join(words)}{more})"
