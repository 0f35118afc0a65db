"""A store in which something else can happen just before a message is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from securechat.rooms.memory_store import InMemoryMessageStore
from securechat.rooms.messages import Message


class SlowStore(InMemoryMessageStore):
    """A store that does something else first, when it is next given a message or new tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.first: list[Callable[[], object]] = []

    def append(
        self,
        room: str,
        sender: str,
        token: str,
        *,
        client_id: str | None = None,
        recipient: str | None = None,
        keys_version: int | None = None,
    ) -> Message:
        """Keep a message, a little later."""
        self._do_first()
        return super().append(
            room, sender, token, client_id=client_id, recipient=recipient, keys_version=keys_version
        )

    def replace_tokens(
        self, room: str, tokens: Mapping[int, str], *, keys_version: int | None = None
    ) -> None:
        """Replace tokens, a little later."""
        self._do_first()
        super().replace_tokens(room, tokens, keys_version=keys_version)

    def _do_first(self) -> None:
        if self.first:
            self.first.pop()()
