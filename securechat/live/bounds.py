"""Times and numbers of the live feed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FeedBounds:
    """What holds for every connection, unless a test or a measurement has others.

    Attributes:
        max_connections: Connections at once, for all rooms together.
        max_open_connections: Of those, connections to rooms that are open to all: the others are for people
            with tickets.
        send_seconds: How long a frame may wait for a client that does not read, until it is let go.
        ping_seconds: After how long without anything to say the server says that it is still there.
        renew_seconds: After how long a connection is sent a new ticket, half of the time for which one is
            good: with that it can come back whenever it breaks.
        people_seconds: Seconds between two frames about people, or about how many are connected: a class that
            comes all at once is told of in few frames.
        lull_seconds: After how long it is looked at again whether somebody still writes: nobody says that
            they stop.
        wall_seconds: Seconds between two frames of a wall: whatever happens in between is told of at once.
    """

    max_connections: int = 2_000
    max_open_connections: int = 1_000
    send_seconds: float = 10.0
    ping_seconds: float = 10.0
    renew_seconds: float = 60.0
    people_seconds: float = 1.0
    lull_seconds: float = 2.0
    wall_seconds: float = 0.5


USUAL = FeedBounds()
