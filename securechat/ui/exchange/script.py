"""The words of the play: what each step is called, what happens in it, and what it has shown in the end."""

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
            "A and B have never met and share no secret. Whatever they send passes Eve, who copies all of "
            "it. How can they get one key that she does not have?"
        ),
        told_of_mallory=(
            "A and B have never met and share no secret. Whatever they send passes Mallory, who can do "
            "more than Eve: read it, hold it back, and send something else in its place."
        ),
    ),
    Scene(
        title="Key pairs",
        announced="Next: A and B each make a key pair",
        told=(
            "A and B each took 32 random bytes as their private half, and X25519 computed the public half "
            "from it. Nothing has been sent yet, so Eve has nothing."
        ),
        told_of_mallory=(
            "A and B each took 32 random bytes as their private half, and X25519 computed the public half "
            "from it. Mallory did the same. Nothing has been sent yet."
        ),
    ),
    Scene(
        title="Public halves",
        announced="Next: A and B send their public halves",
        told=(
            "Each sent the public half to the other, and Eve copied both. It does not help her: nobody "
            "knows a practical way back from a public half to the private one."
        ),
        told_of_mallory=(
            "Each sent the public half to the other, but Mallory kept both and sent her own to either "
            "side. Nothing in a public half says whose it is, so neither notices."
        ),
    ),
    Scene(
        title="Shared secret",
        announced="Next: A and B compute the shared secret",
        told=(
            "Each combined its own private half with the other's public half, and X25519 gave both the "
            "same 32 bytes. Eve cannot follow: for that she would need one of the private halves."
        ),
        told_of_mallory=(
            "Each combined its own private half with the public half it received. That was Mallory's, so A "
            "shares one secret with her and B another, and she can compute both."
        ),
    ),
    Scene(
        title="Fernet key",
        announced="Next: HKDF turns the secret into a Fernet key",
        told=(
            "HKDF-SHA256 turned the shared secret, with both public halves, into the 32 bytes of a Fernet "
            "key. Eve knows the recipe and the public halves. What goes in first, the secret, she does not "
            "have."
        ),
        told_of_mallory=(
            "HKDF-SHA256 turned each secret into the 32 bytes of a Fernet key. A and B each have a key "
            "now, as they should. But they are two different keys, and Mallory has both."
        ),
    ),
    Scene(
        title="Fingerprints",
        announced="Next: A and B compare fingerprints",
        told=(
            "A and B call each other and read their seven emoji aloud. All are equal: they have the same "
            "key. Eve may listen, for a fingerprint does not lead back to the key."
        ),
        told_of_mallory=(
            "A and B call each other and read their seven emoji aloud. They are not equal: A and B do not "
            "have the same key, so something is wrong: here, Mallory."
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
            "Suppose that they did not compare. Mallory opened the message with A's key, read it and "
            "encrypted it with B's. Nobody noticed."
        ),
        announced_of_mallory="Next: what if they do not compare?",
    ),
)
"""The steps, in their order; the first one stands before anything has happened."""

LAST = len(SCENES) - 1
"""The number of the last step."""

CLOSING = (
    "two who share no secret can agree on a key although everything they sent was overheard.",
    "who is at the other end, for that takes comparing fingerprints, face to face or where one knows the "
    "voice; nor that nobody else has the key, for this server computed both sides.",
)
"""What the play has shown, and what it has not."""

CLOSING_WITH_MALLORY = (
    "whoever can change what is sent can agree on a key with each side and read everything; comparing "
    "fingerprints is what gives it away.",
    "a weakness of X25519, HKDF or Fernet, for all three did what they promise; nor an attack on a real "
    "line, for this server computed all sides.",
)
"""The same with Mallory in the middle."""
