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
        "Change one bit anywhere, and the token is refused: because of its version, its time or its HMAC. "
        "A receiver who skips these checks reads a text that the attacker changed.",
        "That AES is weak. The attacker can change the text, but cannot read it.",
    ),
    Lab(
        "Forge",
        forge.draw,
        "Encryption alone does not protect a text from being changed; the HMAC does.",
        "How to make the right HMAC for the forged text. For that, one needs the signing key.",
    ),
    Lab(
        "Wrong key",
        wrong_key.draw,
        "One wrong bit of 256 is enough: the token does not open. The two halves of a key do different "
        "things: one checks, the other reads.",
        "That the right key is secret. Everyone who has a copy of it can open everything.",
    ),
    Lab(
        "Replay and age",
        replay.draw,
        "A real token stays valid when somebody else sends it again. A time to live limits for how long.",
        "That the attacker can read or change it. The attacker only sends the same token once more.",
    ),
    Lab(
        "Guess",
        guess.draw,
        "Nobody can try all keys. But people can often try all passwords. A slow hash with a salt makes "
        "each guess slow.",
        "Faster ways than guessing, such as stealing the key. Most real attacks work like that.",
    ),
    Lab(
        "Patterns",
        patterns.draw,
        "If each block is encrypted alone, patterns of the text stay visible. A random start and chaining "
        "hide them.",
        "That noise is safe. What looks random can still be changed, as in Tamper, if nobody checks it.",
    ),
)
"""All labs, in the order of a lesson."""
