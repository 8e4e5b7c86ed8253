"""The bot on a feed of comments that is read and written over HTTP."""
