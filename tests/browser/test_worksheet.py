"""The worksheet, as a browser prints it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support import ROOT


def test_it_is_two_pages_with_a_list_of_words(new_page: Callable[..., Page]) -> None:
    """On A4 and on Letter; the words of the lesson are explained."""
    page = new_page()
    page.goto((ROOT / "docs" / "worksheet.html").as_uri())
    for word in ("plaintext", "encrypt", "ciphertext", "decrypt", "key", "token", "eavesdropper"):
        expect(page.locator("dt").get_by_text(word, exact=True)).to_have_count(1)
    for size in ({"prefer_css_page_size": True}, {"format": "Letter"}):
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(**size))) == 2
