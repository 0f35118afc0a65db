"""The frames of the live feed: all that goes by it in either direction, for the server and for its clients.

A frame is a JSON object in a text message of a WebSocket. Its `type` is the name of its class here, in small
letters. Fields have the names and types that they have here, and no others; one with a default is left out
where it has that. Times are in UTC. Who does what when is said in `securechat.live`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal, NoReturn

from msgspec import Meta, Struct, convert, field, to_builtins
from msgspec.json import Encoder

from securechat.errors import InvalidFrame, SecureChatError, TooFast

MAX_BYTES = 64 * 1024
"""Bytes in one frame from a client; a longer one closes the connection with 1009."""

Count = Annotated[int, Meta(ge=0)]
Id = Annotated[int, Meta(ge=1)]  # of a message: 1, 2, … within its room
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Instant = Annotated[datetime, Meta(tz=True)]
Round = Annotated[int, Meta(ge=1)]
Half = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{64})?\Z")]  # 32 bytes in hex, or nothing yet
Both = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{128})?\Z")]  # the same of 64 bytes
Step = Literal["begin", "answer", "open", "match", "differ"]

_VALUE_CHARS: dict[Step, int] = {"begin": 64, "answer": 64, "open": 128, "match": 0, "differ": 0}
"""Hexadecimal digits of what goes with a step."""


class Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a frame."""


class Frame(Part, frozen=True, tag_field="type", tag=str.lower):
    """A frame of either side."""

    def __repr__(self) -> str:
        """Say what kind of frame it is: there may be a text or a ticket in it."""
        return f"<{type(self).__name__}>"


class Sent(Frame, frozen=True):
    """What a client sends to have it stored. It is answered with `stored` or `error`.

    Attributes:
        sender: Under whose name it is sent.
        client_id: The client's own name for the message, 1 to 64 printable characters. What was not answered
            can be sent again under it, and is stored once.
    """

    sender: str
    client_id: Name

    def __post_init__(self) -> None:
        if not self.client_id.isprintable():
            raise ValueError("client_id")


class Send(Sent, frozen=True):
    """A message of a client that holds the key.

    Attributes:
        token: The Fernet token.
    """

    token: str


class Write(Sent, frozen=True):
    """A message that the server is to encrypt, because it has the room's keys.

    Attributes:
        text: What somebody wrote.
        to: The id of whom alone it is for; without it, it is for everybody in the room.
    """

    text: str
    to: Name = ""


class Writing(Frame, frozen=True):
    """In a room of a class: somebody is writing, and the others are told. It is not answered."""


class Seal(Frame, frozen=True):
    """In a pair's room: the next step of those who seal it. It is answered only where it is refused.

    Attributes:
        round: Which round of the sealing it belongs to: who begins says the next number.
        step: What is done: see `securechat.classroom.sealing`.
        value: In small hexadecimal digits: for `begin` the commitment, for `answer` a public key, for `open`
            the public key and the nonce of who began. Empty for `match` and `differ`.
    """

    round: Round
    step: Step
    value: Annotated[str, Meta(pattern=r"^[0-9a-f]*\Z")] = ""

    def __post_init__(self) -> None:
        if len(self.value) != _VALUE_CHARS[self.step]:
            raise ValueError("value")


class Message(Frame, frozen=True):
    """A message as it is stored: all that an eavesdropper sees, and its text for who reads with their key.

    Attributes:
        id: 1, 2, … within its room.
        sender: Who sent it.
        token: The Fernet token.
        sent_at: When it was stored, to the second.
        to: Whom alone it is for, empty where it is not told to whom.
        text: What it says, where the ticket is of somebody who reads with a key that opens it.
    """

    id: Id
    sender: str
    token: str
    sent_at: Instant
    to: str | None = None
    text: str | None = None


