"""The bots as processes of their own on emulated platforms: people who talk there, and what came of it."""
