"""The key exchange as a play in six steps: its state, its words, and how it is drawn."""