class Room(Frame, frozen=True):
    """A room, apart from its messages.

    Attributes:
        epoch: Another one says that the server has lost what it had, and numbers anew.
        first_id: The id of the first message that is there, or would be; from it on ids have no gaps.
        dropped: How many messages fell out, because others came.
        cleared: Whether messages were taken away.
        rewritten: When it goes up, messages that were sent before have other tokens.
        closed: Why only others may write just now, as a sentence.
        stale: Whether all this may be old: the database does not answer, and nobody hears of changes.
    """

    epoch: Name
    first_id: Id
    dropped: Count
    cleared: bool
    rewritten: Count
    closed: str = ""
    stale: bool = False

    def __post_init__(self) -> None:
        if not self.epoch.isprintable():  # a client that comes back has it in an address
            raise ValueError("epoch")


class Person(Part, frozen=True):
    """Somebody in a room of a class.

    Attributes:
        id: What messages call them.
        name: What people call them.
        here: Whether they have the page open.
        writing: Whether they are writing.
        is_in: `in`: whether they sit in the room, or only did.
    """

    id: str
    name: str
    here: bool
    writing: bool
    is_in: bool = field(name="in")


class KeyMark(Part, frozen=True):
    """The key that new messages of a room are under.

    Attributes:
        number: 1, 2, … in this room.
        by: Who made it; nobody in it if null.
    """

    number: Count
    by: str | None


class People(Frame, frozen=True):
    """In a room of a class: who is in it, or was. Who wrote and is not here was removed, or is the teacher.

    Attributes:
        revision: Of what the page is drawn from: when it is another one, the page has to be drawn anew.
        crowd: The same of the list of people in the room of everyone; 0 in others.
        key: See `KeyMark`.
        people: See `Person`.
    """

    revision: Count
    crowd: Count
    key: KeyMark
    people: tuple[Person, ...]


class Present(Frame, frozen=True):
    """In a sealed room: how many are connected. Who they are only their tokens say.

    Attributes:
        count: Connections that are open, this one too.
    """

    count: Count


class Sealing(Frame, frozen=True):
    """How far the sealing of a pair's room has come, for one of the two, whose ticket says that they seal it.

    Attributes:
        round: 1, 2, …: the number of the last beginning; 0 where nobody has ever begun.
        first: The id of who began; empty where nobody has, or where it has to be begun again.
        second: The id of the other one then.
        commitment: The SHA-256 by which the first is bound to a public key.
        answer: The public key of the second; empty until it came.
        opening: The public key of the first, and the nonce; empty until it came.
        matched: The ids of those who say that the emoji are the same.
        differs: The id of who says that they are not; empty if nobody does.
        since: The id of the first message under the key of this round; 0 until both say that they match.
        refusal: Why the room cannot be sealed now, as a sentence; empty if it can.
        me: The id of whom this is for.
        names: What people call those who sit in the room, by their ids.
    """

    round: Count
    first: str
    second: str
    commitment: Half
    answer: Half
    opening: Both
    matched: tuple[str, ...]
    differs: str
    since: Count
    refusal: str
    me: str
    names: dict[str, str]


class Ticket(Frame, frozen=True):
    """A new ticket, where the connection came with one.

    Attributes:
        ticket: With the last one that came, the client can come back at any time.
    """

    ticket: str


class Ping(Frame, frozen=True):
    """The server is still there, and has nothing to say."""


class Stored(Frame, frozen=True):
    """What was sent is stored.

    Attributes:
        client_id: Under which name it was sent.
        id: The id of the message.
    """

    client_id: str
    id: Id


class Error(Frame, frozen=True):
    """What was sent is refused. Nothing here has anything of a text.

    Attributes:
        error: The `code` of one of `securechat.errors`.
        message: What is wrong and what to do, as sentences.
        client_id: Under which name it was sent, where that could be read.
        retry_after: In how many seconds the reason has ended, where it ends by itself.
    """

    error: str
    message: str
    client_id: str = ""
    retry_after: Count = 0

    @classmethod
    def of(cls, error: SecureChatError, client_id: str = "") -> Error:
        """Return what is told of an error."""
        retry_after = error.retry_after if isinstance(error, TooFast) else 0
        return cls(error.code, str(error), client_id, retry_after)


