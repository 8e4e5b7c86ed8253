"""The bot on Discord: what discord.py hears becomes `Heard` and `Command`, what delivery says becomes requests."""
