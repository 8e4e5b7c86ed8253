"""What of the ledger outlives the moment, so that a backup holds it, and what does not, and why. Pure.

Work in hand is none of it: who asked was answered since, or has asked again, and nobody is to hear the same twice.
"""

from __future__ import annotations

SESSIONS, SESSION, ARCHIVE, INGESTED, BOOKMARKS = "sessions", "session", "archive", "ingested", "bookmark"
#: The first part of the names of keys that are kept, and what would be lost without.
KEPT = {
    SESSION: "the last turns of a conversation",
    "condensed": "what stands for the older messages of a conversation",
    SESSIONS: "which conversations the transcript knows",
    "epochs": "which conversation of a chat is the present one",
    ARCHIVE: "what is not in the transcript yet",
    INGESTED: "what was brought in, so that it is not taken twice",
    BOOKMARKS: "how far platforms were heard, and how far the transcript is remembered",
    "keys": "the keys of the HTTP API, by their digests",
    "fleet": "the version of the fleet file, and the machines that were invited",
    "consents": "who agreed that is learned from what they say, and which channels are left out",
    "personas": "who takes no messages, and how often each has answered",
    "round": "whose turn it is",
    "adapters": "which adapter is served for each persona",
    "unlearn": "what was forgotten, and adapters may still know",
    "tally": "what happened to a model on a host, counted",
    "tallies": "which of these there are",
    "measures": "how long jobs and loads took, counted",
    "deliveries": "how jobs ended, counted",
}
#: The first part of all others: jobs and who is at them, what hosts said of themselves, what is told within a day, and
#: what is made again. A test knows every key by name, so a new one has to be put into one of the two.
LEFT = frozenset(
    {
        *(
            "job",
            "text",
            "live",
            "dead",
            "jobs",
            "lane",
            "user",
            "channel",
            "quota",
            "recalling",
            "refilling",
            "wishing",
        ),
        *("cache", "cached", "warm", "pace", "load_pace", "archiving", "pocket", "watch", "outbox", "bot", "pushed"),
        *("untidy", "models", "waiting", "room", "asks", "turn", "fair", "fifo", "passed", "owed", "movable", "batch"),
        *("claims", "hosts", "lost", "host", "serves", "slots", "loading", "loads", "draining", "glances", "reserved"),
        *("may", "able", "used", "unloadable", "open", "probation", "timeline", "history", "happened", "heartbeat"),
        *("sweeper", "lead", "notices", "notice", "noticed", "troubles", "scaled", "events", "demand", "learned"),
    }
)
#: Of these each is whole by itself. The others go together, so they are read at one moment.
APART = (SESSION, "condensed", ARCHIVE, INGESTED)


def kept(name: str) -> bool:
    """Return whether a key is to be kept, by its name without the namespace.

    >>> kept("session:web:rook:1"), kept("job:x")
    (True, False)
    """
    return name.partition(":")[0] in KEPT


def apart(name: str) -> bool:
    """Return whether a key is whole by itself, and one of many."""
    return name.partition(":")[0] in APART
