"""Replay and age: a token sent a second time, and a receiver's clock set to any hour."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from securechat.crypto.anatomy import parse_token
from securechat.crypto.keyring import MAX_CLOCK_SKEW
from securechat.crypto.verification import verify
from securechat.errors import RoomSealed, SecureChatError, WritingClosed
from securechat.rooms.policy import Action, Actor
from securechat.ui.attack_lab.subject import TYPED, Subject
from securechat.ui.opened import draw_steps
from securechat.ui.outcome import Outcome
from securechat.ui.times import local

HOUR = 3_600

_outcome = Outcome("replay")


def draw(subject: Subject) -> None:
    """Draw the lab."""
    st.subheader("Send it again", anchor=False)
    st.markdown(
        "The attacker recorded this token and cannot read it. But it can be sent once more, as it is."
    )
    refusal = subject.visit.refusal(Action.REPLAY)
    match refusal:
        case RoomSealed():
            st.text(f"{refusal} Or choose “{TYPED}”.")
        case WritingClosed():
            st.text(f"{refusal.reason} Choose a text typed here.")
        case SecureChatError():
            st.text(
                "Not in the room of the whole class. Choose a message of your own room, or a text typed here."
            )
    st.button(
        "Send the same token again",
        type="primary",
        icon=":material/replay:",
        on_click=_replay,
        args=(subject,),
        disabled=refusal is not None,
    )
    _outcome.draw()
    _outcome.forget()
    _draw_copies(subject)
    st.subheader("Another receiver, whose clock you set", anchor=False)
    _draw_age(subject)


def _replay(subject: Subject) -> None:
    """Send a token again, and remember in this session as which message it was accepted."""

    def replay() -> None:
        message = subject.visit.conversation.replay(_replayer(subject), subject.token, sender=subject.sender)
        replayed = st.session_state.get("replayed", {})
        ids = replayed.get("ids", []) if replayed.get("token") == subject.token else []
        st.session_state["replayed"] = {"token": subject.token, "ids": [*ids, message.id]}

    _outcome.attempt(replay)


def _replayer(subject: Subject) -> Actor:
    """Return as whom this session sends again: it uses up a share of its own, not that of who wrote it."""
    actor = subject.visit.actor
    if actor.id:
        return actor
    # Something that only this session has, and for as long as it lasts.
    return replace(actor, share=st.session_state.setdefault("replayer", object()))


def _draw_copies(subject: Subject) -> None:
    """Draw the messages that this session made of the token."""
    replayed = st.session_state.get("replayed", {})
    if replayed.get("token") != subject.token:
        return
    since = subject.visit.conversation.since(replayed["ids"][0] - 1)
    copies = [message for number in replayed["ids"] if (message := since.find(number))]
    st.warning(
        f"**Accepted {_times(len(replayed['ids']))}.** Every check passes: nothing in a Fernet token "
        "says that it was seen before. This room sets no time to live, so its age does not matter either.",
        icon=":material/content_copy:",
    )
    st.code(
        "\n".join(
            f"{copy.id:>4}  {subject.sender_name}  {local(copy.sent_at):%H:%M:%S}  …{copy.token[-12:]}"
            for copy in copies[-8:]
        )
        or "They were cleared.",
        language=None,
        wrap_lines=True,
    )
    if any(copy.token != subject.token for copy in copies):
        st.markdown(
            "It was under a retired key, so the room encrypted its text again, under the primary one: the "
            "same text, another token."
        )
    st.markdown(
        "What would help: a number in every message that the receiver crosses off; or a list of the tokens "
        "seen, kept for as long as a token may live, and a short time to live."
    )


def _times(count: int) -> str:
    return "once more" if count == 1 else f"{count} times more"


def _draw_age(subject: Subject) -> None:
    """Draw the check of the time, with a clock and a time to live of one's own."""
    made = parse_token(subject.token).timestamp
    left, right = st.columns(2, gap="medium")
    clock = left.slider(
        "The receiver's clock: seconds after the token was made",
        -300,
        HOUR,
        min(HOUR, max(0, int(time.time()) - made)),
        key="lab_clock",
        persist_state="session",
        help="Less than 0: the token comes from the receiver's future.",
    )
    is_limited = right.toggle(
        "Tokens have a time to live", value=False, key="lab_limited", persist_state="session"
    )
    ttl: int | None = None
    if is_limited:
        ttl = right.slider("Time to live, in seconds", 1, HOUR, 600, key="lab_ttl", persist_state="session")
    verification = verify(subject.token, subject.keys, now=made + clock, ttl=ttl)
    accepted = "at any time, however old it is" if ttl is None else f"until {ttl:,} s after it was made"
    st.markdown(
        f"It is accepted {accepted}. A clock may be {MAX_CLOCK_SKEW} s behind. "
        f"The receiver looks **{abs(clock):,} s {'after' if clock >= 0 else 'before'} it was made**."
    )
    if failed := verification.failed_step:
        st.error(f"Refused. {failed.finding}", icon=":material/hourglass_disabled:")
    else:
        st.success("Accepted.", icon=":material/check_circle:")
    if st.toggle("Show every value", key="age_values"):
        draw_steps(verification)
