"""The live feed: a WebSocket that sends a room's messages as they come, encrypted.

`GET /api/rooms/{room}/live?after={id}`, upgraded; for a room of a class with `&ticket=…`, which its page
hands out. The server sends JSON, one object a text frame:

- `{"type": "message", "id": 7, "sender": "A", "token": "gAAAA…", "sent_at": "2026-01-01T12:00:00Z"}`:
  first every message after `id`, then each new one.
- `{"type": "room", "epoch": "…", "first_id": 1, "dropped": 0, "cleared": false, "rewritten": 0}`: after
  the first of those, and when it changes, before what comes then. Messages before `first_id` are no longer
  there; from there on ids have no gaps. Under another `epoch` the server has lost what it had, and numbers
  anew. With `?after={id}&epoch={epoch}` the id counts only in that epoch. When `rewritten` goes up, messages
  that were sent before have other tokens: connect again with `?after=0` to get them.
- `{"type": "people", "state": "…", "locked": false, "people": [{"id": "p1", "name": "Brave Otter",
  "here": true, "writing": false, "in": true}, …]}`: in a room of a class, who is in it, or was (`"in":
  false`). `state` and `crowd` change when the page has to be drawn anew. A message to one person alone has
  `"to"`, empty where it is not told to whom. With a ticket of somebody who reads with their key, messages
  that it opens have `"text"`.
- `{"type": "ping"}`: after `PING_SECONDS` without anything else, so that a client knows it is still there.

A client that holds the key may send `{"type": "send", "sender": "B", "token": "gAAAA…", "client_id": "…"}`.
The answer is `{"type": "stored", "client_id": "…", "id": 8}` or
`{"type": "error", "client_id": "…", "error": "TooFast", "message": "…"}`. What was not answered can be sent
again under the same `client_id`: it is stored once. `{"type": "writing"}` tells the others in a room of a
class that somebody is writing; it is not answered. Whoever loses the seat in a room is let go with 4003.

`GET /api/classes/{class}/live?ticket=…` sends the wall of a class, `{"type": "wall", …}`, when it changes.

Nothing waits in a queue here. A connection remembers the last id it has sent and reads on in the store,
which is bounded; a client that does not read has one frame in hand and is let go after `SEND_SECONDS`.
"""

from securechat.live.access import Access, OpenRoom
from securechat.live.feed import LiveFeed
from securechat.live.watcher import Wall

__all__ = ["Access", "LiveFeed", "OpenRoom", "Wall"]
