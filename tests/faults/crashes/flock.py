"""A flock whose bot is one of the real ones, on an emulated platform that never dies."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.chat import Chat
from tests.faults.conftest import THREE_HOSTS
from tests.faults.house import BOT, REDIS, ROOT, House
from tests.faults.settings import MODEL
from workers.supervision.child import ChildSpec

WARM = ("rookery", "bots.cli_run", "bots.runner", "bots.discord.adapter", "bots.telegram.adapter")
WARM_WEB = (*WARM, "bots.web.serving")
HASTE = 0.2  # a bot that died is back as soon as it can
PERSONA = f'\n[[persona]]\nname = "{{name}}"\nmodel = "{MODEL}"\nmax_tokens = 2000\n'
MANY = "\n[limits]\nchannel_in_flight = 0\n"


@dataclass(frozen=True)
class Setup:
    """What a bot is told."""

    bot: str
    settings: str
    change: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    personas: tuple[str, ...] = ("Ada",)


class Flock(House):
    """Three hosts, and a bot as people run it."""

    def __init__(self, folder: Path, port: int, chat: Callable[[Path], Chat], setup: Setup, deadline_s: float) -> None:
        self._setup = setup
        personas = "".join(PERSONA.format(name=name) for name in setup.personas)
        config = THREE_HOSTS + setup.settings + MANY + personas
        jobs = {"deadline_s": deadline_s, "max_in_flight": 100}
        hosts = ("one", "two", "three")
        warm = WARM_WEB if setup.bot == "web" else WARM
        super().__init__(folder, port, config, hosts, chat=chat, warm=warm, jobs=jobs)

    def _bot(self) -> ChildSpec:
        setup = self._setup
        return ChildSpec(
            name=BOT,
            argv=(sys.executable, "-P", "-m", "tests.faults.crashes.bot", setup.bot, setup.change),
            env={
                **self.environment(),
                **setup.environment,
                "PYTHONPATH": str(ROOT),
                "ROOKERY_DATA_DIR": str(self.folder / "data"),
            },
            cwd=ROOT,
            watches_leash=True,
            forkable=True,
            needs=(REDIS,),
            prepare=self._clear_office,
            backoff_cap_s=HASTE,
        )

    def _clear_office(self) -> None:
        """A process that was killed holds its office for seconds, and nobody has to wait for that here."""
        for key in self.store.client.scan_iter(self.store.key("lead", f"{self._setup.bot}*")):
            self.store.client.delete(key)
