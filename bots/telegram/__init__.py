"""Telegram: its events become `Heard` and `Command`, and what is to be said becomes messages of its Bot API."""
