"""The teacher's page of classes: the invitation, the wall of all rooms, and what the teacher may do."""
