"""What must hold of the ledger at every moment, read from everything that Redis keeps of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tasks.contracts.jobs import ENDED, HELD, WAITING

NS = "rookery:"
Kept = dict[str, tuple[str, Any, int]]
#: Keys that hold ids of jobs which live; everything else may outlive them.
OF_THE_LIVING = (
    "live",
    "waiting",
    "room",
    "asks",
    "fifo",
    "recalling",
    "wishing",
    "lane",
    "user",
    "claims",
    "batch",
    "outbox",
    "pushed",
    "channel",
)


def of(kept: Kept, *kind: str) -> dict[str, Any]:
    """Return the values of `rookery:<kind>:…` by what follows."""
    prefix = NS + ":".join(kind) + ":"
    return {name.removeprefix(prefix): value for name, (_, value, _) in kept.items() if name.startswith(prefix)}


def index(kept: Kept, name: str) -> dict[str, float]:
    """Return a sorted set that there is one of."""
    found: dict[str, float] = kept.get(NS + name, ("zset", {}, -1))[1]
    return found


def records(kept: Kept) -> dict[str, dict[str, str]]:
    """Return all records by job."""
    return of(kept, "job")


def held_sets(kept: Kept) -> dict[tuple[str, str], list[str]]:
    """Return what is held by host and model."""
    sets = {}
    for rest, ids in of(kept, "claims").items():
        parts = rest.split(":")
        if len(parts) == 2:
            sets[parts[0], parts[1]] = ids
    return sets


def entries(kept: Kept) -> list[tuple[str, str]]:
    """Return (entry, job) of all outboxes."""
    return [(entry, fields[1]) for stream in of(kept, "outbox").values() for entry, fields in stream]


def places(kept: Kept) -> dict[str, Counter[str]]:
    """Count for each id the places in which it stands."""
    standing: dict[str, Counter[str]] = {}

    def put(ids: Any, place: str) -> None:
        for job in ids:
            standing.setdefault(job, Counter())[place] += 1

    put(index(kept, "live"), "live")
    put(index(kept, "recalling"), "recalling")
    put(index(kept, "wishing"), "wishing")
    for kind in ("waiting", "fifo", "lane", "user", "pushed", "channel"):
        for ids in of(kept, kind).values():
            put(ids, kind)
    for ids in held_sets(kept).values():
        put(ids, "claims")
    put([job for _, job in entries(kept)], "outbox")
    return standing


def expected(record: dict[str, str]) -> set[str]:
    """Return the places in which a job of this state must stand, once each."""
    state = record["state"]
    if state in ENDED:
        return set()
    wanted = {"live", "user"} | {
        index for index, field in (("pushed", "bot"), ("channel", "channel")) if record.get(field)
    }
    if state in WAITING or state in HELD:
        wanted.add("lane")
    if state == "queued":
        wanted |= {"waiting", "fifo"}
    if state in HELD:
        wanted.add("claims")
    if state in ("done", "delivering") and record.get("bot"):
        wanted.add("outbox")
    return wanted


def every_job_is_in_its_places(kept: Kept) -> None:
    """Check that each job stands where its state says, once, and nowhere else."""
    jobs, standing = records(kept), places(kept)
    assert standing.keys() <= jobs.keys(), f"ids without a record: {standing.keys() - jobs.keys()}"
    for job, record in jobs.items():
        found = standing.get(job, Counter())
        if record["state"] == "recalling":
            waits = "wishing" if record.get("work") == "memory" else "recalling"
            found.pop(waits, None)  # not there while its memories are being fetched
        assert found == Counter(expected(record)), (job, record["state"], found)


def indexes_agree(kept: Kept) -> None:
    """Check that waiting room, lines of users, fair tags and the index of models tell one story."""
    jobs = records(kept)
    lines = {name: set(ids) for name, ids in of(kept, "fifo").items()}
    for name, ids in lines.items():
        for job in ids:
            record = jobs[job]
            assert name == f"{record['slug']}:{record['class']}:{record['user']}", (name, record)
    tagged = {f"{name}:{user}" for name, users in of(kept, "fair").items() if name.count(":") == 1 for user in users}
    assert tagged == lines.keys()
    for name in of(kept, "fair"):
        assert NS + "fair:" + ":".join(name.split(":")[:2]) in kept, f"{name} outlived its backlog"
    rooms = [f"{name.split(':')[0]}:{job}" for name, ids in of(kept, "room").items() for job in ids]
    waits = {f"{slug}:{job}" for slug, ids in of(kept, "waiting").items() for job in ids}
    assert sorted(rooms) == sorted(waits)
    assert {f"{slug}:{job}" for slug, asks in of(kept, "asks").items() for job in asks} == waits
    assert of(kept, "waiting").keys() <= index(kept, "turn").keys(), "a model waits without a clock"
    oldest = {slug: min(scores.values()) for slug, scores in of(kept, "waiting").items()}
    assert index(kept, "models") == oldest


def lanes_go_one_by_one(kept: Kept) -> None:
    """Check that only the head of a session is on its way."""
    jobs = records(kept)
    for session, ids in of(kept, "lane").items():
        states = [jobs[job]["state"] for job in ids]
        assert states[0] != "received", (session, states)
        assert set(states[1:]) <= {"received"}, (session, states)


def holders_hold_what_is_theirs(kept: Kept) -> None:
    """Check that the holds of hosts, and their counts of batch and suspects, are those of the records."""
    jobs, sets = records(kept), held_sets(kept)
    for (host, slug), ids in sets.items():
        for job in ids:
            assert (jobs[job]["host"], jobs[job]["slug"]) == (host, slug)
    for rest, ids in of(kept, "claims").items():
        parts = rest.split(":")
        if len(parts) == 3:
            assert set(ids) <= set(sets.get((parts[0], parts[1]), [])), rest
        elif len(parts) == 1:
            assert set(ids) == {slug for host, slug in sets if host == rest}, rest


def batch_in_hand_is_counted(kept: Kept) -> None:
    """Check that the batch jobs of a model that are in hand are known, whichever host has them."""
    for slug, ids in of(kept, "batch").items():
        for job in ids:
            record = records(kept)[job]
            assert (record["slug"], record["class"], record["state"] in HELD) == (slug, "batch", True)
    counted = {job for ids in of(kept, "batch").values() for job in ids}
    assert counted == {job for rest, ids in of(kept, "claims").items() if rest.endswith(":batch") for job in ids}


def what_ended_fades(kept: Kept) -> None:
    """Check that tombstones and their words have a time to live, and what lives has none."""
    for job, record in records(kept).items():
        ended = record["state"] in ENDED
        assert (kept[f"{NS}job:{job}"][2] > 0) is ended, job
        assert (kept[f"{NS}text:{job}"][2] > 0) is ended, job


def what_is_untidy_was_taken_back(kept: Kept) -> None:
    """Check that a bot is asked to tidy up after jobs only that were withdrawn and left messages of its own."""
    for name, jobs in of(kept, "untidy").items():
        for job in jobs:
            record = records(kept)[job]
            assert (record["bot"], record["state"], bool(record.get("placed"))) == (name, "withdrawn", True), record
        assert kept[f"{NS}untidy:{name}"][2] > 0


def what_is_over_is_counted_once(kept: Kept) -> None:
    """Check that each outcome is in one bucket of response times, and each end among the deliveries."""
    jobs = records(kept).values()
    buckets = [
        int(number)
        for fields in of(kept, "measures").values()
        for name, number in fields.items()
        if name.startswith("response|") and not name.endswith("|ms")
    ]
    of_models = [record for record in jobs if record.get("work") != "memory"]
    assert sum(buckets) == sum(bool(record.get("outcome")) for record in of_models)
    deliveries: dict[str, str] = kept.get(f"{NS}deliveries", ("hash", {}, -1))[1]
    assert sum(map(int, deliveries.values())) == sum(record["state"] in ENDED for record in jobs)


def all_hold(kept: Kept) -> None:
    """Check everything."""
    every_job_is_in_its_places(kept)
    indexes_agree(kept)
    lanes_go_one_by_one(kept)
    holders_hold_what_is_theirs(kept)
    batch_in_hand_is_counted(kept)
    what_ended_fades(kept)
    what_is_untidy_was_taken_back(kept)
    what_is_over_is_counted_once(kept)


def nothing_lives(kept: Kept) -> None:
    """Check that all ended, and that nothing is left but tombstones."""
    assert {record["state"] for record in records(kept).values()} <= {str(state) for state in ENDED}
    for name, (kind, value, _) in kept.items():
        if name.removeprefix(NS).split(":")[0] in OF_THE_LIVING:
            assert kind == "stream", name  # an outbox stays, empty
            assert not value, name
