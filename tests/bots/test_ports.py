"""Whoever could not listen is told which setting to change."""

from __future__ import annotations

import errno

from bots.ports import refusal
from tasks.contracts.errors import ConfigurationError, PortTaken


def test_a_port_that_another_process_has_is_to_be_changed_or_freed() -> None:
    told = refusal("the page", "127.0.0.1", 8080, OSError(errno.EADDRINUSE, "in use"), "web")
    assert isinstance(told, PortTaken)
    assert told.message == "the page cannot listen on 127.0.0.1:8080: another process does"
    assert told.next_step == "end that process, or set another `port` in [web] of rookery.toml"


def test_an_address_of_another_machine_is_to_be_set_right() -> None:
    why = OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
    told = refusal("the bot", "192.0.2.1", 1, why, "telegram", "webhook_")
    assert isinstance(told, ConfigurationError)
    assert told.message == "the bot cannot listen on 192.0.2.1:1: Cannot assign requested address"
    assert told.next_step == (
        "set `webhook_bind` in [telegram] of rookery.toml to an address of this machine, or leave it out"
    )
