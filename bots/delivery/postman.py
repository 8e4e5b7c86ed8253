"""What a bot still has to say, said: follows its jobs, shows how they come along, and posts what they came to, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bots.platform import Face, Platform
from tasks.contracts.clock import Clock
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs.outbox import LEASE_MS
from tasks.jobs.store import AsyncStore

Filter = Callable[[str, bool], str]
"""Text so far, and whether that is all of it → what of it may be shown: it holds back a tail until the end."""


@dataclass(frozen=True)
class Manners:
    """How a bot delivers. Read anew for each step, so that a change of config counts at once."""

    stream: bool = True
    """Whether words are shown as they come; otherwise the answer comes whole."""
    dry_run: bool = False
    """Everything runs, nothing is posted."""
    buttons: bool = True


def _as_it_is(text: str, _final: bool) -> str:
    return text


def _nobody(_persona: str) -> Face | None:
    return None


def _nothing(_view: JobView) -> str:
    return ""


class Postman:
    """Delivers what one bot has to say on one platform. `run` it once, and `follow` each job after its submit."""

    def __init__(
        self,
        store: AsyncStore,
        platform: Platform,
        bot: str,
        *,
        manners: Callable[[], Manners] = Manners,
        words: Filter = _as_it_is,
        face: Callable[[str], Face | None] = _nobody,
        small_print: Callable[[JobView], str] = _nothing,
        clock: Clock | None = None,
        lease_ms: int = LEASE_MS,
    ) -> None:
        """Take what is needed; nothing is sent yet.

        `face` is how a persona looks; `small_print` is a line below a reply, such as that the demo model answered.
        """

    @property
    def ear(self) -> str:
        """What to hand to `AsyncGateway.submit` as `ear`: by it this postman hears of the job as it comes along."""
        raise NotImplementedError

    def follow(self, request: JobRequest, *, fresh: bool = True) -> None:
        """Show from now on how this job comes along: at once that somebody writes. Call it right after the submit.

        `fresh` is what the ledger said: a job that was known before may have something on the platform already.
        """

    async def run(self) -> None:
        """Deliver for ever, from wherever an earlier process stopped.

        Raises:
            AlreadyRunning: a newer process of this bot delivers now.
        """
