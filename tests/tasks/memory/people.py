"""A hall in which people may want things of their memories."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks.contracts.jobs import JobView
from tasks.contracts.wishes import Granted, Wish, request_for
from tasks.memory.ingest import Ingester
from tasks.memory.opening import Opened
from tasks.memory.rights.granting import Granter
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import Memory
from tasks.transcript.forgetting import Eraser
from tests.tasks.memory.conftest import Directions
from tests.tasks.memory.hall import Hall

ADA, BOB = "web:ada", "web:bob"
GUILD: dict[str, Any] = {"direct": False, "tenant": "discord:g", "channel": "discord:7"}


class Rights(Hall):
    """Who remembers also grants wishes."""

    def __init__(
        self, redis_url: str, folder: Path, opens: Callable[[], VectorStore] | None = None, **wishes: Any
    ) -> None:
        self.prompts = folder / "debug"
        super().__init__(redis_url, folder, **wishes)
        if opens is not None:
            self.opened = Opened("rights", opens)
            self.recaller._opened = self.opened
        self.transcript = Eraser(self.url)
        self._wishes = itertools.count(1)
        self.granter = self.another()
        self.ingester = self.anew()

    def another(self) -> Granter:
        """Return who grants wishes, as after a restart."""
        return Granter(self.flock.store, self.opened, Directions(), self.transcript, self.prompts)

    def anew(self) -> Ingester:
        """Return who remembers, as after a restart."""
        if not hasattr(self, "granter"):
            return super().anew()
        late = self.granter.came_late
        return Ingester(self.flock.store, self.opened, Directions(), self.transcript, self.ending, came_late=late)

    def close(self) -> None:
        """Give everything back."""
        self.transcript.close()
        super().close()

    def submit_wish(self, kind: Any, about: str = "", *, person: str = ADA, direct: bool = True, **where: Any) -> str:
        """Have somebody want something; return the job."""
        fields = {name: where.pop(name) for name in ("ids", "limit", "after", "alone", "as_json") if name in where}
        wish = Wish(kind=kind, about=about, **{"as_json": True, **fields})
        request = request_for(wish, f"wish{next(self._wishes)}", person, persona="wren", direct=direct, **where)
        return self.flock.accept(request).job

    def view(self, kind: Any, about: str = "", **how: Any) -> JobView:
        """Have somebody want something and get it; return the job."""
        job = self.submit_wish(kind, about, **how)
        assert self.granter.serve() == 1
        return self.flock.view(job)

    def wish(self, kind: Any, about: str = "", **how: Any) -> Granted:
        """Have somebody want something, and return what they are told."""
        return Granted.model_validate_json(self.view(kind, about, **how).text)

    def told(self, *texts: str, **fields: Any) -> list[Memory]:
        """Tell things, and return all that is remembered."""
        for text in texts:
            self.tell(text, **{"user": ADA, **fields})
        return self.remember()
