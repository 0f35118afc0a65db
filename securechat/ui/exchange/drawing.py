"""Draws the steps: what A has, what Eve sees or Mallory does, what B has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from securechat.crypto.anatomy import as_datetime, parse_token, plaintext_sizes
from securechat.crypto.exchange import Exchange
from securechat.crypto.keyring import FernetKey
from securechat.crypto.sas import short_authentication_string
from securechat.labs.scenes import CLOSING, CLOSING_WITH_MALLORY, DEFAULT_TEXT, LAST, SCENES
from securechat.rooms.messages import contained
from securechat.ui.exchange.play import TEXT, current_step, current_tokens, outcome, send
from securechat.ui.exchange.search import draw_search
from securechat.ui.key_details import MASK
from securechat.ui.times import time_of_day

_HEADING_A = ":blue[:material/computer: User A]"
_HEADING_B = ":orange[:material/smartphone: User B]"
_HEADING_EVE = ":gray[:material/hearing: What Eve sees]"
_HEADING_MALLORY = ":red[:material/swap_horiz: Mallory, in the middle]"

_STYLE = Path(__file__).with_name("exchange.css")


@dataclass(frozen=True)
class _Stage:
    """What a step is drawn from, and where.

    Attributes:
        exchange: The exchange.
        revealed: Whether private values are shown.
        a: The column of A.
        middle: The column of Eve or Mallory.
        b: The column of B.
    """

    exchange: Exchange
    revealed: bool
    a: DeltaGenerator
    middle: DeltaGenerator
    b: DeltaGenerator

    def private(self, value: str) -> str:
        """Return a private value, or what stands in its place."""
        return value if self.revealed else MASK


def draw_step(exchange: Exchange, *, revealed: bool) -> None:
    """Draw the step that the play has come to.

    Args:
        exchange: The exchange.
        revealed: Whether private values are shown.
    """
    st.html(_STYLE)
    step = current_step()
    where = f"Step {step} of {LAST}: " if step else ""
    st.subheader(where + SCENES[step].title, anchor=False)
    _draw_scene(step, exchange, revealed=revealed)


def draw_earlier_steps(exchange: Exchange, *, revealed: bool) -> None:
    """Draw the steps before that, in their order, closed until somebody opens them.

    Args:
        exchange: The exchange.
        revealed: Whether private values are shown.
    """
    for step in range(1, current_step()):
        with st.expander(f"Step {step}: {SCENES[step].title}", icon=":material/check_circle:", type="step"):
            _draw_scene(step, exchange, revealed=revealed)


def draw_closing(exchange: Exchange) -> None:
    """Say what the play has shown, and what it has not."""
    shown, not_shown = CLOSING_WITH_MALLORY if exchange.mallory else CLOSING
    st.markdown(f"**This has shown:** {shown}\n\n**It has not shown:** {not_shown}")


def _draw_scene(step: int, exchange: Exchange, *, revealed: bool) -> None:
    scene = SCENES[step]
    # With Mallory, the last step has two tokens in the middle: all of it should fit a projector.
    widths = (5, 8, 5) if step == LAST else (1, 1, 1)
    with st.container(key=f"exchange_scene_{step}"):
        if step == LAST and current_tokens() is None:
            st.markdown("Nothing was sent. What is wrong stands under the field that A writes in.")
        else:
            st.markdown(scene.told_of_mallory if exchange.mallory else scene.told)
        a, middle, b = st.columns(widths, border=True)
        a.markdown(f"#### {_HEADING_A}")
        middle.markdown(f"#### {_HEADING_MALLORY if exchange.mallory else _HEADING_EVE}")
        b.markdown(f"#### {_HEADING_B}")
        _DRAWN[step](_Stage(exchange, revealed, a, middle, b))


def _draw_strangers(stage: _Stage) -> None:
    stage.a.text("Has no key.")
    stage.middle.text("Nothing yet." if not stage.exchange.mallory else "Waits for something to be sent.")
    stage.b.text("Has no key.")


def _draw_pairs(stage: _Stage) -> None:
    exchange = stage.exchange
    for column, name, pair in ((stage.a, "A", exchange.a), (stage.b, "B", exchange.b)):
        with column:
            _value(f"Private key, never leaves {name}", stage.private(pair.reveal().hex()))
            _value("Public key", pair.public.hex())
    with stage.middle:
        if exchange.mallory:
            pair = exchange.mallory.pair
            _value("Private key, never leaves Mallory", stage.private(pair.reveal().hex()))
            _value("Public key", pair.public.hex())
        else:
            st.text("Nothing yet.")


def _draw_public_keys(stage: _Stage) -> None:
    exchange = stage.exchange
    as_if = ", as if" if exchange.mallory else ""
    with stage.a:
        _value("Sent to B", exchange.a.public.hex())
        _value(f"Received{as_if} from B", exchange.received_by_a.hex())
    with stage.b:
        _value("Sent to A", exchange.b.public.hex())
        _value(f"Received{as_if} from A", exchange.received_by_b.hex())
    with stage.middle:
        verb = "Kept" if exchange.mallory else "Copied"
        _value(f"{verb}: the public key of A", exchange.a.public.hex())
        _value(f"{verb}: the public key of B", exchange.b.public.hex())
        if exchange.mallory:
            _value("Sent to both instead: her own", exchange.mallory.pair.public.hex())


def _draw_secrets(stage: _Stage) -> None:
    exchange = stage.exchange
    for column, name, shared in ((stage.a, "A", exchange.shared_a), (stage.b, "B", exchange.shared_b)):
        with column:
            _value(f"Shared secret, never leaves {name}", stage.private(shared.hex()))
    with stage.middle:
        if exchange.mallory:
            _value("Secret that she shares with A", stage.private(exchange.mallory.shared_with_a.hex()))
            _value("Secret that she shares with B", stage.private(exchange.mallory.shared_with_b.hex()))
        else:
            st.text("Both public keys.\nNo private key, and so no shared secret.")
    _draw_verdict("secrets", equal=exchange.shared_a == exchange.shared_b)


def _draw_keys(stage: _Stage) -> None:
    exchange = stage.exchange
    for column, name, key in ((stage.a, "A", exchange.key_a), (stage.b, "B", exchange.key_b)):
        with column:
            _value(f"Fernet key, never leaves {name}", stage.private(key.reveal()))
    with stage.middle:
        if exchange.mallory:
            _value("The key that A has", stage.private(exchange.mallory.key_with_a.reveal()))
            _value("The key that B has", stage.private(exchange.mallory.key_with_b.reveal()))
        else:
            _value(
                "The recipe, which is public",
                "HKDF-SHA256(\n  shared secret,\n  context + A's public key + B's\n)",
            )
    _draw_verdict("keys", equal=exchange.keys_match)


def _draw_fingerprints(stage: _Stage) -> None:
    exchange = stage.exchange
    for column, key in ((stage.a, exchange.key_a), (stage.b, exchange.key_b)):
        with column:
            _draw_sas(key)
    equal = short_authentication_string(exchange.key_a) == short_authentication_string(exchange.key_b)
    with stage.middle:
        if exchange.mallory:
            st.text(
                "She may hear them compare. But A and B each read the emoji of their own key. So she is "
                "caught here."
            )
        else:
            st.text("The emoji, if she can hear them. They are 42 bits of a SHA-256.")
        with st.popover("How safe are seven emoji?", icon=":material/help:"):
            draw_search(exchange)
    if equal:
        st.success("All seven are equal: A and B go on.", icon=":material/check_circle:")
    else:
        st.error(
            "They differ, so A and B stop here. Mallory is caught before the first message.",
            icon=":material/cancel:",
        )


def _draw_message(stage: _Stage) -> None:
    exchange, tokens = stage.exchange, current_tokens()
    with stage.a:
        _draw_composer(exchange, tokens)
    if tokens is None:
        stage.middle.text("Nothing was sent.")
        stage.b.text("Nothing has arrived.")
        return
    sent, delivered = tokens
    with stage.middle:
        _value("The token that A sent", sent)
        if exchange.mallory:
            with st.container(key="exchange_read_by_mallory"):
                _value("What Mallory reads", contained(exchange.mallory.read(sent)))
            _value("The token that she sends to B", delivered)
        else:
            st.text(_leaks(sent))
    with stage.b, st.container(key="exchange_read"):
        _value("What B reads", contained(exchange.decrypt(delivered)))
    if exchange.mallory:
        words_a, words_b = (_words(key) for key in (exchange.key_a, exchange.key_b))
        st.warning(
            f"Comparing would have caught her: A has **{words_a}**, B has **{words_b}**.",
            icon=":material/compare_arrows:",
        )


_DRAWN: tuple[Callable[[_Stage], None], ...] = (
    _draw_strangers,
    _draw_pairs,
    _draw_public_keys,
    _draw_secrets,
    _draw_keys,
    _draw_fingerprints,
    _draw_message,
)


def _value(label: str, value: str) -> None:
    """Draw a value under its label, as it is: no Markdown, and broken into lines where it must be."""
    with st.container(gap="xxsmall"):
        st.text(label)
        st.code(value, language=None, wrap_lines=True)


def _draw_verdict(what: str, *, equal: bool) -> None:
    """Say whether what A has and what B has are equal."""
    how = "This page knows that because it plays both sides. A and B cannot know it without a fingerprint."
    if equal:
        st.success(f"The two {what} are equal. {how}", icon=":material/check_circle:")
    else:
        st.error(f"The two {what} are different. {how}", icon=":material/cancel:")


def _draw_sas(key: FernetKey) -> None:
    """Draw the fingerprint of a key so large that the back row can read it."""
    pairs = short_authentication_string(key)
    st.html(
        '<ol class="sc-sas">'
        + "".join(f'<li><span aria-hidden="true">{emoji}</span>{word}</li>' for emoji, word in pairs)
        + "</ol>"
    )


def _words(key: FernetKey) -> str:
    return ", ".join(word for _, word in short_authentication_string(key))


def _draw_composer(exchange: Exchange, tokens: tuple[str, str] | None) -> None:
    """Draw the field that A writes in."""
    if TEXT not in st.session_state:
        # Somebody came back to this page: the field was forgotten, and what was sent is still there.
        st.session_state[TEXT] = contained(exchange.decrypt(tokens[1])) if tokens else DEFAULT_TEXT
    with st.form("exchange_message", border=False):
        st.text_input("A writes", key=TEXT, autocomplete="off")
        st.form_submit_button("Encrypt and send", icon=":material/send:", type="primary", on_click=send)
        outcome.draw()


def _leaks(token: str) -> str:
    """Say what Eve learns without the key."""
    parts = parse_token(token)
    least, most = plaintext_sizes(len(parts.ciphertext))
    made = as_datetime(parts.timestamp)
    when = time_of_day(made) if made else "unknown"
    return f"She learns who, when ({when}) and how much ({least:,} to {most:,} bytes), but not what."
