"""Patterns: what equal blocks give away where each is encrypted alone, and that Fernet has none."""

from __future__ import annotations

import secrets

import streamlit as st
from cryptography.hazmat.primitives.padding import PKCS7

from securechat.crypto.anatomy import BLOCK_SIZE, parse_token
from securechat.crypto.attacks import byte_counts, distinct_blocks, entropy
from securechat.crypto.insecure import encrypt_cbc_without_hmac, encrypt_ecb
from securechat.crypto.keyring import FernetKey, KeyRing
from securechat.labs.picture import SIZE, draw_picture, from_bytes
from securechat.ui.attack_lab.charts import BIG_LETTERS
from securechat.ui.attack_lab.subject import Subject

TIMES = 6
"""How often the same text is encrypted."""


def draw(subject: Subject) -> None:
    """Draw the lab."""
    st.subheader(f"The same text, {TIMES} times", anchor=False)
    with st.container(key="repetition"):
        _draw_repetition(subject)
    st.subheader("A picture, block by block", anchor=False)
    key, iv = st.session_state.setdefault(
        "picture_key", (FernetKey.generate(), secrets.token_bytes(BLOCK_SIZE))
    )
    pixels = draw_picture()
    ecb, cbc = encrypt_ecb(pixels, key), encrypt_cbc_without_hmac(pixels, key, iv)
    kinds = {
        "Before": pixels,
        "AES in ECB: each block alone": ecb,
        "AES in CBC: each block with the one before": cbc,
    }
    with st.container(key="pictures"):
        _draw_pictures(kinds)
    st.subheader("How often each byte appears", anchor=False)
    _draw_statistics(kinds)


def _draw_repetition(subject: Subject) -> None:
    ring = KeyRing(subject.keys)
    data = ring.decrypt(subject.token).encode()
    padder = PKCS7(8 * BLOCK_SIZE).padder()
    padded = padder.update(data) + padder.finalize()
    ecb = [encrypt_ecb(padded, ring.primary).hex()[:32] for _ in range(TIMES)]
    fernet = [parse_token(ring.encrypt(data.decode())).ciphertext.hex()[:32] for _ in range(TIMES)]
    for column, title, blocks in zip(
        st.columns(2, gap="medium"),
        ("ECB: each block alone", "Fernet: CBC, from a new random start each time"),
        (ecb, fernet),
        strict=True,
    ):
        with column:
            st.markdown(f"**{title}.** The first block of ciphertext:")
            st.code("\n".join(blocks), language=None, wrap_lines=True)
            count = len(set(blocks))
            st.markdown(
                "All are equal: **Eve sees that you say the same thing again.**"
                if count == 1
                else f"{count} of {TIMES} are different. **Eve cannot see that the texts are equal.**"
            )


def _draw_pictures(kinds: dict[str, bytes]) -> None:
    total = len(kinds["Before"]) // BLOCK_SIZE
    for column, (title, data) in zip(st.columns(3), kinds.items(), strict=True):
        with column:
            st.image(
                from_bytes(data), width="stretch", alt=f"{title}: {distinct_blocks(data)} different blocks"
            )
            st.markdown(f"**{title}**  \n{distinct_blocks(data):,} different blocks of {total:,}")
    st.caption(
        f"{SIZE[0]} × {SIZE[1]} pixels, a byte each, encrypted with a key made for you alone. Equal blocks "
        "stay equal in ECB: nobody has the key, but everybody sees the picture."
    )


def _draw_statistics(kinds: dict[str, bytes]) -> None:
    for column, (title, data) in zip(st.columns(3), kinds.items(), strict=True):
        counts = byte_counts(data)
        facts = f"{sum(map(bool, counts))} of 256 possible bytes appear; {entropy(data):.2f} bits per byte"
        with column:
            st.markdown(f"**{title}**")
            st.vega_lite_chart(
                {
                    "data": {
                        "values": [{"byte": i, "share": n / len(data)} for i, n in enumerate(counts) if n]
                    },
                    "mark": {"type": "bar", "width": 2},
                    "encoding": {
                        "x": {
                            "field": "byte",
                            "type": "quantitative",
                            "scale": {"domain": [0, 255]},
                            "axis": {"values": [0, 64, 128, 192, 255]},
                        },
                        "y": {
                            "field": "share",
                            "type": "quantitative",
                            "title": None,
                            "stack": None,
                            "scale": {"domain": [0, max(counts) / len(data)]},
                            "axis": {"format": ".1%", "tickCount": 4},
                        },
                    },
                    "config": BIG_LETTERS,
                },
                height=240,
                alt=f"{title}: {facts}",
            )
            st.markdown(facts)
    st.caption(
        "“Bits per byte” is Shannon's entropy. The most is 8: then every byte appears equally often, as in "
        "noise."
    )
