"""One small base for all that is asked of a model here, with a better adapter and a ruined one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # torch takes seconds, and most tests here need none
    from tasks.training.evaluation.answering import Answering
    from tests.tasks.training.evaluation.small import Bytes


@dataclass(frozen=True)
class Small:
    """A base with adapters, all that it reads chats with, and where the adapters are."""

    answering: Answering
    chat: Bytes
    better: Path
    ruined: Path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Return the small model: what is served is ruined, the candidate is better."""
    import torch

    from tasks.training.evaluation.answering import Answering
    from tasks.training.evaluation.voices import Voice
    from tests.tasks.training.evaluation import small as made

    torch.set_num_threads(1)
    folder, tokenizer, base = tmp_path_factory.mktemp("small"), made.tokenizer(), made.base()
    chat = made.Bytes(tokenizer)
    better = made.better(base, chat, made.TAUGHT, folder / "better")
    ruined = made.ruined(base, folder / "ruined")
    adapters = {Voice.SERVED: ruined, Voice.CANDIDATE: better}
    return Small(Answering(made.base(), tokenizer, chat, adapters), chat, better, ruined)
