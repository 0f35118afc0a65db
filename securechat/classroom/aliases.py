"""Names for people who should not use their own: an adjective and an animal."""

from __future__ import annotations

import random
import secrets
import unicodedata
from collections.abc import Collection

from securechat.errors import InvalidAlias

MAX_ALIAS_CHARS = 24
"""Characters in a name that people choose themselves."""

ADJECTIVES = tuple(
    """Brave Bright Busy Calm Cheerful Clever Curious Daring Eager Early Fair Fast Friendly Funny Gentle
    Golden Happy Honest Jolly Keen Kind Lively Lucky Mellow Merry Mighty Nimble Noble Patient Playful Polite
    Proud Quick Quiet Sharp Shiny Silver Smart Steady Sunny""".split()
)
"""40 adjectives that nobody minds."""

ANIMALS = tuple(
    """Badger Bear Beaver Bison Crane Dolphin Eagle Falcon Ferret Finch Fox Gecko Giraffe Hedgehog Heron Ibis
    Jaguar Kiwi Koala Lemur Leopard Llama Lynx Marten Moose Newt Otter Owl Panda Panther Penguin Puffin Raven
    Robin Seal Squirrel Swan Tiger Turtle Wolf""".split()
)
"""40 animals that nobody minds to be."""


_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
"""Letters and marks that are not shown: Default_Ignorable_Code_Point of Unicode, with the selectors below."""


def suggest(taken: Collection[str], count: int, *, rng: random.Random | None = None) -> tuple[str, ...]:
    """Propose names that nobody has.

    Args:
        taken: Names that somebody has.
        count: How many to propose.
        rng: Where chance comes from; the operating system unless told.

    Returns:
        `count` different names; fewer only where nearly all 1,600 are taken.
    """
    rng = rng or secrets.SystemRandom()
    there = {folded(name) for name in taken}
    free = [
        name
        for adjective in ADJECTIVES
        for animal in ANIMALS
        if folded(name := f"{adjective} {animal}") not in there
    ]
    return tuple(rng.sample(free, min(count, len(free))))


def is_suggested(alias: str) -> bool:
    """Say whether a name is one of those that are proposed."""
    adjective, _, animal = alias.partition(" ")
    return adjective in ADJECTIVES and animal in ANIMALS


def read_alias(typed: str) -> str:
    """Return a name that somebody typed as it is shown: composed (NFC), with single spaces.

    Raises:
        InvalidAlias: It is empty or too long, or has anything in it but letters, digits, spaces, hyphens and
            apostrophes. So no page can take it for markup, a link or a formula.
    """
    alias = " ".join(unicodedata.normalize("NFC", typed).split())
    if not alias:
        raise InvalidAlias("A name needs at least one character.")
    if len(alias) > MAX_ALIAS_CHARS:
        raise InvalidAlias(f"A name has at most {MAX_ALIAS_CHARS} characters; this has {len(alias)}.")
    if not alias[0].isalnum() or not all(map(_is_allowed, alias)):
        raise InvalidAlias(
            "A name begins with a letter or a digit; spaces, hyphens and apostrophes may follow."
        )
    return alias


def _is_allowed(char: str) -> bool:
    return char in " -'’" or (unicodedata.category(char)[0] in "LMN" and not _is_invisible(char))


def _is_invisible(char: str) -> bool:
    return char in _INVISIBLE or 0xFE00 <= ord(char) <= 0xFE0F or 0xE0000 <= ord(char) <= 0xE0FFF


def folded(alias: str) -> str:
    """Return a name without what does not tell names apart: case, and compatible forms (NFKC)."""
    return unicodedata.normalize("NFKC", alias).casefold()
