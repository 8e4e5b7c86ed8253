"""Eight idle hosts get a question for a model that none of them holds; how many of them load it.

Real agents; a load takes half a second. In some trials the host that is loading is killed (SIGKILL): another one has to
take over, and again only one. Between trials the model goes, since nobody uses it.
"""

from __future__ import annotations

from benchmarks.agents import Fleet, Place, fleet, waited_s
from benchmarks.figures import Figure, Findings, Goal, Tell
from tasks.contracts.jobs import Outcome
from tasks.jobs import fleet_moves

HOSTS, QUICK_HOSTS = 8, 3
TRIALS, QUICK_TRIALS = 5, 2
KILL_EVERY = 5
LOAD_S, UNUSED_S = 0.5, 0.2
MODEL, SLUG = "hot", "hot"
ONE = Goal.most(1.0)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the most loads that one question led to, and how long the answers took."""
    return trials(tell, QUICK_HOSTS if quick else HOSTS, QUICK_TRIALS if quick else TRIALS)


def trials(tell: Tell, hosts: int, count: int) -> Findings:
    """Return the figures of so many trials."""
    places = [
        Place(f"host {number}", [MODEL], extra=f"preload = []\nunload_after_s = {UNUSED_S}") for number in range(hosts)
    ]
    loads, waits, killed = [], [], 0
    with fleet(places, load_s=LOAD_S) as made:
        pids = {place.name: made.begin(place.name) for place in places}
        for place in places:
            made.until(lambda name=place.name: made.settled(name), place.name)  # type: ignore[misc]
        for trial in range(count):
            tell(0.2 + 0.8 * trial / count, f"trial {trial + 1} of {count}")
            before, job = made.counts().loads, made.ask(MODEL, "hello")
            if trial % KILL_EVERY == KILL_EVERY - 1 and (name := loader(made, job)):
                pids[name] = made.kill(name, pids[name])
                killed += 1
            (view,) = made.answered([job])
            made.until(lambda: is_nowhere(made), "the end of the model")  # a load is counted after its first answer
            loads.append(made.counts().loads - before if view.outcome is Outcome.REPLY else hosts)
            waits.append(waited_s(view))
    return Findings(
        figures=(
            Figure(name="most loads for one question", value=max(loads), goal=ONE),
            Figure(name="trials", value=count),
            Figure(name="loading hosts killed", value=killed),
            Figure(name="longest wait", value=max(waits), unit="s"),
        )
    )


def is_nowhere(made: Fleet) -> bool:
    """Return whether no host holds, loads or lets go the model any more."""
    hosts = made.store.run(fleet_moves.status()).hosts
    return all(host.live and not host.about.get("models") for host in hosts) and not made.store.client.zcard(
        made.store.key("serves", SLUG)
    )


def loader(made: Fleet, job: str) -> str:
    """Return the host that takes on the load; empty where the job was answered before that could be seen."""
    found: str | bool = made.until(
        lambda: made.store.client.hget(made.store.key("loading", SLUG), "host") or made.gateway.job(job).ended, "a load"
    )
    return found if isinstance(found, str) else ""
