"""A Fernet token and its keys: what it is made of, where keys come from, and what breaks it."""
