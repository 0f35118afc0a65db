"""The state of the play, one for each session, and the buttons and switches that move it."""

from __future__ import annotations

import streamlit as st

from securechat.crypto.exchange import Exchange
from securechat.labs.scenes import DEFAULT_TEXT, LAST, SCENES
from securechat.rooms.messages import check_plaintext
from securechat.rooms.policy import Action
from securechat.ui.outcome import Outcome
from securechat.ui.place import Place

EXCHANGE = "exchange"
"""In the session state: the exchange that is played."""

STEP = "exchange_step"
"""In the session state: how far the play is, 0 to `LAST`."""

TOKENS = "exchange_tokens"
"""In the session state: the token that left A and the one that reached B. The text itself is not kept."""

TEXT = "exchange_text"
"""The key of the field that A writes in."""

outcome = Outcome("exchange")
"""Why the message was not sent."""

_MALLORY = "exchange_mallory"
_REVEALED = "exchange_revealed"


def current_exchange() -> Exchange:
    """Return the exchange of this session; a new one, without Mallory, where there is none yet."""
    if EXCHANGE not in st.session_state:
        _start(intercepted=False)
    exchange: Exchange = st.session_state[EXCHANGE]
    return exchange


def current_step() -> int:
    """Return how far the play is."""
    return int(st.session_state.get(STEP, 0))


def is_over() -> bool:
    """Say whether the play has come to its last step."""
    return current_step() == LAST


def current_tokens() -> tuple[str, str] | None:
    """Return the token that left A and the one that reached B; None where none was sent."""
    tokens: tuple[str, str] | None = st.session_state.get(TOKENS)
    return tokens


def send() -> None:
    """Send what stands in A's field, or say why not."""
    exchange = current_exchange()
    text = st.session_state.get(TEXT, DEFAULT_TEXT)
    st.session_state[TOKENS] = None

    def encrypt_and_send() -> None:
        check_plaintext(text)
        token = exchange.encrypt(text)
        st.session_state[TOKENS] = (token, exchange.deliver(token))

    outcome.attempt(encrypt_and_send)


def draw_controls() -> None:
    """Draw the buttons that move the play. The one for the next step always stands at the same place."""
    step = current_step()
    with st.container(horizontal=True, vertical_alignment="center", key="exchange_controls"):
        st.button(
            _announced(step + 1) if step < LAST else "That was the last step",
            key="exchange_next",
            type="primary",
            icon=":material/arrow_forward:" if step < LAST else ":material/flag:",
            disabled=step == LAST,
            on_click=_go_to,
            args=(step + 1,),
        )
        st.button(
            "Back",
            key="exchange_back",
            icon=":material/arrow_back:",
            disabled=step == 0,
            on_click=_go_to,
            args=(step - 1,),
        )
        st.button("Start again", key="exchange_restart", icon=":material/replay:", on_click=_restart)


def draw_switches(place: Place) -> bool:
    """Draw the switches, and say whether private values are to be shown.

    Args:
        place: The room. Once a key of this play is the room's, only the presenter may see it.
    """
    exchange = current_exchange()
    # What stands on a page that was left is forgotten with it; the exchange is not.
    st.session_state.setdefault(_MALLORY, exchange.mallory is not None)
    closed = exchange.key_a in place.conversation.keyring.keys and not place.allows(Action.OPEN)
    with st.container(horizontal=True, width="content"):
        st.toggle("Mallory sits in the middle", key=_MALLORY, on_change=_restart)
        revealed = st.toggle(
            "Show private values",
            key=_REVEALED,
            disabled=closed,
            help="The key of this play is the room's now: the presenter's passcode opens this."
            if closed
            else "The keys of this play are used for nothing else, unless you make one the room's.",
        )
    return revealed and not closed


def _announced(step: int) -> str:
    scene = SCENES[step]
    return (current_exchange().mallory and scene.announced_of_mallory) or scene.announced


def _start(*, intercepted: bool) -> None:
    st.session_state[EXCHANGE] = Exchange.generate(intercepted=intercepted)
    _go_to(0)


def _restart() -> None:
    _start(intercepted=bool(st.session_state[_MALLORY]))


def _go_to(step: int) -> None:
    st.session_state[STEP] = step
    st.session_state[TOKENS] = None
    outcome.forget()
    if step == LAST:
        send()
