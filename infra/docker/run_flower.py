"""Flower in a container: `rookery run flower`, but heard beyond the container's own loopback.

Compose publishes its port to the loopback of the machine only. Its password comes from the secret that
FLOWER_PASSWORD_FILE names, and without one nothing is started.
"""

from __future__ import annotations

import os
import sys

from tasks.celery import app
from tasks.contracts import logs
from tasks.contracts.errors import ConfigurationError, RookeryError
from tasks.contracts.settings import load, secret
from workers.processes import FLOWER_USER

EVERYWHERE = "0.0.0.0"  # noqa: S104  # of the container


def main() -> None:
    """Run Flower until told to end."""
    settings = load(None, os.environ)
    logs.configure(settings.fleet.log.level, as_json=settings.fleet.log.as_json)
    password = secret(os.environ, "FLOWER_PASSWORD")
    if not password:
        raise ConfigurationError(
            "Flower has no password", next_step="name a file with one in FLOWER_PASSWORD_FILE; make_secrets.py makes it"
        )
    app.conf.update(broker_url=settings.redis_url)
    # By environment: arguments of a process can be read by everybody on the machine.
    os.environ["FLOWER_BASIC_AUTH"] = f"{FLOWER_USER}:{password}"
    app.start(["flower", f"--address={EVERYWHERE}", f"--port={settings.fleet.flower.port}", "--logging=warning"])


if __name__ == "__main__":
    try:
        main()
    except RookeryError as exc:
        sys.exit(f"rookery: {exc.message}\n  → {exc.next_step}")
