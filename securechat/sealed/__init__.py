"""Sealed rooms: their keys are only in the browsers and terminals of those who write, never on the server."""
