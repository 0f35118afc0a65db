"""A password turned into a key by a bare hash and by scrypt, and guessed at: all of it in the browser."""

from __future__ import annotations

from securechat.ui.component import component

# Nothing comes back from this component: the password is not sent and not kept.
_component = component(
    "password",
    html="password/password.html",
    css=("password/password.css",),
    js="password/password.js",
)


def password_lab() -> None:
    """Draw the box for a password, and what becomes of it."""
    _component(key="password")
