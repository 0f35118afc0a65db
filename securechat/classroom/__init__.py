"""Classes: people join by a code and sit in pairs, each room has its key, a teacher is in charge."""

from securechat.classroom.classroom import Classroom, class_of_room
from securechat.classroom.people import TEACHER, Participant
from securechat.classroom.registry import Classrooms
from securechat.classroom.sealing import Comparison, Sealing, SealRule
from securechat.classroom.sealing_seat import SealingSeat
from securechat.classroom.seat import Seat
from securechat.classroom.tickets import Ticket, TicketOffice
from securechat.classroom.view import ClassView, Room
from securechat.classroom.wall import ClassWall, wall_frame

__all__ = [
    "TEACHER",
    "ClassView",
    "ClassWall",
    "Classroom",
    "Classrooms",
    "Comparison",
    "Participant",
    "Room",
    "SealRule",
    "Sealing",
    "SealingSeat",
    "Seat",
    "Ticket",
    "TicketOffice",
    "class_of_room",
    "wall_frame",
]
