"""The ledger on a real Redis with people and hosts in a test's hands, and time in its reach."""

from __future__ import annotations

import itertools
import json
from typing import Any

from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.messages import JobRequest, Turn, Usage
from tasks.jobs import fleet_moves, moves, remembering
from tasks.jobs.store import Store
from tasks.jobs.values import Accepted, Claim, Fenced, HostCard, Ways

LONG_MS = 600_000  # no test waits for it
LONG_AGO_MS = 1
MODEL = "demo"
# Everything that Redis holds, in one look: what a client reads key by key may belong to different moments.
DUMP = """
local found = {}
for _, name in ipairs(redis.call('KEYS', '*')) do
  local kind, value = redis.call('TYPE', name).ok, nil
  if kind == 'string' then value = redis.call('GET', name)
  elseif kind == 'hash' then value = redis.call('HGETALL', name)
  elseif kind == 'list' then value = redis.call('LRANGE', name, 0, -1)
  elseif kind == 'set' then value = redis.call('SMEMBERS', name)
  elseif kind == 'zset' then value = redis.call('ZRANGE', name, 0, -1, 'WITHSCORES')
  elseif kind == 'stream' then value = redis.call('XRANGE', name, '-', '+') end
  found[#found + 1] = {name, kind, value, redis.call('PTTL', name)}
end
return cjson.encode(found)
"""


class Flock:
    """The moves of the ledger, short enough to write a scenario with."""

    def __init__(self, url: str, ways: Ways | None = None) -> None:
        self.url, self.ways = url, ways or Ways()
        self.remembers = True  # who waits for memories is waited on by somebody
        self.store = Store.open(url)
        self.client = self.store.client
        self._ids = itertools.count(1)

    # ------------------------------------------------------------ people
    def request(self, text: str = "hello", **fields: Any) -> JobRequest:
        """Make a request; each has an id and a session of its own unless the test says otherwise."""
        number = next(self._ids)
        named = {"job": f"job{number}", "model": MODEL, "session": f"session{number}", "user": "ada", **fields}
        return JobRequest(text=text, **named)

    def submit(self, text: str = "hello", **fields: Any) -> str:
        """Submit a request and return its id."""
        return self.accept(self.request(text, **fields)).job

    def accept(self, request: JobRequest) -> Accepted:
        """Submit this request."""
        if request.recall and self.remembers:
            self.store.run(remembering.is_up(LONG_MS / 1000))
        return self.store.run(moves.submit(request, self.ways))

    def withdraw(self, job: str) -> JobState:
        """Take a job back."""
        return self.store.run(moves.withdraw(job, "ada"))

    # ------------------------------------------------------------ hosts
    def host(self, name: str = "anvil", *models: str, ttl_ms: int = LONG_MS, **card: Any) -> HostCard:
        """Have a host join and beat, and return what it says of itself when it claims."""
        fence, _ = self.store.run(fleet_moves.host_join(name, f"machine of {name}", ttl_ms))
        self.store.run(fleet_moves.host_beat(name, fence, ttl_ms, "{}", models or (MODEL,)))
        return HostCard(name=name, fence=fence, **{"slots": 4, **card})

    def claim(
        self, host: HostCard, model: str = MODEL, lease_ms: int = LONG_MS, worker: str = "w1"
    ) -> Claim | Fenced | None:
        """Answer a bell on this host."""
        return self.store.run(moves.claim(host, model, worker, lease_ms))

    def take(self, host: HostCard, **how: Any) -> Claim:
        """Claim where there must be something to claim."""
        claim = self.claim(host, **how)
        assert isinstance(claim, Claim), claim
        return claim

    def delta(self, claim: Claim, offset: int, text: str) -> bool:
        """Stream a piece."""
        return self.store.run(moves.delta(claim.job, claim.fence, offset, text))

    def finish(self, claim: Claim, reply: str = "hi") -> bool:
        """Give the whole answer."""
        return self.store.run(moves.finish(claim, reply, {"answered_by": "demo"}, Usage(completion_tokens=3)))

    def give_back(self, claim: Claim, kind: str = "retry", error: str = "engine down", **how: Any) -> str:
        """Say that this try came to nothing."""
        return self.store.run(moves.give_back(claim.job, claim.fence, kind, error, **how))

    def serve(self, host: HostCard, **how: Any) -> str:
        """Claim the best job and answer it; return whose it was."""
        claim = self.take(host, **how)
        assert self.finish(claim)
        return claim.job

    # ------------------------------------------------------------ time
    def sweep(self, sweeper: str = "sweeper") -> tuple[int, int]:
        """Look once, as the leader: (jobs moved, bells rung)."""
        seen = self.store.run(moves.sweep(sweeper, LONG_MS))
        assert seen.leads
        return seen.moved, seen.rung

    def past(self, job: str, *fields: str) -> None:
        """Put these times of a job long ago, and its next look too."""
        if fields:
            self.client.hset(self.store.key("job", job), mapping=dict.fromkeys(fields, LONG_AGO_MS))
        self.client.zadd(self.store.key("live"), {job: LONG_AGO_MS})

    def lapse(self, job: str) -> None:
        """Let the lease on a job run out, and have it looked at."""
        self.past(job, "lease_ms")
        self.sweep()

    # ------------------------------------------------------------ looking
    def view(self, job: str) -> JobView:
        """Read a job."""
        return self.store.run(moves.read_job(job))

    def state(self, job: str) -> str:
        """Return where a job stands."""
        return self.view(job).state.value

    def field(self, job: str, name: str) -> str | None:
        """Return one field of a record."""
        found: str | None = self.client.hget(self.store.key("job", job), name)
        return found

    def window(self, session: str) -> list[str]:
        """Return what a session's window says."""
        turns = self.client.lrange(self.store.key("session", session), 0, -1)
        return [Turn.model_validate_json(turn).text for turn in turns]

    def bells(self, queue: str = f"model.{MODEL}") -> int:
        """Return how many bells are on a queue."""
        count: int = self.client.llen(queue)
        return count

    def hear(self, queue: str = f"model.{MODEL}") -> bool:
        """Take one bell off a queue."""
        return self.client.rpop(queue) is not None

    def dump(self) -> dict[str, tuple[str, Any, int]]:
        """Return everything in Redis at one moment: (type, value, ms to live) by key."""
        found: dict[str, tuple[str, Any, int]] = {}
        for name, kind, value, ttl_ms in json.loads(self.client.eval(DUMP, 0)):
            plain = value
            if kind == "hash":
                plain = dict(zip(value[::2], value[1::2], strict=True))
            elif kind == "zset":
                plain = {member: float(score) for member, score in zip(value[::2], value[1::2], strict=True)}
            found[name] = (kind, plain, ttl_ms)
        return found

    def names(self) -> set[str]:
        """Return the names of all keys."""
        return set(self.client.keys("*"))
