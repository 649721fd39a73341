"""What the single file does first of all, before PyInstaller's own preparations."""

from wholesaler.__main__ import listen

listen()
