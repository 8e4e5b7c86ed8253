"""What holds in one guild, channel or thread: `settings.json`, read again whenever it has changed.

{"guilds": {"123": {"persona": "Ada", "channels": {"456": {"mute": true}}}}, "channels": {"789": {"chance": 0.1}}}

What a channel leaves open its guild says; a thread has what its channel has, unless it is listed itself.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from bots.platform import Heard
from bots.watched import Watched, text_of
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.messages import MAX_ID_CHARS, Value

# Its length is told apart: a pattern that counts takes seven megabytes of every bot.
Number = Annotated[str, Field(pattern=r"^[\w.:@-]+$", max_length=64)]
Named = Annotated[str, Field(max_length=MAX_ID_CHARS)]
Numbers = Annotated[tuple[Number, ...], Field(strict=False)]
CHANNELS = "channels"
MODE = 0o600


class Local(Value):
    """What may differ from place to place. None: as elsewhere."""

    persona: Named | None = None
    """Who answers here, unless somebody else is asked for by name."""
    model: Named | None = None
    """What it answers with, where the persona leaves that open."""
    enabled: bool | None = None
    """False: nobody is heard here."""
    mute: bool | None = None
    """True: only commands are answered."""
    language: Annotated[str, Field(max_length=64, pattern=r"^[^\n\r]*$")] | None = None
    """What answers are to be written in, such as "German"."""
    roles: Numbers | None = None
    """Who may talk to the bot here: people with one of these. An empty list: everybody who may elsewhere."""
    chance: Annotated[float, Field(ge=0, le=1)] | None = None
    """Of answering what nobody was asked."""
    managers: Numbers | None = None
    """People or roles that may set persona and model here, beside admins."""

    def over(self, wider: Local) -> Local:
        """Return this with what `wider` says where this says nothing."""
        own = {name: value for name, value in dict(self).items() if value is not None}
        return wider.model_copy(update={name: own[name] for name in Local.model_fields if name in own})


class Guild(Local):
    """What holds in a guild, and apart from that in its channels."""

    channels: dict[Number, Local] = Field(default_factory=dict)


class Places(Value):
    """All of the file."""

    default: Local = Local()
    guilds: dict[Number, Guild] = Field(default_factory=dict)
    channels: dict[Number, Local] = Field(default_factory=dict)
    """Of chats that belong to no guild: direct messages, groups."""

    def at(self, guild: str, channel: str, parent: str = "") -> Local:
        """Return what holds in a channel, or in a thread whose channel is `parent`."""
        ours = self.guilds.get(guild)
        here = Local().over(ours.over(self.default) if ours else self.default)
        for number in filter(None, (parent, channel)):
            for table in (self.channels, ours.channels if ours else {}):
                here = table[number].over(here) if number in table else here
        return here


def read(text: str) -> Places:
    """Return what a settings file says. Raises ConfigurationError, which names the key."""
    try:
        return Places.model_validate_json(text)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigurationError(f"{where}: {first['msg']}" if where else first["msg"]) from exc


class Guilds:
    """The settings file of a bot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = Watched(path, read, Places())

    def at(self, heard: Heard) -> Local:
        """Return what holds where something was said, as the file says it now."""
        return self._file.current().at(heard.guild, heard.place.chat, heard.parent)

    def put(self, guild: str, channel: str, **values: str | None) -> None:
        """Write single values of a channel; None takes one away, so that what holds elsewhere holds there again.

        Raises:
            ConfigurationError: the file as it stands cannot be used, so it is left alone; or it cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(self.path):
                _write(self.path, _with(self._raw(), guild, channel, values))
        except OSError as exc:
            raise ConfigurationError(f"{self.path}: cannot be written: {exc.strerror}") from exc

    def _raw(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        text = text_of(self.path)
        read(text)
        return dict(json.loads(text))


def _with(raw: dict[str, Any], guild: str, channel: str, values: Mapping[str, str | None]) -> str:
    table = raw
    for key in ("guilds", guild) if guild else ():
        table = table.setdefault(key, {})
    here = table.setdefault(CHANNELS, {}).setdefault(channel, {})
    here.update(values)
    for name in [name for name, value in values.items() if value is None]:
        del here[name]
    text = json.dumps(raw, indent=2, ensure_ascii=False) + "\n"
    read(text)
    return text


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, MODE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other bots on this machine from writing the same file at the same time."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
