"""One server for all tests of a file, with a class that is new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.class_feed import School, school
from tests.core.classes import Lesson


@pytest.fixture(scope="module")
def running() -> Iterator[School]:
    """A server which tells of people and walls without a pause between."""
    with school(people_seconds=0.01, wall_seconds=0.01) as served:
        yield served


@pytest.fixture
def lesson() -> Lesson:
    """A class of two pairs."""
    return Lesson(4)


@pytest.fixture
def room(lesson: Lesson) -> str:
    """The room of p1 and p2."""
    return lesson.room_of("p1")


@pytest.fixture
def served(running: School, lesson: Lesson) -> School:
    """The server with that class."""
    running.lesson = lesson
    return running
