"""The live feed: a WebSocket that sends a room's messages as they come, encrypted.

`GET /api/rooms/{room}/live?after={id}`, upgraded; for a room of a class with `&ticket=…`, which its page
hands out. With `&epoch={epoch}` the id counts only in that epoch. What goes by it are the frames of
`securechat.frames`, one in each text message. The server sends

- `message`: first every message after `id`, then each new one.
- `room`: after the first of those, and when it changes, before what comes then. When `rewritten` goes up,
  connect again with `?after=0` to get the new tokens. When writing is open again it comes without `closed`.
- `people`: in a room of a class, when something of it changes.
- `present`: in a sealed room, before all else and when it changes.
- `sealing`: in a pair's room, where the ticket is for sealing it: how far the two have come, before all else
  and when it changes.
- `ticket`: every 60 s where the connection came with one. With the last of them it can come back at any time.
- `ping`: after 10 s without anything else, so that a client knows it is still there.

A client that holds the key may send `send`. What the server is to encrypt, because it has the room's keys, a
page sends as `write`; in a sealed room, where it has none, that is refused. From there both go the same way,
by the same rules. The answer to either is `stored` or `error`. `writing` is not answered. Whoever loses the
seat in a room is let go with 4003.

Two who seal their room send their steps as `seal`. What comes of one is told to both by `sealing`; only one
that is refused is answered, with `error`. When both have said that the emoji match, the room takes only
tokens under the key of their phones: from connections with such a ticket, as `send`.

`GET /api/classes/{class}/live?ticket=…` sends the wall of a class, `wall`, when it changes, and tickets and
pings as for a room. Whoever says something there is let go with 1008, and whoever is not the presenter any
more with 4003. When the class ends the last frame says so, and the code is 4004.

What one client sends is done in its order, one after the other. Its answer may come before the frame of the
message that it is about, or after it.

Nothing waits in a queue here. A connection remembers the last id it has sent and reads on in the store,
which is bounded; a client that does not read has some frames in hand and is let go after 10 s. Whatever asks
the store, or may wait for anything else, does so in one of a few threads (`live.workers`).
"""

from securechat.live.bounds import FeedBounds
from securechat.live.feed import LiveFeed, routes

__all__ = ["FeedBounds", "LiveFeed", "routes"]
