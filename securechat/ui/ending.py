"""The early end of a page: what stands on it is all there is, and the run goes on to its own end."""

from typing import NoReturn


class PageEnded(Exception):
    """A page has drawn all that it draws."""


def end_page() -> NoReturn:
    """End the page here. The frame goes on.

    Not `st.stop()`: a run that ends by it leaves the fragments of the run before in place. One that a browser
    asked for a moment earlier then still runs, draws into what is no longer there, and the page goes blank.
    """
    raise PageEnded
