"""`python -m securechat admin …`: what whoever runs the app does with its database."""
