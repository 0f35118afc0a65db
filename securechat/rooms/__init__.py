"""One room: its numbered tokens, its keys, who may do what there, and who is told of changes."""
