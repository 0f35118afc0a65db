"""A store that forgets: it keeps each token for some seconds, in memory, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.store import RoomView


class PassingStore(InMemoryMessageStore):
    """A store whose tokens are passing through. What they were called is known for longer, without them.

    Args:
        keep_seconds: For how long a token is kept.
        max_messages: See `InMemoryMessageStore`.
        max_rooms: See `InMemoryMessageStore`.
        max_chars: See `InMemoryMessageStore`.
    """

    def __init__(self, keep_seconds: float, *, max_messages: int, max_rooms: int, max_chars: int) -> None:
        super().__init__(max_messages=max_messages, max_rooms=max_rooms, max_chars=max_chars)
        self._keep = timedelta(seconds=keep_seconds)

    def view(self, room: str) -> RoomView:
        """See `MessageStore.view`. What is over is not shown, also where it is not forgotten yet."""
        view = super().view(room)
        return self._without_old(view) if view.messages else view

    def expire(self) -> None:
        """Forget the tokens that were kept for long enough."""
        with self._lock:
            for room, view in list(self._views.items()):
                kept = self._without_old(view)
                if kept is not view:
                    self._views[room] = kept
                    self._forget_tokens(room, before=kept.first_id)

    def _without_old(self, view: RoomView) -> RoomView:
        oldest = self._clock() - self._keep
        old = sum(message.sent_at < oldest for message in view.messages)
        if not old:
            return view
        return replace(
            view,
            messages=view.messages[old:],
            first_id=view.first_id + old,
            dropped=view.dropped + old,
            revision=view.revision + 1,
        )
