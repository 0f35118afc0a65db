"""Wrong key: which step stops a token under a random key, a key with one wrong bit, and a retired key."""

from __future__ import annotations

import streamlit as st

from securechat.crypto.attacks import with_flipped_bit
from securechat.crypto.key_text import KEY_SIZE
from securechat.crypto.keyring import FernetKey
from securechat.crypto.verification import verify
from securechat.ui.attack_lab.comparison import draw_comparison, draw_outcome
from securechat.ui.attack_lab.subject import Subject

RANDOM, ONE_BIT, RETIRED = "A random key", "One bit changed", "A retired key"


def draw(subject: Subject) -> None:
    """Draw the lab."""
    now = subject.receiver_clock
    original = verify(subject.token, subject.keys, now=now)
    right = subject.key
    kind = st.segmented_control(
        "Try to open it with",
        (RANDOM, ONE_BIT, RETIRED),
        default=RANDOM,
        required=True,
        key="wrong_key",
        persist_state="session",
    )
    wrong = _wrong_key(kind, subject, right)
    if wrong is None:
        return
    with st.container(horizontal=True, key="fingerprints"):
        st.metric("Fingerprint of the right key", right.fingerprint, border=True)
        st.metric("Fingerprint of the key that is tried", wrong.fingerprint, border=True)
    outcome = verify(subject.token, [wrong], now=now)
    draw_outcome(outcome)
    draw_comparison(("right key", "this key"), (original, outcome), key="wrong_key")


def _wrong_key(kind: str, subject: Subject, right: FernetKey) -> FernetKey | None:
    if kind == RANDOM:
        st.button(
            "Another one", icon=":material/casino:", on_click=lambda: st.session_state.pop("random_key", None)
        )
        key: FernetKey = st.session_state.setdefault("random_key", FernetKey.generate())
        return key
    if kind == ONE_BIT:
        half = 8 * KEY_SIZE // 2
        bit = st.slider(
            f"Which bit (0-{half - 1}: signing half, {half}-{2 * half - 1}: encryption half)",
            0,
            2 * half - 1,
            half,
            key="wrong_bit",
            persist_state="session",
        )
        st.markdown(
            "This bit is in the **signing half**: the HMAC is a different one."
            if bit < half
            else "This bit is in the **encryption half**: the HMAC fits, because it needs only the "
            "signing half. But the text is noise, so the padding or the letters give it away."
        )
        return with_flipped_bit(right, bit)
    retired = [key for key in subject.keys[1:] if key != right]
    if not retired:
        st.info(
            "This room has no retired key yet. Make a new primary key in Key life, or try a text typed here: "
            "its ring has one.",
            icon=":material/key_off:",
        )
        st.page_link("pages/key_life.py", label="Key life", icon=":material/autorenew:")
        return None
    st.markdown("It opens what was written while it was primary. **This was not.**")
    return retired[0]
