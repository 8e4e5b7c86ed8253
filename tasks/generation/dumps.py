"""Whole prompts, written down for whoever looks for a mistake in them. They hold what people wrote: off by default."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from tasks.contracts.retention import MIB, keep_files
from tasks.generation.cache import asked_for
from tasks.services import Chat

TOTAL_MIB = 64
FOR_ITS_OWNER = 0o600
PATTERN = "*.prompt.json"
logger = logging.getLogger(__name__)


class PromptFiles:
    """One file for each try of a job, in a folder that keeps to a size."""

    def __init__(self, folder: Path, total_bytes: int = TOTAL_MIB * MIB) -> None:
        self._folder, self._total_bytes = folder, total_bytes

    def keep(self, job: str, fence: int, chat: Chat) -> None:
        """Write the prompt of a job down; a disk that takes no more is told to the log and costs the job nothing."""
        about = {
            "job": job,
            "model": chat.model,
            "adapter": chat.adapter,
            "sampling": chat.sampling.model_dump(),
            "turns": [turn.model_dump() for turn in chat.turns],
            **asked_for(chat),
        }
        path = self._folder / PATTERN.replace("*", f"{job}.{fence}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, FOR_ITS_OWNER), "w") as file:
                json.dump(about, file, indent=2)
            keep_files(self._folder, PATTERN, self._total_bytes)
        except OSError as exc:
            logger.warning("no prompt written down", extra={"file": str(path), "error": exc.strerror})
