"""Where a visitor is: what is kept of it gives nobody a seat that the class does not give them now."""

from __future__ import annotations

from securechat.classroom import Classrooms
from securechat.classroom.whereabouts import Whereabouts


def test_a_link_leads_to_ones_own_room_alone() -> None:
    """With the seat's token it does; not without, with another class's, to another room, or after leaving."""
    classrooms = Classrooms()
    classroom, other = classrooms.new(), classrooms.new()
    joined, _ = classroom.join("Brave Otter"), classroom.join("Keen Robin")
    stranger = other.join("Calm Heron")
    room = classroom.view().participants[joined.participant].room
    assert room
    where, tokens = Whereabouts(), {classroom.id: joined.token}
    there = where.in_room(room, classrooms, tokens)
    assert there == Whereabouts(room=room, class_id=classroom.id, participant=joined.participant)
    assert there.in_room(classroom.everyone, classrooms, {})
    for asked, shown in (
        (room, {}),
        (room, {classroom.id: stranger.token}),
        (f"{classroom.id}-77", tokens),
        (other.everyone, tokens),
    ):
        assert where.in_room(asked, classrooms, shown) is None
    classroom.leave(joined.participant)
    assert where.in_room(room, classrooms, tokens) is None
    assert there.in_room(room, classrooms, tokens) is None
    assert classroom.view().participants[joined.participant].left


def test_who_is_gone_is_nobody() -> None:
    """Who was removed or has left, and who was in a class that is over, is no member, whatever is kept."""
    classrooms = Classrooms()
    classroom = classrooms.new()
    first, second = classroom.join("Brave Otter").participant, classroom.join("Keen Robin").participant
    wheres = [Whereabouts(class_id=classroom.id, participant=person) for person in (first, second)]
    assert all(where.member(classrooms) for where in wheres)
    classroom.desk.remove(first)
    assert [bool(where.member(classrooms)) for where in wheres] == [False, True]
    classroom.leave(second)
    assert not any(where.member(classrooms) for where in wheres)
    third = Whereabouts(class_id=classroom.id, participant=classroom.join("Calm Heron").participant)
    assert third.member(classrooms)
    classroom.desk.close()
    assert third.member(classrooms) is None


def test_the_presenters_secret_is_not_shown() -> None:
    """Printing where a session is does not tell the secret name with which it is the presenter's."""
    assert "secret" not in repr(Whereabouts(presenter="secret"))
