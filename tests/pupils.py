"""Pupils without a browser: sessions that join a class, and what their pages show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamlit.testing.v1 import AppTest

from securechat.classroom import Classroom
from securechat.rooms.policy import Actor
from securechat.ui.state import application
from tests.apptest import chat_data, component_data, open_app, run, where

JOIN = "pages/join.py"
SEATS = "seats"


def new_class() -> Classroom:
    """Open a class."""
    return application().classrooms.new()


def tell(
    at: AppTest, seats: Mapping[str, str] | None = None, classes: Sequence[tuple[str, str, float]] = ()
) -> AppTest:
    """Have the browser tell which seats it has, by the ids of their classes: none unless said.

    Args:
        at: The session.
        seats: Their tokens.
        classes: Of each class its id, its code, and how many hours ago the seat was taken.
    """
    at.session_state[SEATS] = {"seats": dict(seats or {}), "classes": [[*each] for each in classes]}
    return run(at)


def come(classroom: Classroom, seats: Mapping[str, str] | None = None) -> AppTest:
    """Open the link of a class, in a browser that has these seats."""
    return tell(open_app(**{"class": classroom.code}), seats)


def join(classroom: Classroom) -> AppTest:
    """Join a class under the first name that is proposed."""
    return press(come(classroom), "Join")


def pair(classroom: Classroom) -> tuple[AppTest, AppTest]:
    """Let two join who then sit in a room of their own."""
    first, second = join(classroom), join(classroom)
    return run(first), run(second)


def press(at: AppTest, label: str) -> AppTest:
    """Press the button that begins with these words."""
    next(button for button in at.button if button.label.startswith(label)).click()
    return run(at)


def labels(at: AppTest) -> list[str]:
    """Return what stands on the buttons."""
    return [button.label for button in at.button]


def person_of(at: AppTest) -> str:
    """Return which participant a session is."""
    return where(at).participant


def room_of(at: AppTest) -> str:
    """Return the name of the room that the page shows."""
    return str(chat_data(at)["room"]["name"])


def show(at: AppTest, room: str) -> AppTest:
    """Choose the own room or that of everyone."""
    next(group for group in at.button_group if group.key == "room_choice").set_value(room)
    return run(at)


def token_of(at: AppTest) -> str:
    """Return the token that the browser was given to keep."""
    return str(component_data(at, SEATS)["keep"]["token"])


def write(at: AppTest, text: str, *, to: str | None = None) -> None:
    """Send a message to the room that the page shows, as its composer does."""
    classroom = application().classrooms.by_id(where(at).class_id)
    assert classroom is not None
    room = classroom.view().rooms[room_of(at)]
    room.conversation.send(person_of(at), text, to=to, actor=Actor(person_of(at)))


def go(at: AppTest, page: str, **query: str) -> AppTest:
    """Switch to another page, with a query as an address may have it."""
    at.switch_page(f"pages/{page}.py")
    at.query_params.clear()
    for name, value in query.items():
        at.query_params[name] = value
    return run(at)
