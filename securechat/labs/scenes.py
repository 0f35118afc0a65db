"""The scenes of the key exchange: what each is called, what happens in it, and what all have shown."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_TEXT = "Meet me at the old bridge at nine."
"""The message that is sent unless another one is typed."""


@dataclass(frozen=True)
class Scene:
    """One step of the play.

    Attributes:
        title: What it is called.
        announced: What the button says that leads to it.
        told: What happened, and why Eve cannot follow.
        told_of_mallory: The same with Mallory in the middle.
        announced_of_mallory: What the button says then; as without her if empty.
    """

    title: str
    announced: str
    told: str
    told_of_mallory: str
    announced_of_mallory: str = ""


SCENES = (
    Scene(
        title="Two strangers and a line that is not private",
        announced="",
        told=(
            "A and B have never met and share no secret. Eve copies everything that they send. How can A and "
            "B get one key that Eve does not have?"
        ),
        told_of_mallory=(
            "A and B have never met and share no secret. Everything that they send goes through Mallory. She "
            "can do more than Eve: read it, stop it, and send something else instead."
        ),
    ),
    Scene(
        title="Key pairs",
        announced="Next: A and B each make a key pair",
        told=(
            "A and B each took 32 random bytes as their private key, and X25519 computed the public key "
            "from it. Nothing has been sent yet, so Eve has nothing."
        ),
        told_of_mallory=(
            "A and B each took 32 random bytes as their private key, and X25519 computed the public key "
            "from it. Mallory did the same. Nothing has been sent yet."
        ),
    ),
    Scene(
        title="Public keys",
        announced="Next: A and B send their public keys",
        told=(
            "Each sent the public key to the other, and Eve copied both. That does not help her: nobody "
            "knows a practical way to get from a public key back to the private key."
        ),
        told_of_mallory=(
            "Each sent the public key to the other. But Mallory kept both, and sent her own public key to "
            "A and to B. A public key does not say whose it is, so A and B notice nothing."
        ),
    ),
    Scene(
        title="Shared secret",
        announced="Next: A and B compute the shared secret",
        told=(
            "Each combined its own private key with the other's public key, and X25519 gave both the "
            "same 32 bytes. Eve cannot do that: she would need one of the private keys."
        ),
        told_of_mallory=(
            "Each combined its own private key with the public key that came. That was Mallory's. So A "
            "shares one secret with her, and B shares another one with her. She can compute both."
        ),
    ),
    Scene(
        title="Fernet key",
        announced="Next: HKDF turns the secret into a Fernet key",
        told=(
            "HKDF-SHA256 turned the shared secret, with both public keys, into the 32 bytes of a Fernet "
            "key. Eve knows the recipe and the public keys. But she does not have the secret, and the "
            "recipe needs it."
        ),
        told_of_mallory=(
            "HKDF-SHA256 turned each secret into the 32 bytes of a Fernet key. A and B each have a key "
            "now. But these are two different keys, and Mallory has both."
        ),
    ),
    Scene(
        title="Fingerprints",
        announced="Next: A and B compare fingerprints",
        told=(
            "A and B call each other and read their seven emoji aloud. All are equal: they have the same "
            "key. Eve may listen: nobody can get from a fingerprint back to the key."
        ),
        told_of_mallory=(
            "A and B call each other and read their seven emoji aloud. They are not equal, so A and B do not "
            "have the same key. Something is wrong: Mallory is in the middle."
        ),
    ),
    Scene(
        title="A message",
        announced="Next: A sends a message under the key",
        told=(
            "A encrypted the message with the key, and B opened it with the same key. Eve saw the token, "
            "but without the key she cannot open it."
        ),
        told_of_mallory=(
            "Suppose A and B had not compared. Mallory opened the message with A's key, read it, and "
            "encrypted it with B's key. Nobody noticed."
        ),
        announced_of_mallory="Next: what if they had not compared?",
    ),
)
"""The steps, in their order; the first one stands before anything has happened."""

LAST = len(SCENES) - 1
"""The number of the last step."""

CLOSING = (
    "two people who share no secret can agree on a key, even if somebody hears everything that they send.",
    "who is at the other end. To know that, people compare fingerprints, face to face or by a voice "
    "that they know. It has also not shown that nobody else has the key: this server computed both sides.",
)
"""What the play has shown, and what it has not."""

CLOSING_WITH_MALLORY = (
    "somebody who can change what is sent can agree on a key with each side, and then read everything. "
    "Comparing fingerprints shows it.",
    "a weakness of X25519, HKDF or Fernet: all three did what they promise. It has also not shown an attack "
    "on a real line: this server computed all sides.",
)
"""The same with Mallory in the middle."""
