"""The slash commands, as they are uploaded. What they do is decided at the reception. Pure."""

from __future__ import annotations

from typing import Any

from bots.commands import ASK, HELPS, RETRY

CHAT_INPUT, STRING = 1, 3
IN_GUILDS = [0]  # installed to a server, not to a person
PLACES = [0, 1]  # in a server, and in direct messages with the bot
LONGEST = 6000
PERSONA = "persona"
ANSWERED_AS_JOBS = (ASK, RETRY)
Command = dict[str, Any]


def commands() -> list[Command]:
    """Return every command of ours with where it may be used: what is not said there is left to Discord."""
    return [_command(name, args, about) for name, (args, about) in HELPS.items()]


def read(data: Any) -> tuple[str, str, str]:
    """Return name, what stands behind it, and who was named besides, of a command as Discord sends it.

    >>> read({"name": "ask", "options": [{"name": "question", "value": "why?"}, {"name": "persona", "value": "Ada"}]})
    ('ask', 'why?', 'Ada')
    """
    given = {str(one["name"]): str(one.get("value", "")) for one in data.get("options", [])}
    persona = given.pop(PERSONA, "")
    return str(data.get("name", "")), next(iter(given.values()), ""), persona


def _command(name: str, args: str, about: str) -> Command:
    options = [_option(args.strip("[]"), about, required=not args.startswith("["))] if args else []
    if name == ASK:
        options.append(_option(PERSONA, "who answers", required=False))
    uses = {"integration_types": IN_GUILDS, "contexts": PLACES}
    return {"type": CHAT_INPUT, "name": name, "description": about, "options": options, **uses}


def _option(name: str, about: str, *, required: bool) -> Command:
    return {"type": STRING, "name": name, "description": about, "required": required, "max_length": LONGEST}
