"""Draws what two receivers make of two tokens, side by side."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from securechat.crypto.attacks import ComparedBlock
from securechat.crypto.verification import STEP_TITLES, Step, Verification
from securechat.rooms.messages import contained
from securechat.ui.opened import draw_steps
from securechat.wording import counted

NEVER = "Never do this: it decrypts what was not checked. Here you see what happens then."


def draw_outcome(verification: Verification) -> None:
    """Draw whether a token is accepted, and which step stops it if not."""
    if failed := verification.failed_step:
        st.error(
            f"Refused, by **{STEP_TITLES[failed.name]}**. {failed.finding}",
            icon=":material/shield:",
        )
    else:
        st.success("Accepted: every step passed.", icon=":material/check_circle:")


def draw_comparison(titles: tuple[str, str], pair: tuple[Verification, Verification], *, key: str) -> None:
    """Draw the steps of two verifications beside each other.

    Args:
        titles: What stands over each.
        pair: The two.
        key: Tells this comparison from others on the page.
    """
    with st.container(key=f"{key}_verdicts"):
        _draw_table(titles, pair)
    if st.toggle("Show every value", key=f"{key}_values"):
        for column, title, verification in zip(st.columns(2), titles, pair, strict=True):
            with column:
                st.markdown(f"**{title}**")
                draw_steps(verification)


def _draw_table(titles: tuple[str, str], pair: tuple[Verification, Verification]) -> None:
    one, other = pair
    st.table(
        {
            "Step": [STEP_TITLES[step.name] for step in one.steps],
            titles[0]: [_verdict(step) for step in one.steps],
            titles[1]: [_verdict(step) for step in other.steps],
        },
        border="horizontal",
        hide_index=True,
        alt=f"The steps of the verification: {titles[0]} and {titles[1]}",
    )


def _verdict(step: Step) -> str:
    if step.passed is None:
        return ":gray[:material/radio_button_unchecked:\u00a0not\u00a0done]"
    return (
        ":green[:material/check_circle:\u00a0passed]"
        if step.passed
        else ":red[:material/cancel:\u00a0**failed**]"
    )


def draw_text(blocks: Iterable[ComparedBlock]) -> None:
    """Draw what a receiver reads who checks nothing, without what he takes for padding, for the back row."""
    blocks = tuple(blocks)
    data = b"".join(block.after for block in blocks)
    text = contained(data[: -data[-1] or None].decode(errors="replace"))
    with st.container(key="read"):
        # Not `st.code`: its button to copy would stand between the bytes and what is pressed to change them.
        st.text(text if _changed(blocks) else f"Unchanged: {text}")


def draw_blocks(blocks: Iterable[ComparedBlock]) -> None:
    """Draw the blocks of text that are other ones now, each above what it was, with the places marked."""
    blocks = tuple(blocks)
    changed = _changed(blocks)
    if not changed:
        return
    lines = []
    for block in changed:
        lines += [
            f"block {block.number}",
            f"  was   {_visible(block.before)}",
            f"  reads {_visible(block.after)}",
            "        " + "".join("^" if i in block.changed else " " for i in range(len(block.before))),
        ]
    if same := len(blocks) - len(changed):
        lines.append(f"{counted(same, 'block')} unchanged")
    st.code("\n".join(line.rstrip() for line in lines), language=None, wrap_lines=True)
    st.caption("“·” stands for a byte that is no letter, digit or sign; at the end it is the padding.")


def say_what_changed(blocks: Iterable[ComparedBlock]) -> None:
    """Say for each block of text what the change did to it."""
    for block in blocks:
        if not block.changed:
            continue
        in_front = (
            "the initialization vector" if block.number == 1 else f"ciphertext block {block.number - 1}"
        )
        if block.garbled:
            st.markdown(f"- Block {block.number}: its own ciphertext was changed. **All of it is noise.**")
        elif block.obeys:
            st.markdown(
                f"- Block {block.number}: exactly the bits flipped in {in_front} are flipped in the text. "
                "**The attacker decides what it says,** without any key."
            )


def _changed(blocks: Iterable[ComparedBlock]) -> list[ComparedBlock]:
    return [block for block in blocks if block.changed]


def _visible(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in data)
