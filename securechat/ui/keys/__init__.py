"""Key life, drawn: the keys of a room, the steps that change them, and keys that come and go."""
