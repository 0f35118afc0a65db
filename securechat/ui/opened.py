"""What the Inspector says of one token, without a key and with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import streamlit as st

from securechat.crypto.anatomy import (
    BLOCK_SIZE,
    FIELD_LABELS,
    FIELD_PURPOSES,
    FieldBytes,
    FieldName,
    UnverifiedToken,
    as_datetime,
    plaintext_sizes,
)
from securechat.crypto.verification import STEP_TITLES, Step, Verification
from securechat.rooms.messages import contained
from securechat.ui.times import age, local, time_of_day
from securechat.wording import counted

_COLOURS = {
    FieldName.VERSION: ":gray[{}]",
    FieldName.TIME: ":green[{}]",
    FieldName.IV: ":violet[{}]",
    FieldName.CIPHERTEXT: "{}",
    FieldName.HMAC: ":red[{}]",
}
"""The colours of `fields.css`, as Markdown."""


def draw_anatomy(parts: UnverifiedToken, *, now: int) -> None:
    """Draw every field that is there: what it is for, where it stands, its bytes.

    Args:
        parts: The token taken apart.
        now: The present time, seconds since 1970.
    """
    if parts.decode_problem:
        st.warning(parts.decode_problem, icon=":material/content_cut:")
    if not parts.fields:
        st.text("Nothing in it can be read as a token.")
    for field in parts.fields:
        with st.container(border=True):
            left, right = st.columns([2, 3])
            left.markdown(f"**{_COLOURS[field.name].format(FIELD_LABELS[field.name])}**")
            left.caption(f"{_place(field)}  \n{FIELD_PURPOSES[field.name]}")
            if meaning := _meaning(field, parts, now):
                right.text("\n".join(meaning))
            right.code(field.data.hex(), language=None, wrap_lines=True)


def draw_leaks(parts: UnverifiedToken, *, sender: str | None, now: int) -> None:
    """Say what an eavesdropper learns although the text is encrypted.

    Args:
        parts: The token taken apart.
        sender: Who sent it, where that is known.
        now: The present time, seconds since 1970.
    """
    who, when, how_long = st.columns(3)
    who.metric("Who", sender or "unknown", border=True)
    made = as_datetime(parts.timestamp) if parts.timestamp is not None else None
    when.metric("When", time_of_day(made) if made else "unknown", border=True)
    size = len(parts.field(FieldName.CIPHERTEXT) or b"")
    if size and size % BLOCK_SIZE == 0 and parts.field(FieldName.HMAC):
        least, most = plaintext_sizes(size)
        how_long.metric("Length", f"{least:,} to {most:,} bytes", border=True)
    else:
        how_long.metric("Length", "unknown", border=True)
    st.caption(
        "Encryption hides what is said. It does not hide who talks, when, and how much (to 16 bytes). "
        "“Who” is not in the token: those who carry the messages know it."
    )


def draw_plaintext(verification: Verification) -> None:
    """Draw the decrypted text as it was typed, or say that there is none."""
    plaintext = verification.plaintext
    if plaintext is None:
        if failed := verification.failed_step:
            title = STEP_TITLES[failed.name]
            st.error(f"It does not open. The step that failed: **{title}**.", icon=":material/lock:")
            st.text(failed.finding)
        return
    shown = contained(plaintext)
    with st.container(key="plaintext"):
        st.code(shown, language=None, wrap_lines=True)
    size = len(plaintext.encode())
    st.markdown(
        ":green[:material/check_circle: **Every check passed.**] "
        f":gray[{counted(len(plaintext), 'character')}, {counted(size, 'byte')} as UTF-8.]"
    )
    if shown != plaintext:
        st.info(
            "It has characters in it that are invisible or turn the direction of text. They are written "
            "out here, as ⟨U+…⟩, so that they cannot deceive.",
            icon=":material/visibility:",
        )


def draw_steps(verification: Verification) -> None:
    """Draw the verification, step by step."""
    for number, step in enumerate(verification.steps, start=1):
        icon, word = _verdict(step)
        with st.expander(
            f"{number}. {STEP_TITLES[step.name]}: **{word}**",
            icon=icon,
            type="step",
            expanded=step.passed is not None,
        ):
            st.text(step.finding)
            if step.values:
                st.code("\n".join(_lines(step)), language=None, wrap_lines=True)


def _verdict(step: Step) -> tuple[str, str]:
    if step.passed is None:
        return ":material/radio_button_unchecked:", "not done"
    if step.remark:
        return ":material/info:", step.remark
    return (":material/check_circle:", "passed") if step.passed else (":material/cancel:", "failed")


def _lines(step: Step) -> Iterator[str]:
    """Put short values beside their labels, and long ones under them, so that they fit a phone."""
    width = max(len(label) for label, _ in step.values)
    for label, value in step.values:
        yield f"{label:<{width}}  {value}" if len(value) <= 24 else f"{label}\n  {value}"


def _place(field: FieldBytes) -> str:
    return f"From byte {field.offset:,}, {counted(len(field.data), 'byte')}"


def _meaning(field: FieldBytes, parts: UnverifiedToken, now: int) -> list[str]:
    """Return what the bytes of a field mean, as lines of text."""
    if field.name is FieldName.TIME and parts.timestamp is not None:
        made = as_datetime(parts.timestamp)
        if made is None:
            return [f"{parts.timestamp:,} s after 1970: beyond the year 9999"]
        here = local(made)
        return [
            f"{made:%Y-%m-%d %H:%M:%S} UTC",
            *([] if here.tzinfo is UTC else [f"{here:%Y-%m-%d %H:%M:%S} here"]),
            age(now - parts.timestamp),
        ]
    if field.name is FieldName.CIPHERTEXT:
        blocks, rest = divmod(len(field.data), BLOCK_SIZE)
        over = f" and {counted(rest, 'byte')} over" if rest else ""
        return [f"{counted(blocks, 'block')} of {BLOCK_SIZE} bytes{over}"]
    return []
