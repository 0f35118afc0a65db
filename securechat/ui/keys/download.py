"""The keys as a file for this browser: after a warning and a second step, and by no address of the server."""

from __future__ import annotations

import streamlit as st

from securechat.ui.download import save_button
from securechat.ui.keys.outcome import Section, act, draw_outcome, forget_outcome
from securechat.ui.place import Place

FILE_NAME = "secret.key"
"""What the file is called where it is saved."""


def draw_download(room: Place) -> None:
    """Draw the warning, then the step that hands out the keys, then the button that saves them."""
    st.warning(
        "Everyone who has this file can read everything, also what was copied long ago, and can write in "
        "anybody's name. If the address of this page begins with http:, an eavesdropper gets the file, too.",
        icon=":material/warning:",
    )
    draw_outcome(Section.DOWNLOAD)
    st.markdown(
        f"The file holds all keys, one a line. As `{FILE_NAME}` beside `app.py` on another computer, it lets "
        "the app there open the same messages; kept in a safe place, it is a backup."
    )
    st.caption("**This shows:** a copy of a key is as good as the key. Nobody notices that there is a copy.")
    shown = st.empty()
    if not shown.button("I understand: bring the keys to this browser", on_click=forget_outcome):
        return
    # Only this run has the text. Whatever is done next runs the page again, without it.
    with shown.container():
        save_button(
            "key_download",
            FILE_NAME,
            room.conversation.keyring.reveal(),
            on_saved=lambda: act(Section.DOWNLOAD, room, lambda: _SAVED),
        )
        st.caption("The keys are in this page now. They leave it when you save them or do anything else.")


_SAVED = (
    f"`{FILE_NAME}` is in the downloads of this browser, and no longer in this page. Move it to where it is "
    "needed, and delete it from the downloads."
)
