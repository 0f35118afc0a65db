"""One rule says whose pages may connect, and under which names the server answers."""

from __future__ import annotations

import pytest

from securechat.web import Origins

HOST = "192.168.1.20:8501"
OWN = f"http://{HOST}"
SCHOOL = Origins.of([" https://School.example/ ", "intranet", ""])


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        f"https://{HOST}.evil.example",
        f"http://evil{HOST}",
        f"http://{HOST}@evil.example",
        f"http://evil.example@{HOST}",
        f"http://evil.example/{HOST}",
        f"http://evil.example?{HOST}",
        "http://192.168.1.20",
        "http://192.168.1.20:1",
        f"http://{HOST}1",
        "http://localhost:8501",
        "https://school.example.evil.example",
        "https://evil-school.example",
        "http://school.example",
        "https://school.example:8443",
        "http://[",
        "http://[::1",
        "http://192.168.1.20:x",
        HOST,
        "intranet",
        "file://",
        "",
    ],
)
def test_foreign_pages_may_not_connect(origin: str) -> None:
    """What only looks like the page's own, or like one that is allowed, is refused."""
    assert not SCHOOL.may_connect(origin, HOST)


@pytest.mark.parametrize(
    "origin",
    [
        *(OWN, OWN.upper(), f"https://{HOST}", None),
        *("https://school.example", "HTTPS://SCHOOL.EXAMPLE", "http://intranet", "https://intranet"),
    ],
)
def test_pages_that_are_meant_may_connect(origin: str | None) -> None:
    """The page's own, in any case; those that are named, by origin or host; and what is no browser."""
    assert SCHOOL.may_connect(origin, HOST)


def test_an_origin_does_not_stand_for_a_host_that_is_missing() -> None:
    """Whoever leaves out the Host has no page of their own."""
    assert not any(Origins().may_connect(origin, "") for origin in ("", "null", "file://", "http://"))


def test_all_may_connect_where_all_are_allowed() -> None:
    """`*` stands for all, as in Streamlit's own setting, and then all may frame the app, too."""
    rule = Origins.of(["*"], framing=["https://frame.example"])
    assert all(rule.may_connect(origin, HOST) for origin in ("https://any.example", "null", "http://[::1"))
    assert rule.frame_ancestors == ""


@pytest.mark.parametrize(
    ("host", "is_answered"),
    [
        *(("school.example", True), ("School.Example:8501", True), ("school.example.", True)),
        *(("a.chat.example:80", True), ("a.b.chat.example", True), ("[::1]:8501", True)),
        *(("chat.example", False), ("evilchat.example", False), ("school.example.evil.example", False)),
        *(("evil.example", False), ("", False), ("school.example:x", False), ("school.example:99999", False)),
        *(("x@school.example", False), ("school.example/x", False), ("school.example?x", False)),
        *(("evil.example#school.example", False), ("[::1", False), ("192.168.1.20", False)),
    ],
)
def test_the_server_answers_under_its_names_alone(host: str, is_answered: bool) -> None:
    """Where they are set: exact ones, and all below a `*.`; the port does not matter."""
    rule = Origins.of(hosts=["School.example.", "*.chat.example", "::1", " "])
    assert rule.answers_to(host) is is_answered


@pytest.mark.parametrize("hosts", [[], ["*"], ["", " "]])
def test_without_names_it_answers_under_all(hosts: list[str]) -> None:
    """As Streamlit does: behind a proxy, or by its address in any network."""
    assert Origins.of(hosts=hosts).answers_to("evil.example")


def test_who_may_frame_the_app() -> None:
    """Its own pages, those that may connect, and those from which Streamlit's pages take orders."""
    rule = Origins.of(["https://school.example"], framing=["https://*.streamlit.app"])
    assert rule.frame_ancestors == "'self' https://school.example https://*.streamlit.app"
    assert Origins().frame_ancestors == "'self'"
