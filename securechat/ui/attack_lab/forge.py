"""Forge: a known text turned into another one by flipping bits, without any key."""

from __future__ import annotations

import base64

import streamlit as st

from securechat.crypto.anatomy import BLOCK_SIZE, IV_OFFSET
from securechat.crypto.attacks import forge, read_without_check
from securechat.crypto.verification import verify
from securechat.errors import ImpossibleAttack
from securechat.ui.attack_lab.comparison import (
    NEVER,
    draw_blocks,
    draw_comparison,
    draw_outcome,
    draw_text,
    say_what_changed,
)
from securechat.ui.attack_lab.subject import Subject


def draw(subject: Subject) -> None:
    """Draw the lab."""
    now = subject.receiver_clock
    original = verify(subject.token, subject.keys, now=now)
    st.markdown(
        "The attacker has no key, but guesses what the message says, and where. In CBC, each block of text "
        "is combined (XOR) with the bytes in front of it. Everybody can see and change those bytes."
    )
    left, right = st.columns(2)
    known = left.text_input(
        "What the attacker guesses: the old text",
        "pay 10",
        key="known",
        autocomplete="off",
        persist_state="session",
    )
    wanted = right.text_input(
        "The new text", "pay 90", key="wanted", autocomplete="off", persist_state="session"
    )
    known_bytes, wanted_bytes = (known or "").encode(), (wanted or "").encode()
    plaintext = (original.plaintext or "").encode()
    offset = plaintext.find(known_bytes)
    if not known_bytes or offset < 0:
        st.warning(
            "The message does not say that, so the new text would be noise. Guess a part of the message, or "
            "choose **A text typed here**.",
            icon=":material/search_off:",
        )
        return
    try:
        forged = forge(subject.token, offset, known_bytes, wanted_bytes)
    except ImpossibleAttack as error:
        st.warning(str(error), icon=":material/block:")
        return
    blocks = read_without_check(subject.token, forged, subject.key)
    careless, careful = st.columns(2, gap="medium")
    with careless:
        st.subheader("CBC without an HMAC: the receiver reads", anchor=False)
        draw_text(blocks)
        st.error(NEVER, icon=":material/dangerous:")
        draw_blocks(blocks)
        say_what_changed(blocks)
    with careful:
        st.subheader("Fernet checks first", anchor=False)
        outcome = verify(forged, subject.keys, now=now)
        draw_outcome(outcome)
        draw_comparison(("original", "forged"), (original, outcome), key="forge")
    st.subheader("What had to change", anchor=False)
    _draw_arithmetic(subject.token, forged, offset, known_bytes, wanted_bytes)


def _draw_arithmetic(token: str, forged: str, offset: int, known: bytes, wanted: bytes) -> None:
    """Draw the XOR of every byte that had to change."""
    before, after = base64.urlsafe_b64decode(token), base64.urlsafe_b64decode(forged)
    lines = ["guess  wish  XOR  byte  was  now"]
    for i, (one, other) in enumerate(zip(known, wanted, strict=True)):
        if one != other:
            place = IV_OFFSET + offset + i
            lines.append(
                f"{_sign(one)} {one:02x}   {_sign(other)} {other:02x}  {one ^ other:02x}   {place:<4}  "
                f"{before[place]:02x}   {after[place]:02x}"
            )
    st.code("\n".join(lines), language=None, wrap_lines=True)
    if offset >= BLOCK_SIZE or offset + len(known) > BLOCK_SIZE:
        st.caption(
            "The change goes beyond the first block, so a block of ciphertext is changed, too. Its text "
            "becomes noise."
        )


def _sign(byte: int) -> str:
    return chr(byte) if 32 < byte < 127 else "·"
