"""Messages that can be told apart once they are decrypted: each bears its number."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken


def numbered(number: int) -> str:
    """Return the text of a message."""
    return f"message {number:02d} of a conversation, with some words more in it"


def by_number(fernet: Fernet, shown: Mapping[str, float]) -> dict[int, float]:
    """Return when each message was shown, by its number.

    Args:
        fernet: Opens the tokens.
        shown: When each token was shown, or each text, where a page draws that first. Other tokens may be
            among them: such that were there before and are drawn anew, and empty ones, where a page empties
            its field late, after the next text is in it.
    """
    numbers = {}
    for token, at in shown.items():
        try:
            text = token if token.startswith("message ") else fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            continue  # not the whole token: the page shows it in another way for a moment
        words = text.split()
        if words[:1] == ["message"]:
            numbers[int(words[1])] = at
    return numbers
