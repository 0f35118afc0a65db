"""What a connection, a room and an address may use up of sealed rooms: names are free to invent there."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from securechat.rooms.limits import RateLimit

CONNECTION_SENDS = 20, 10.0
"""Messages by one connection, and within how many seconds: as for one sender in other rooms. Names of senders
are free to invent here, so they are not what counts."""

ROOM_SENDS = 100, 10.0
"""The same by all connections to a room: what a person can still see go by."""

ROOM_ADDRESS_SENDS = 80, 10.0
"""The same in a room from one address: nobody uses up what others may write there."""

ADDRESS_SENDS = 200, 10.0
"""The same from one address in all rooms: a whole school may stand behind one."""


@dataclass(frozen=True)
class Share:
    """What of a limit a message uses up.

    Attributes:
        connection: The connection by which it came.
        address: Where that comes from.
    """

    connection: object
    address: str


class Rates:
    """How often messages may be sent: by a connection, in a room, there from an address, by that in all."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        rates = (CONNECTION_SENDS, ROOM_SENDS, ROOM_ADDRESS_SENDS, ADDRESS_SENDS)
        self._limits = [RateLimit(*rate, action="Not sent", clock=clock) for rate in rates]

    def take(self, connection: object, room: str, address: str) -> None:
        """Count a message by all of them, or by none where one refuses it: then raise TooFast."""
        shares = list(zip(self._limits, (connection, room, (room, address), address), strict=True))
        with self._lock:
            for limit, key in shares:
                limit.check(key)
            for limit, key in shares:
                limit.take(key)


class RoomRates:
    """The same for one room, as `Room` asks for it."""

    def __init__(self, rates: Rates, room: str) -> None:
        self._rates = rates
        self._room = room

    def take(self, key: Hashable) -> None:
        """See `Limit.take`."""
        share = key if isinstance(key, Share) else Share(key, "")
        self._rates.take(share.connection, self._room, share.address)


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the first half, as each computer there has many in it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)
