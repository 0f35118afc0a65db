"""Tamper: any byte of a token changed, and what two kinds of receiver make of it."""

from __future__ import annotations

import base64
import re
from typing import Any

import streamlit as st

from securechat.crypto.anatomy import FIELD_LABELS, FieldName, dissect
from securechat.crypto.attacks import ComparedBlock, read_without_check, with_byte
from securechat.crypto.verification import verify
from securechat.ui.attack_lab.comparison import (
    NEVER,
    draw_blocks,
    draw_comparison,
    draw_outcome,
    draw_text,
    say_what_changed,
)
from securechat.ui.attack_lab.subject import Subject
from securechat.ui.component import component
from securechat.ui.outcome import Outcome

_grid = component(
    "byte_grid",
    html='<div class="sc-bytes"></div>',
    css=("fields.css", "attack_lab/byte_grid.css"),
    js="attack_lab/byte_grid.js",
)

_typed = Outcome("tamper", icon=":material/pin:")


def draw(subject: Subject) -> None:
    """Draw the lab."""
    tampered = _tampered(subject.token)
    now = subject.receiver_clock
    original = verify(subject.token, subject.keys, now=now)
    changed = verify(tampered["token"], subject.keys, now=now)
    with st.container(key="tampered"):
        if tampered["token"] == subject.token:
            st.info(
                "**Click a byte: its last bit is flipped.** Click it again, and it is as it was.",
                icon=":material/touch_app:",
            )
        else:
            draw_outcome(changed)
    blocks = read_without_check(subject.token, tampered["token"], subject.key)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _draw_buttons(tampered)
        st.subheader("A receiver that skips the HMAC check reads", anchor=False)
        draw_text(blocks)
        _draw_grid(subject.token, tampered)
        _draw_digits(tampered)
    with right:
        draw_comparison(("original", "changed"), (original, changed), key="tamper")
        if tampered["token"] != subject.token:
            _draw_careless_receiver(blocks)


def _tampered(token: str) -> dict[str, Any]:
    """Return what has become of a token in this session: at first, the token itself."""
    kept: dict[str, Any] = st.session_state.get("tampered", {})
    if kept.get("original") != token:
        _typed.forget()
        kept = {"original": token, "token": token, "selected": None}
        st.session_state["tampered"] = kept
    return kept


def _set(index: int, value: int) -> None:
    _typed.forget()
    tampered = st.session_state["tampered"]
    tampered.update(token=with_byte(tampered["token"], index, value), selected=index)


def _flip(index: int) -> None:
    _set(index, _data(st.session_state["tampered"]["token"])[index] ^ 1)


def _data(token: str) -> bytes:
    return base64.urlsafe_b64decode(token)


def _draw_grid(original: str, tampered: dict[str, Any]) -> None:
    before, after = _data(original), _data(tampered["token"])
    _grid(
        key="bytes",
        data={
            "fields": [
                (field.name.value, FIELD_LABELS[field.name], field.offset, field.data.hex())
                for field in dissect(tampered["token"]).fields
            ],
            "changed": [i for i in range(len(before)) if before[i] != after[i]],
        },
        on_pick_change=_picked,
    )


def _picked() -> None:
    index = st.session_state.get("bytes", {}).get("pick")
    if isinstance(index, int) and 0 <= index < len(_data(st.session_state["tampered"]["token"])):
        _flip(index)


def _draw_buttons(tampered: dict[str, Any]) -> None:
    """Draw what flips a bit of each field, and the way back to the start."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown("Flip a bit:", width="content")
        for field in dissect(tampered["token"]).fields:
            label = "IV" if field.name is FieldName.IV else FIELD_LABELS[field.name]
            middle = field.offset + len(field.data) // 2
            if field.name is FieldName.CIPHERTEXT:
                middle = field.offset + 4  # in the first block, so that the next one shows it, too
            st.button(label, on_click=_flip, args=(middle,), key=f"flip_{field.name.value}")
        st.button(
            "Undo all",
            key="flip_undo",
            icon=":material/undo:",
            type="tertiary",
            on_click=lambda: st.session_state.pop("tampered", None),
            disabled=tampered["token"] == tampered["original"],
        )


def _draw_digits(tampered: dict[str, Any]) -> None:
    """Draw the byte that was changed last, to be typed."""
    selected = tampered["selected"]
    _typed.draw()
    if selected is not None:
        st.session_state["tamper_hex"] = _data(tampered["token"])[selected : selected + 1].hex()
        st.text_input(
            f"Byte {selected} as two hexadecimal digits",
            key="tamper_hex",
            autocomplete="off",
            on_change=_take_hex,
            args=(selected,),
            width=280,
        )


def _take_hex(index: int) -> None:
    text = st.session_state["tamper_hex"].strip()
    if re.fullmatch("[0-9a-fA-F]{1,2}", text):
        _set(index, int(text, 16))
    else:
        _typed.refuse("That was no byte. A byte is two digits from 0-9 and a-f, such as 7f.")


def _draw_careless_receiver(blocks: tuple[ComparedBlock, ...]) -> None:
    """Say how it came to what a receiver reads that skips the check."""
    st.error(NEVER, icon=":material/dangerous:")
    draw_blocks(blocks)
    if any(block.changed for block in blocks):
        say_what_changed(blocks)
    else:
        st.markdown(
            "The text is the same. But version, time or HMAC are not what was sent, and **this receiver "
            "would not have noticed.**"
        )
