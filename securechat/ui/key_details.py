"""Key details: where the key came from, what it is made of, and, on request, the key itself."""

from __future__ import annotations

import streamlit as st

from securechat.crypto.keyfile import key_file_facts
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.ui.times import local

MASK = "•" * 16


def draw_key_details(keyring: KeyRing, opened_by: FernetKey | None) -> None:
    """Draw the details of a key ring.

    Args:
        keyring: The keys.
        opened_by: The key that opened the message; None where none did.
    """
    st.text("\n".join(f"{label}: {value}" for label, value in _origin(keyring)))
    with st.container(horizontal=True):
        st.metric("Fingerprint of the primary key", keyring.fingerprint, border=True)
        st.metric("Keys on the ring", len(keyring.keys), border=True)
        st.metric("Opened this message", _which(keyring, opened_by), border=True)
    st.markdown(
        "A new message is encrypted with the primary key. Retired keys only open what was "
        "encrypted while they were primary."
        if len(keyring.keys) > 1
        else "There is one key; it encrypts and opens everything."
    )
    st.markdown(
        "**Algorithms:** AES-128-CBC encrypts, PKCS#7 pads to whole blocks, HMAC-SHA256 signs. The 32 "
        "bytes of a Fernet key are two keys of 16 bytes each:"
    )
    revealed = st.session_state.get("key_revealed", False)
    key = opened_by or keyring.primary
    st.code(
        f"signing key     bytes 0-15   {key.signing_key.hex() if revealed else MASK}\n"
        f"encryption key  bytes 16-31  {key.encryption_key.hex() if revealed else MASK}\n"
        f"together, as Base64          {key.reveal() if revealed else MASK}",
        language=None,
        wrap_lines=True,
    )
    if revealed:
        st.warning(
            "Everyone who has this key can read everything, and can write in anybody's name.",
            icon=":material/warning:",
        )
    st.button(
        "Hide key" if revealed else "Reveal key",
        icon=":material/visibility_off:" if revealed else ":material/visibility:",
        on_click=lambda: st.session_state.update(key_revealed=not revealed),
        key="reveal_key",
    )


def _which(keyring: KeyRing, key: FernetKey | None) -> str:
    if key is None:
        return "none of them" if len(keyring.keys) > 1 else "not this key"
    number = keyring.keys.index(key)
    return "the primary key" if number == 0 else f"retired key {number}"


def _origin(keyring: KeyRing) -> list[tuple[str, str]]:
    origin = keyring.origin
    facts = key_file_facts(origin.path) if origin.path else None
    lines = [("Source", origin.source.value)]
    if origin.path:
        lines.append(("File", origin.path.name))
    if facts:
        private = "only its owner can read it" if facts.private else "others on this machine can read it, too"
        lines.append(("Permissions", f"{facts.permissions}, {private}"))
        if facts.changed_at:
            lines.append(("Made", f"{local(facts.changed_at):%Y-%m-%d %H:%M:%S} (the file's last change)"))
    elif origin.problem:
        lines.append(("File", origin.problem))
    return lines
