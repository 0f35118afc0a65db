"""Where a visitor is: on which page, in which room, in which class as whom, and at which class's desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from securechat.classroom.classroom import Classroom
from securechat.classroom.people import Participant
from securechat.classroom.registry import Classrooms
from securechat.classroom.seat import Seat
from securechat.classroom.view import ClassView
from securechat.errors import ClassroomError, NotSeated


@dataclass(frozen=True)
class Member:
    """A participant of a class that is still there.

    Attributes:
        classroom: The class.
        person: The participant.
        view: The class, from which the page is drawn as a whole.
        reads: Whether this device reads with its key.
    """

    classroom: Classroom
    person: Participant
    view: ClassView
    reads: bool = False

    def seat(self, room: str) -> Seat | None:
        """Return the seat in a room, or None where there is none."""
        try:
            return Seat.take(self.classroom, self.person.id, room, reads=self.reads)
        except NotSeated:
            return None


@dataclass(frozen=True)
class Picked:
    """What a teacher has picked at the desk of a class: one of the two.

    Attributes:
        room: The name of a room; empty if it is a person.
        person: The id of a participant; empty if it is a room.
    """

    room: str = ""
    person: str = ""


@dataclass(frozen=True)
class Whereabouts:
    """Where one session is. It is no right: whoever asks it gets what the classes allow at that moment.

    Attributes:
        page: The path of the page; empty for the front page.
        room: The name of the room that the session was in last; empty before the first one.
        class_id: The id of the class whose code was right, or in which they sit.
        participant: Who they are in that class, once their seat was seen; empty before.
        seen_room: The name of the room that they were shown last as their own; empty while they wait.
        code: The code that was looked up last because the address had it.
        is_linked: Whether no other code was typed since.
        presenter: The secret name of this session, where the passcode was given; empty where not.
        desk: The id of the class at whose desk it is; empty where none was chosen.
        picked: What is picked there.
    """

    page: str = ""
    room: str = ""
    class_id: str = ""
    participant: str = ""
    seen_room: str = ""
    code: str = ""
    is_linked: bool = False
    presenter: str = field(default="", repr=False)
    desk: str = ""
    picked: Picked | None = None

    def member(self, classrooms: Classrooms, *, reads: bool = False) -> Member | None:
        """Return who they are in their class; None if nobody, or not any more: removed, left, or it is over.

        Args:
            classrooms: The classes.
            reads: See `Member`.
        """
        classroom = classrooms.by_id(self.class_id) if self.participant else None
        if classroom is None:
            return None
        view = classroom.view()
        person = view.participants.get(self.participant)
        return Member(classroom, person, view, reads) if person and not person.left else None

    def in_room(self, room: str, classrooms: Classrooms, tokens: Mapping[str, str]) -> Whereabouts | None:
        """Return where a link to a room of a class leads, taking a seat that the browser has there.

        Args:
            room: The name of the room.
            classrooms: The classes.
            tokens: The tokens of the browser's seats, by the ids of their classes.

        Returns:
            Where; None where they have no seat or have left, whether or not there is such a room.
        """
        classroom, there, member = classrooms.of_room(room), self, self.member(classrooms)
        if classroom is None:
            return None
        if member is None or member.classroom is not classroom:
            token = tokens.get(classroom.id, "")
            try:
                if classroom.holder_of(token).left:
                    return None
                there = replace(self, class_id=classroom.id, participant=classroom.resume(token))
            except ClassroomError:
                return None
            member = there.member(classrooms)
        return replace(there, room=room) if member and member.seat(room) else None
