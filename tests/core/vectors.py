"""Reads published test vectors from `cryptography_vectors`."""

from __future__ import annotations

import re

import cryptography_vectors


def published(path: str, first: str) -> list[dict[str, bytes]]:
    """Read a file of `name = value` lines, where the name `first` begins a new vector."""
    vectors: list[dict[str, bytes]] = []
    with cryptography_vectors.open_vector_file(path, "r") as file:
        for line in file:
            match = re.fullmatch(r"(\w+) = (\w+)", line.strip())
            if match is None:
                continue
            if match[1] == first:
                vectors.append({})
            elif match[1] != "Len":
                vectors[-1][match[1]] = bytes.fromhex(match[2])
    assert vectors, "a file without vectors would prove nothing"
    return vectors
