"""Guess: how many keys this machine tries in a second, and what that means for all of them."""

from __future__ import annotations

import json
import math
import threading
import time

import streamlit as st

from securechat.crypto.attacks import ENCRYPTION_KEY_BITS, Guessing, guess_keys, years_to_guess
from securechat.ui.attack_lab.charts import BIG_LETTERS
from securechat.ui.attack_lab.subject import Subject
from securechat.ui.password import password_lab

SECONDS = 1.5
"""How long the machine guesses, in seconds of computing. It rests as long, so that others get their pages."""

REST = 0.001
"""Seconds of rest after every `GUESSES_AT_ONCE` keys."""

AGE_OF_UNIVERSE = 13.8e9
"""Years since the Big Bang (Planck Collaboration 2018, 13.787 ± 0.020 billion)."""

MACHINES = 1_000_000_000
"""How many machines the second line of the plot stands for."""

WHO = {1: "this server", MACHINES: "10⁹ of them"}
"""Who guesses, by the number of machines."""

_GREY = "#7d8794"
"""A colour that can be seen in both themes."""

_MARKS = (
    ("one lesson", 45 / 60 / 24 / 365.25),
    ("a lifetime", 80.0),
    ("the age of the universe", AGE_OF_UNIVERSE),
)

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_ALL_KEYS = "2" + str(ENCRYPTION_KEY_BITS).translate(_SUPERSCRIPT)

_LABELS = {power: f"10{str(power).translate(_SUPERSCRIPT)}" for power in range(-40, 60)}
_POWERS_OF_TEN = json.dumps(_LABELS) + "['' + round(log(datum.value) / LN10)]"
"""How the plot writes a number on its axis: as people do, not as 1e+25. An expression of Vega."""

_one_at_a_time = threading.Lock()


def draw(subject: Subject) -> None:
    """Draw the lab."""
    st.subheader("Guess the key", anchor=False)
    st.markdown(
        f"To read the message, an attacker needs only half of the key: {ENCRYPTION_KEY_BITS} bits, "
        f"{_ALL_KEYS} possible keys. This server tries one key after the other on your token."
    )
    with st.container(horizontal=True):
        st.button(
            "Guess for a moment",
            type="primary",
            icon=":material/casino:",
            on_click=lambda: st.session_state.update(guess_now=True),
        )
        # Any press ends the run that is guessing. Not "Stop": Streamlit shows one of those in its header.
        st.button("Stop guessing", icon=":material/stop_circle:")
    outcome = st.container()
    st.subheader("Guess a password", anchor=False)
    st.markdown("Nobody guesses a key. But if the key is made from a password, attackers guess the password.")
    password_lab()
    with outcome:  # last of all, so that the rest of the page stands there meanwhile
        _draw_outcome(subject.token)


def _draw_outcome(token: str) -> None:
    place = st.empty()
    if st.session_state.pop("guess_now", False) and not _measure(token, place):
        st.info(
            "The server is busy with the guesses of somebody else. Try again in a few seconds.",
            icon=":material/hourglass:",
        )
    guessing: Guessing | None = st.session_state.get("guessing")
    if guessing is None:
        place.caption("Nothing is measured yet. Press “Guess for a moment”.")
    else:
        place.progress(guessing.share, text=_tally(guessing))
        _draw_meaning(guessing.per_second)


def _measure(token: str, place: st.delta_generator.DeltaGenerator) -> bool:
    """Guess for a while, and draw how far it is; say whether it was our turn."""
    if not _one_at_a_time.acquire(blocking=False):
        return False
    try:
        drawn = 0.0
        for guessing in guess_keys(token, seconds=SECONDS, clock=time.thread_time):
            time.sleep(REST)
            st.session_state["guessing"] = guessing
            if guessing.seconds - drawn > 0.1 or guessing.share == 1.0:
                drawn = guessing.seconds
                place.progress(guessing.share, text=_tally(guessing))
    finally:
        _one_at_a_time.release()
    return True


def _tally(guessing: Guessing) -> str:
    found = f"{guessing.fits} of them gave a text" if guessing.fits else "none of them gave a text"
    speed = f"{guessing.per_second:,.0f} a second"
    return f"{guessing.tried:,} keys in {guessing.seconds:.1f} s of computing: {speed}; {found}"


def _draw_meaning(per_second: float) -> None:
    """Say and plot what that speed means for keys of any length."""
    years = years_to_guess(ENCRYPTION_KEY_BITS, per_second)
    together = years_to_guess(ENCRYPTION_KEY_BITS, per_second * MACHINES)
    st.markdown(
        f"At that speed, half of the {_ALL_KEYS} keys take **{_power(years)} years**: "
        f"{_power(years / AGE_OF_UNIVERSE)} times the age of the universe. A billion (10⁹) such machines "
        f"together take {_power(together / AGE_OF_UNIVERSE)} times that age. One more bit doubles the time."
    )
    lines = [
        {"bits": bits, "years": years_to_guess(bits, per_second * machines), "who": who}
        for machines, who in WHO.items()
        for bits in range(16, ENCRYPTION_KEY_BITS + 1, 4)
    ]
    st.vega_lite_chart(
        _plot(lines),
        height=320,
        alt=f"Years to guess a key over its bits, on a logarithmic axis: {_power(years)} years with 128 bits",
    )


def _plot(lines: list[dict[str, object]]) -> dict[str, object]:
    who = {"field": "who", "type": "nominal", "title": None, "sort": [WHO[1], WHO[MACHINES]]}
    return {
        "layer": [
            {
                "data": {"values": lines},
                "mark": {"type": "line", "strokeWidth": 3},
                "encoding": {
                    "x": {
                        "field": "bits",
                        "type": "quantitative",
                        "title": "bits of the key",
                        "scale": {"nice": False},
                    },
                    "y": {
                        "field": "years",
                        "type": "quantitative",
                        "title": "years on average",
                        "scale": {"type": "log"},
                        "axis": {"tickCount": 8, "labelExpr": _POWERS_OF_TEN},
                    },
                    "color": {**who, "legend": {"orient": "top", "labelLimit": 400}},
                    "strokeDash": who,
                },
            },
            {
                "data": {"values": [{"years": years, "what": what} for what, years in _MARKS]},
                "layer": [
                    {"mark": {"type": "rule", "strokeDash": [2, 4], "color": _GREY}},
                    {
                        "mark": {
                            "type": "text",
                            "align": "left",
                            "dx": 4,
                            "dy": -8,
                            "fontSize": 14,
                            "color": _GREY,
                        },
                        "encoding": {"text": {"field": "what"}, "x": {"value": 0}},
                    },
                ],
                "encoding": {"y": {"field": "years", "type": "quantitative"}},
            },
        ],
        "config": BIG_LETTERS,
    }


def _power(number: float) -> str:
    """Write a number as people do: 4 × 10²⁴."""
    exponent = math.floor(math.log10(number))
    if 0 <= exponent < 6:
        return f"{number:,.0f}"
    return f"{number / 10**exponent:.0f} × 10{str(exponent).translate(_SUPERSCRIPT)}"
