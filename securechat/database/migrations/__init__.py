"""The migrations: how the tables came to be what `securechat/database/tables.py` says, step by step."""
