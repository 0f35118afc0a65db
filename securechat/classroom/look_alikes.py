"""Letters that look like others: what people take a text for, not what it is made of.

Unicode lists thousands of such pairs (UTS 39). Here are those with Latin letters that the keyboards and fonts
of a classroom have.
"""

from __future__ import annotations

import re
import unicodedata

_ALPHABETS = {
    # Each as its capitals or its small letters look, whichever is nearer.
    "авекмнорстухіјѕһԁԛԝѵү": "abekmhopctyxijshdqwvy",  # Cyrillic
    "αβεηικμνορτυχζϲϹ": "abehikmvoptyxzcc",  # Greek
    "օհոսքց": "ohnupg",  # Armenian
    "ᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᏢᎡᏚᎢᎥᏙᎳᏃ": "abcdehjklmprstivwz",  # Cherokee
    "ꓮꓐꓚꓓꓰꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ": "abcdeghijklmnoprstuvwxyz",  # Lisu
    "ıɑɛ": "iae",  # Latin, beside what `_LATIN` finds
}
_LETTERS = {
    ord(one): other for alike, latin in _ALPHABETS.items() for one, other in zip(alike, latin, strict=True)
}
_DIGITS = str.maketrans("013457", "oleast")
"""The digits that stand for letters where somebody plays with them."""

_LATIN = re.compile(r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL )?([A-Z])(?: WITH .*)?")


def plain(text: str) -> str:
    """Return a text in lower case and compatible forms (NFKC), with look-alikes as the Latin letters."""
    # Before NFKC, too: for it the lunate sigma, which looks like c, is any other sigma.
    compatible = unicodedata.normalize("NFKC", text.translate(_LETTERS))
    return unicodedata.normalize("NFKC", compatible.casefold()).translate(_LETTERS)


def skeleton(text: str) -> str:
    """Return the bare letters `a` to `z` that a text looks like at a glance: no marks, no signs."""
    bare = "".join(map(_base, unicodedata.normalize("NFD", plain(text)))).translate(_DIGITS)
    return "".join(char for char in bare if "a" <= char <= "z")


def _base(char: str) -> str:
    """Return the letter of which a Latin one is a variant, such as one with a stroke or a small capital."""
    found = None if char.isascii() else _LATIN.fullmatch(unicodedata.name(char, ""))
    return found[1].lower() if found else char
