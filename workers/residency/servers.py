"""The server of a host, as its agent asks it."""

from __future__ import annotations

import os

from tasks.contracts.fleet import Host
from tasks.contracts.settings import Settings
from tasks.services import Engine
from workers.engines.opening import open_engine
from workers.residency.catalogue import Catalogue


def server_of(settings: Settings, host: Host, catalogue: Catalogue) -> Engine:
    """Return the client of a host's server. Raises ConfigurationError where it wants a key that is not there."""
    models = [catalogue.model(name) for name in catalogue.slugs]
    return open_engine(
        host.engine,
        {model.name: model.name_on(host) for model in models},
        # As its workers ask for it: Ollama loads a model again for another window.
        context_tokens={model.name: model.context_tokens for model in models},
        api_key=settings.api_key(host, os.environ),
        slots=host.slots or 1,
        load_s=settings.fleet.jobs.load_timeout_s,
        call_s=settings.fleet.jobs.request_timeout_s,
    )
