"""What tests of sealed rooms share: names of rooms, and of those who write there."""

from __future__ import annotations


def name_of(number: int) -> str:
    """Return the name of the how many-th sealed room."""
    return f"sealed-{number:032x}"


def by(number: int) -> str:
    """Return the sender that the how many-th visitor makes up."""
    return f"{number:016x}"
