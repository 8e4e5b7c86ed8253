"""An emulated Telegram, and settings for a bot that talks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.telegram import adapter, polling
from tasks.contracts.settings import Settings, load
from tests.bots.telegram.playing import LOOK_S, PlayedDesk
from tests.emulators.telegram.emulator import TOKEN, Emulator


@pytest.fixture
def telegram() -> Iterator[Emulator]:
    """A Telegram with one bot and nobody else."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the bot try again at once."""
    for module in (polling, adapter):
        monkeypatch.setattr(module, "backoff_s", lambda _failures: LOOK_S)
    monkeypatch.setattr(polling, "CONFLICT_PAUSE_S", LOOK_S)


@pytest.fixture
def desk() -> PlayedDesk:
    """The desk that the test plays."""
    return PlayedDesk()


@pytest.fixture
def settings_of(telegram: Emulator, tmp_path: Path) -> Callable[..., Settings]:
    """Call it for settings of a bot at the emulated Telegram; keys of [telegram] may be given, and variables."""

    def made(variables: dict[str, str] | None = None, more: str = "", **keys: Any) -> Settings:
        lines = [f"{name} = {_toml(value)}" for name, value in {"api": telegram.url, **keys}.items()]
        file = tmp_path / "rookery.toml"
        file.write_text("\n".join(["[telegram]", *lines, more]))
        return load(file, {"TELEGRAM_TOKEN": TOKEN, **(variables or {})})

    return made


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
