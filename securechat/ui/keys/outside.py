"""What to do where the keys come from a setting: they are changed there and not here."""

from __future__ import annotations

import streamlit as st

from securechat.crypto.keyring import FernetKey, KeyRing, KeySource
from securechat.ui.state import application

OUTSIDE = (KeySource.ENVIRONMENT, KeySource.SECRETS)
"""Sources that this app only reads."""

_STEPS = {
    KeySource.ENVIRONMENT: (
        "In the environment",
        """
1. Find where the app is started: a shell, a service file, a container.
2. Put the new key first, a comma, then what stands there now:
   `SECURECHAT_KEY="NEW,OLD"`
3. Start the app again.
""",
    ),
    KeySource.SECRETS: (
        "In Streamlit's secrets",
        """
1. On Community Cloud, open the app's Settings, Secrets; elsewhere the file `.streamlit/secrets.toml`.
2. Put the new key first, a comma, then what stands there now:
   `SECURECHAT_KEY = "NEW,OLD"`
3. Save, then reboot the app.
""",
    ),
}


def draw_outside(keyring: KeyRing) -> None:
    """Say where the keys are changed, and offer a new one to copy there."""
    used = keyring.origin.source
    with st.container(border=True):
        st.subheader("1. Change the key where it is set", anchor=False)
        st.markdown(f"The key comes from **{used.value}**, so nothing here changes it.")
        for column, (source, (title, steps)) in zip(st.columns(2, gap="medium"), _STEPS.items(), strict=True):
            with column:
                st.markdown(f"**{title}**{' (used here)' if source is used else ''}{steps}")
        kept = (
            "The messages of this room are still there when the app starts again. They, and tokens"
            if application().lasts
            else "The messages of this room are gone when the app starts again. Tokens"
        )
        st.markdown(
            f"{kept} that were copied elsewhere open with the old key as long as it stays behind the comma; "
            "take it away, and they stay closed."
        )
        if st.button("Make a key to copy", icon=":material/add:"):
            st.code(FernetKey.generate().reveal(), language=None, wrap_lines=True)
            st.caption("Made just now and kept nowhere: copy it before you do anything else here.")
        st.caption("**This shows:** who runs the server decides over the key.")
