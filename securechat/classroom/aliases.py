"""Names for people who should not use their own: an adjective and an animal."""

from __future__ import annotations

import random
import secrets
import unicodedata
from collections.abc import Collection

from securechat.errors import InvalidAlias
from securechat.messages import contained

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
        InvalidAlias: It is empty or too long, has characters that act on the text around them or hide in
            it, or is the teacher's.
    """
    alias = " ".join(unicodedata.normalize("NFC", typed).split())
    if not alias:
        raise InvalidAlias("A name needs at least one character.")
    if len(alias) > MAX_ALIAS_CHARS:
        raise InvalidAlias(f"A name has at most {MAX_ALIAS_CHARS} characters; this has {len(alias)}.")
    if contained(alias) != alias or not any(char.isalnum() for char in alias):
        raise InvalidAlias("A name has letters or digits in it, and no invisible characters.")
    return alias


def folded(alias: str) -> str:
    """Return a name without what does not tell names apart: case, and compatible forms (NFKC)."""
    return unicodedata.normalize("NFKC", alias).casefold()
