"""Where a bot listens for the web, and why it could not. Pure."""

from __future__ import annotations

import errno

from tasks.contracts.errors import ConfigurationError, PortTaken


def refusal(
    who: str, bind: str, port: int, why: OSError, table: str, prefix: str = ""
) -> PortTaken | ConfigurationError:
    """Return the error of somebody who could not listen, with the settings to change.

    Args:
        who: what wanted to listen, as a person knows it.
        bind: the address that it wanted.
        port: the port that it wanted.
        why: what the system said.
        table: in which part of rookery.toml both are set.
        prefix: what stands there before `bind` and `port`.
    """
    if why.errno == errno.EADDRINUSE:
        return PortTaken(
            f"{who} cannot listen on {bind}:{port}: another process does",
            next_step=f"end that process, or set another `{prefix}port` in [{table}] of rookery.toml",
        )
    return ConfigurationError(
        f"{who} cannot listen on {bind}:{port}: {why.strerror or why}",
        next_step=f"set `{prefix}bind` in [{table}] of rookery.toml to an address of this machine, or leave it out",
    )
