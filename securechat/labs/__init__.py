"""What the labs tell and show, whatever draws it."""
