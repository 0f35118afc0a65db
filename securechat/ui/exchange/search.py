"""How safe seven emoji are: Mallory searches while the class waits."""

from __future__ import annotations

import math

import streamlit as st

from securechat.crypto.exchange import Exchange
from securechat.crypto.sas_search import SasSearch, search_equal_emoji
from securechat.wording import counted

COUNT = 3
"""Emoji that are to be equal in the search of this page: it takes a tenth of a second."""

_FOUND = "exchange_search"


def draw_search(exchange: Exchange) -> None:
    """Say how safe the emoji are, and let Mallory search for equal ones.

    Args:
        exchange: The exchange that is played.
    """
    st.markdown(
        "By chance all seven are equal once in 2^42 times: once in four trillion (4 × 10¹²). But Mallory "
        "can search **before** she sends anything. She has both public keys already. She makes new key "
        "pairs, one after the other, until A and B would see the same emoji."
    )
    st.button(
        f"Search until {COUNT} emoji are equal",
        key="exchange_search_start",
        icon=":material/search:",
        on_click=_search,
        args=(exchange,),
    )
    found: SasSearch | None = st.session_state.get(_FOUND)
    if found:
        emoji = " ".join(sign for sign, _ in found.emoji)
        st.markdown(
            f"Found: both sides would begin with **{emoji}**. It took {found.tries:,} key pairs and "
            f"{found.seconds:.2f} s on this computer. Each emoji more takes 8 times as long. All seven: "
            f"**about {_duration(found.seconds_for_all)}**."
        )
    st.markdown(
        "What helps: one side has to **commit** first. It sends a fingerprint (SHA-256) of its public key, "
        "and the key itself only when it has the other one. Then Mallory cannot search: she has one try, "
        "which works once in four trillion times. Matrix does it so. Signal compares 60 digits instead."
    )


def _search(exchange: Exchange) -> None:
    st.session_state[_FOUND] = search_equal_emoji(exchange.a.public, exchange.b.public, COUNT)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return counted(math.ceil(seconds), "second")
    return counted(round(seconds / 60), "minute")
