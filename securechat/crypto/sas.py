"""The short authentication string (SAS) of a key: seven emoji that two people read to each other."""

from __future__ import annotations

import hashlib

from securechat.crypto.keyring import FernetKey

SAS_SIZE = 7
"""Emoji in a short authentication string: 6 bits each, 42 bits together."""

_SAS_CONTEXT = b"SecureChat short authentication string\n"

_WORDS = tuple(
    """⚓ Anchor 🍎 Apple 🎈 Balloon 🍌 Banana 🔔 Bell 🚲 Bicycle ⛵ Boat 📚 Books 🍞 Bread 🦋 Butterfly
    🌵 Cactus 🎂 Cake 🐪 Camel 🥕 Carrot 🏰 Castle 🐱 Cat 🧀 Cheese ⏰ Clock 🍀 Clover 🌽 Corn 🦀 Crab
    👑 Crown 💎 Diamond 🐶 Dog 🥁 Drum 🌍 Earth 🥚 Egg 🐘 Elephant 🔥 Fire 🐟 Fish 🐸 Frog 👻 Ghost
    👓 Glasses 🍇 Grapes 🎸 Guitar 🔨 Hammer 🐴 Horse 💡 Lamp 🍋 Lemon ⚡ Lightning 🦁 Lion 🐵 Monkey
    🌙 Moon 🍄 Mushroom 🐙 Octopus 🦉 Owl 🐼 Panda 🐧 Penguin 🐷 Pig 🍕 Pizza 🎁 Present 🐰 Rabbit
    🌈 Rainbow 🤖 Robot 🚀 Rocket 🐍 Snake ⛄ Snowman ⭐ Star 🌻 Sunflower 🚂 Train 🌳 Tree 🏆 Trophy
    🎺 Trumpet 🐢 Turtle""".split()
)

EMOJI = tuple(zip(_WORDS[::2], _WORDS[1::2], strict=True))
"""64 emoji of Unicode 9 or older, one code point each, with a word to read aloud. Their order, that of the
words, is for good."""


def short_authentication_string(key: FernetKey) -> tuple[tuple[str, str], ...]:
    """Return a fingerprint of a key that people can read to each other; safe to show.

    Its 42 bits are few. Somebody in the middle who has a key pair of her own for each side can try
    millions of pairs until both sides see the same emoji: two lists of 2^21 will do. ZRTP (RFC 6189) and
    Matrix prevent that by having a side commit to its public key before it sees the other one.

    Returns:
        7 pairs of an emoji and its word: the first 42 bits of a SHA-256 over the key, 6 for each.
    """
    digest = hashlib.sha256(_SAS_CONTEXT + key.signing_key + key.encryption_key).digest()
    bits = int.from_bytes(digest, "big") >> (8 * len(digest) - 6 * SAS_SIZE)
    return tuple(EMOJI[bits >> 6 * place & 63] for place in reversed(range(SAS_SIZE)))
