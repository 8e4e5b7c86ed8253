"""What the emulated Discord does besides the usual: each a switch, all of them seen in the real thing."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Fault:
    """One thing that goes wrong with matching requests, so many times."""

    path: str
    """A pattern for the path below the API's base, as `channels/.*/messages$`."""
    method: str = ""
    times: int = 1
    status: int = 502
    code: int = 0
    after: bool = False
    """Whether the request was carried out all the same, and only its answer is lost."""
    drop: bool = False
    """Whether the connection is cut instead of an answer."""
    via: bool = True
    """Of a 429: whether it comes from Discord itself, and not from what stands before it."""
    retry_after: float = 0.05
    skip: int = 0
    """How many matching requests pass before the first one fails."""

    def hits(self, method: str, path: str) -> bool:
        """Return whether it befalls this request, and count it."""
        if self.times <= 0 or (self.method and self.method != method) or not re.search(self.path, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class Quirks:
    """The switches."""

    token: str = "token.of.the.emulated-bot"
    content_allowed: bool = True
    """Whether the application may see what people write: the privileged intent in the developer portal."""
    heartbeat_ms: int = 41_250
    acknowledge: bool = True
    """Whether heartbeats are acknowledged."""
    refuse_handshakes: int = 0
    """How many websocket handshakes fail from now on."""
    refuse_resume: bool = False
    """Whether RESUME is answered by op 9 false."""
    nonce_window_s: float = 300.0
    history_has_nonce: bool = False
    interaction_deadline_s: float = 3.0
    interaction_token_s: float = 900.0
    charset: bool = False
    """Whether JSON is sent as `application/json; charset=utf-8`, which the real one never does."""
    per_channel: int = 0
    """Messages and edits that a channel takes within `per_channel_s`; 0: any number."""
    per_channel_s: float = 5.0
    latency_s: float = 0.0
    hidden: list[str] = field(default_factory=list)
    """Channels that the bot may not see: 403 and code 50001."""
    silent: list[str] = field(default_factory=list)
    """Channels that it may not write to: 403 and code 50013."""
    faults: list[Fault] = field(default_factory=list)

    def change(self, values: dict[str, Any]) -> None:
        """Set switches by name; `faults` are added to those that are there."""
        for name, value in values.items():
            if name == "faults":
                self.faults += [Fault(**fault) for fault in value]
            elif name not in asdict(self):
                raise KeyError(name)
            else:
                setattr(self, name, value)

    def strikes(self, method: str, path: str) -> Fault | None:
        """Return what goes wrong with a request."""
        return next((fault for fault in self.faults if fault.hits(method, path)), None)
