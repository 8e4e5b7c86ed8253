"""What every task of ours is: a sentence that asks for abilities. The worker's boot supplies them."""

from __future__ import annotations

from typing import Any, ClassVar

from celery import Task

from tasks.contracts.errors import ConfigurationError
from tasks.services import Services


class RookeryTask(Task[..., Any]):
    """A task with this process's services at hand."""

    abstract = True
    supplied: ClassVar[Services | None] = None

    @staticmethod
    def supply(services: Services) -> None:
        """Give every task of this process what it may ask for; `workers.boot` does, once."""
        RookeryTask.supplied = services

    @property
    def services(self) -> Services:
        """Return what this worker can do. Raises ConfigurationError in a process that was not booted as a worker."""
        if RookeryTask.supplied is None:
            raise ConfigurationError(
                f"task {self.name} ran before its worker was booted", next_step="start workers with `rookery run`"
            )
        return RookeryTask.supplied