class Pupil(Part, frozen=True):
    """Somebody in a class.

    Attributes:
        name: What people call them.
        here: Whether they have a page open.
        left: Whether they have left the class.
        room: The name of the room in which they sit; null while they wait for somebody to write to.
    """

    name: str
    here: bool
    left: bool
    room: str | None


class TileMessage(Part, frozen=True):
    """A message in a tile.

    Attributes:
        name: What people call the sender.
        token: The beginning of the token.
        recipient: Whom alone it is for, in words, as far as all may know: the whole class sees the wall.
    """

    name: str
    token: str
    recipient: str = ""


class Tile(Part, frozen=True):
    """A room on the wall.

    Attributes:
        name: Its name in addresses.
        number: 1, 2, …; 0 for the room of everyone.
        title: What people call it.
        locked: Whether writing is paused in it.
        members: The ids of who sits in it; of nobody in the room of everyone.
        writing: The ids of those who are writing.
        seal: Whether the two in it have `sealed` it, or are `comparing` their emoji and one of them is here;
            empty if neither.
        count: How many messages were written since the room was made or cleared.
        messages: The newest.
    """

    name: str
    number: Count
    title: str
    locked: bool
    members: tuple[str, ...]
    writing: tuple[str, ...]
    seal: Literal["", "comparing", "sealed"]
    count: Count
    messages: tuple[TileMessage, ...]


class Wall(Frame, frozen=True):
    """The wall of a class.

    Attributes:
        closed: Whether the class has ended.
        locked: Whether writing is paused in all rooms.
        joining: Whether others may join.
        free_names: Whether people may choose any name.
        shows_recipients: Whether all may see to whom private messages go.
        seal_rule: Whether pairs may seal their rooms.
        desk: A number that is another one when something has changed which only the teacher's desk shows.
        people: Everybody who joined and was not removed, by their ids: see `Pupil`.
        waiting: The ids of who waits for somebody to write to.
        rooms: See `Tile`.
    """

    closed: bool
    locked: bool
    joining: bool
    free_names: bool
    shows_recipients: bool
    seal_rule: Literal["allowed", "required", "forbidden"]
    desk: Count
    people: dict[str, Pupil]
    waiting: tuple[str, ...]
    rooms: tuple[Tile, ...]


FromClient = Send | Write | Writing | Seal
FromServer = Message | Room | People | Present | Sealing | Ticket | Ping | Stored | Error | Wall


def encode(frame: Frame) -> str:
    """Return a frame as it is sent."""
    return _encoder.encode(frame).decode()


def as_data(frame: Frame) -> dict[str, Any]:
    """Return a frame as JSON has it, for what is sent in another way."""
    data: dict[str, Any] = to_builtins(frame)
    return data


def from_client(text: str) -> FromClient:
    """Read what a client has sent.

    Raises:
        InvalidFrame: It is no such frame. Nothing of it is in the error.
    """
    frame: FromClient = _read(text, FromClient)
    return frame


def from_server(text: str) -> FromServer:
    """Read what the server has sent.

    Raises:
        InvalidFrame: It is no such frame.
    """
    frame: FromServer = _read(text, FromServer)
    return frame


def _read(text: str, kind: Any) -> Any:  # noqa: ANN401 - a type, and one of it
    try:
        return convert(_decoder.decode(text), kind)
    except (ValueError, RecursionError):
        pass  # what is raised here has the text with it
    raise InvalidFrame


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object with a field twice: readers do not agree which of the two counts."""
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("twice")
    return found


def _refuse(_: str) -> NoReturn:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError("no number")


_encoder = Encoder()
# Not that of msgspec: it takes the last of two fields with one name; and half an emoji, which a page may have
# in a text, it refuses before anybody can say in which message.
_decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse)
