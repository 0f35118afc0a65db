"""The labs in which the pupil plays the attacker, who sees the tokens and has no key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from securechat.ui.attack_lab import forge, guess, patterns, replay, tamper, wrong_key
from securechat.ui.attack_lab.subject import Subject


@dataclass(frozen=True)
class Lab:
    """One lab.

    Attributes:
        name: Its name.
        draw: Draws it.
        shown: What it has shown, in a sentence.
        not_shown: What it has not shown, in a sentence.
    """

    name: str
    draw: Callable[[Subject], None]
    shown: str
    not_shown: str


LABS = (
    Lab(
        "Tamper",
        tamper.draw,
        "One bit changed anywhere, and the token is refused: by its version, its time, or at the latest "
        "by the HMAC. Who skips these checks reads what an attacker made.",
        "That AES is weak: the attacker changes the text without being able to read it.",
    ),
    Lab(
        "Forge",
        forge.draw,
        "Encryption alone does not protect a text from being changed; the HMAC does.",
        "How to make a right HMAC for the forged text: that takes the signing key.",
    ),
    Lab(
        "Wrong key",
        wrong_key.draw,
        "One wrong bit of 256 is enough to be refused. The two halves do different things: one checks, "
        "the other reads.",
        "That the right key was kept secret: whoever copied it opens everything.",
    ),
    Lab(
        "Replay and age",
        replay.draw,
        "A genuine token stays genuine when somebody else sends it again; a time to live limits for how "
        "long.",
        "That the attacker could change or read it: only what was recorded is sent again.",
    ),
    Lab(
        "Guess",
        guess.draw,
        "Trying all keys is hopeless; trying all passwords often is not. A slow hash with a salt makes "
        "each guess slow.",
        "Faster ways than guessing, such as stealing the key: those are how ciphers are beaten in practice.",
    ),
    Lab(
        "Patterns",
        patterns.draw,
        "Encrypting each block alone keeps the pattern of the text; a random start and chaining hide it.",
        "That noise is safe: what looks random may still be changed, as in Tamper, if nothing checks it.",
    ),
)
"""All labs, in the order of a lesson."""
