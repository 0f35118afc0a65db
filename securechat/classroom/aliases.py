"""Names for people who should not use their own: an adjective and an animal."""

from __future__ import annotations

import random
import secrets
import unicodedata
from collections import Counter
from collections.abc import Collection

from securechat.classroom.look_alikes import plain, skeleton
from securechat.errors import InvalidAlias
from securechat.rooms.messages import is_invisible

MAX_ALIAS_CHARS = 24
"""Characters in a name that people choose themselves."""

MAX_MARKS_PER_LETTER = 3
"""Signs over and under one letter, beside those that make one character with it: Hebrew and Tibetan need
three. More would grow over what stands beside a name."""

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

RESERVED = {
    "teacher": "the teacher",
    "everyone": "the whole class",
    "somebodyremoved": "somebody who was removed",
}
"""What the pages call others, as `skeleton` has it, and whom they mean by it: in no name of a participant."""

_SIGNS = " -'’‘׳״־‐‑·・"
"""Spaces, hyphens, apostrophes and middle dots, as keyboards in several languages write them."""

_L_AND_O = str.maketrans("i10", "llo")
"""In most fonts `CIever 0tter` is `Clever Otter`: a capital I or a 1 is an l there, and a zero an O."""

_VIRAMA = 9
"""The combining class of signs that join the consonants of Indic scripts."""


def suggest(
    taken: Collection[str],
    count: int,
    *,
    offered: Counter[str] | None = None,
    rng: random.Random | None = None,
) -> tuple[str, ...]:
    """Propose names that nobody has: no adjective and no animal twice while there are others.

    Args:
        taken: Names that somebody has.
        count: How many to propose.
        offered: How often each word was proposed before. What was not comes first, so that people who choose
            at the same time choose among different names. It is brought up to date.
        rng: Where chance comes from; the operating system unless told.

    Returns:
        `count` different names; fewer only where nearly all 1,600 are taken.
    """
    rng = rng or secrets.SystemRandom()
    offered = Counter() if offered is None else offered
    there = {folded(name) for name in taken}
    used = Counter(word for name in taken for word in name.title().split())
    free = {
        adjective: [animal for animal in ANIMALS if _NAMES[adjective, animal] not in there]
        for adjective in ADJECTIVES
    }
    chance = {word: rng.random() for word in (*ADJECTIVES, *ANIMALS)}
    names: list[str] = []

    def rank(word: str) -> tuple[int, int, float]:
        return used[word], offered[word], chance[word]

    while len(names) < count and (left := [adjective for adjective in ADJECTIVES if free[adjective]]):
        adjective = min(left, key=rank)
        animal = min(free[adjective], key=rank)
        free[adjective].remove(animal)
        for word in (adjective, animal):
            offered[word] += 1 if names else 2  # most people take the first one
            used[word] += 1
        names.append(f"{adjective} {animal}")
    return tuple(names)


def is_suggested(alias: str) -> bool:
    """Say whether a name is one of those that are proposed."""
    adjective, _, animal = alias.partition(" ")
    return adjective in ADJECTIVES and animal in ANIMALS


def read_alias(typed: str) -> str:
    """Return a name that somebody typed as it is shown: composed (NFC), with single spaces.

    Raises:
        InvalidAlias: It is empty or too long, or has anything in it but letters, digits, spaces, hyphens and
            apostrophes. So no page can take it for markup, a link or a formula. Or a letter has more than
            `MAX_MARKS_PER_LETTER` marks.
    """
    alias = " ".join(unicodedata.normalize("NFC", typed).split())
    if not alias:
        raise InvalidAlias("A name needs at least one character.")
    if len(alias) > MAX_ALIAS_CHARS:
        raise InvalidAlias(f"A name has at most {MAX_ALIAS_CHARS} characters; this has {len(alias)}.")
    for index, char in enumerate(alias):
        if not _is_allowed(char) and not _joins(alias, index):
            raise InvalidAlias(
                f"A name cannot have {_named(char)} in it. It has letters, digits, spaces, hyphens and "
                "apostrophes."
            )
    if (letter := _overloaded(alias)) is not None:
        raise InvalidAlias(
            f"The letter “{letter}” has too many signs over or under it. A letter has at most "
            f"{MAX_MARKS_PER_LETTER}."
        )
    if not alias[0].isalnum():
        raise InvalidAlias(
            f"A name cannot begin with {_named(alias[0])}. It begins with a letter or a digit."
        )
    return alias


def _is_allowed(char: str) -> bool:
    return char in _SIGNS or (unicodedata.category(char)[0] in "LMN" and not is_invisible(char))


def _joins(alias: str, index: int) -> bool:
    """Say whether a character is a joiner where a script writes with it: in Arabic, or after a virama."""
    before = alias[:index].rstrip("".join(char for char in alias if unicodedata.category(char) == "Mn"))
    if alias[index] not in "\u200c\u200d" or not before or index + 1 == len(alias):
        return False
    neighbours = unicodedata.bidirectional(before[-1]), unicodedata.bidirectional(alias[index + 1])
    return unicodedata.combining(alias[index - 1]) == _VIRAMA or neighbours == ("AL", "AL")


def _overloaded(alias: str) -> str | None:
    """Return the first letter with too many marks, without them; None if there is none."""
    letter, marks = "", 0
    for char in alias:
        category = unicodedata.category(char)
        if category[0] == "L":
            letter, marks = char, 0
        marks += category in ("Mn", "Me")  # others, such as vowels of Burmese, have a place of their own
        if letter and marks > MAX_MARKS_PER_LETTER:
            return letter
    return None


def _named(char: str) -> str:
    """Return a character as a sentence can name it: by its number where it would not be seen alone."""
    is_seen = char.isprintable() and unicodedata.category(char)[0] != "M" and not is_invisible(char)
    return f"“{char}”" if is_seen else f"⟨U+{ord(char):04X}⟩, which cannot be seen,"


def folded(alias: str) -> str:
    """Return a name without what does not tell names apart.

    That is case, compatible forms (NFKC), letters of other alphabets that look the same, what looks like l or
    o, and everything that is neither letter nor digit nor mark: spaces, hyphens, apostrophes and joiners.
    """
    return "".join(
        char for char in plain(alias).translate(_L_AND_O) if unicodedata.category(char)[0] in "LMN"
    )


def reserved(alias: str) -> str | None:
    """Return for whom else than a participant a name could be taken, such as the teacher; None if nobody."""
    seen = skeleton(alias)
    return next((whom for word, whom in RESERVED.items() if word in seen), None)


_NAMES = {(adjective, animal): folded(adjective + animal) for adjective in ADJECTIVES for animal in ANIMALS}
"""All names that are proposed, as they are compared."""
