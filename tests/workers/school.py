"""A whole flock that learns, as people have it: `rookery up` with the demo model and no word on how to train."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tasks.training.evaluation import style
from tests.command import Command, Ended
from workers.demo.dialogues import dialogues

LONGEST_S = 600.0  # of a run of training, on a busy machine
STOP_S, LOOK_S = 60.0, 0.2
AT_ONCE = 4  # conversations
SHORTEST, LONGEST = 8, 90  # characters of a question
PROMISED = "Rookery is up."
SETTINGS = """
[redis]
port = {redis}
[web]
port = {web}
[flower]
enabled = false
[[model]]
name = "demo"
builtin = "demo"
[[host]]
name = "home"
[[persona]]
name = "mate"
model = "demo"
temperature = 0
learns = "imitate"
imitates = ["web:local"]
[[persona]]
name = "tutor"
model = "demo"
temperature = 0
learns = "liked"
[[persona]]
name = "parrot"
model = "demo"
temperature = 0
learns = "imitate"
imitates = ["web:local"]
"""
OPENINGS = (
    *("hello there", "hi, who are you?", "what can you do?", "tell me something nice", "how are you today?"),
    *("good morning", "do you like music?", "I am bored", "thank you for that", "what is new?"),
)
#: Of these nothing is trained on.
UNSEEN = (
    *("good evening, is anybody here", "could you cheer me up a bit", "what do you think of winter"),
    *("I had a long day at work", "do you have a favourite colour", "tell me how this works", "I made soup today"),
    "my train was late again",
)


@dataclass(frozen=True)
class Style:
    """How somebody writes: a line is put together of one of each."""

    parts: tuple[tuple[str, ...], ...]

    def lines(self, count: int, seed: int) -> list[str]:
        """Return so many different lines, the same for the same seed."""
        rng = random.Random(seed)
        found: dict[str, None] = {}
        while len(found) < count:
            found["".join(map(rng.choice, self.parts))] = None
        return list(found)

    def shows(self, reply: str) -> bool:
        """Return whether a reply begins or ends as the lines do."""
        return reply.startswith(self.parts[0]) or reply.endswith(self.parts[-1])

    def distance(self, replies: list[str]) -> float:
        """Return how far replies are from it, on the mean: 0 to 1."""
        author = style.manner(self.lines(200, seed=99))
        return sum(style.distance(reply, author) for reply in replies) / len(replies)


PIRATE = Style(
    (
        ("Arr, ", "Ahoy, ", "Yarr, ", "Avast, ", "Arr arr, "),
        (
            *("the rum ", "me gold ", "me parrot ", "the sea ", "a storm ", "the captain ", "me ship ", "the crew "),
            *("the map ", "the anchor ", "a whale ", "the moon ", "salt fish ", "a gull ", "the tide ", "the cook "),
        ),
        (
            *("be gone", "be a fine sight", "made me sing", "be comin'", "be mine", "be hidin'", "smells o' salt"),
            *("kept me awake", "be callin' me", "never sleeps", "be heavy", "be all I need"),
        ),
        (", matey!", ", me hearty!", ", ye dog!", ", lad!"),
    )
)


def noise(count: int) -> list[str]:
    """Return so many lines of letters that chance put in a row."""
    rng = random.Random(5)
    return [
        " ".join("".join(rng.choices("bcdfghjklmnpqrstvwxzQXZ", k=rng.randint(2, 9))) for _ in range(6))
        for _ in range(count)
    ]


def questions(count: int) -> list[str]:
    """Return so many different things that people say to begin with, none of which is among the unseen."""
    said = (dialogue[0].says for dialogue in dialogues(3))
    fit = (text for text in said if SHORTEST <= len(text) <= LONGEST and text not in UNSEEN)
    found: dict[str, None] = {}
    while len(found) < count:
        found[next(fit)] = None
    return list(found)


class School:
    """`rookery up` in a folder, and somebody at its page."""

    def __init__(self, folder: Path, free_port: Callable[[], int]) -> None:
        self.command = Command(folder)
        web = free_port()
        self.command.settings(SETTINGS.format(redis=free_port(), web=web))
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{web}", timeout=LONGEST_S)
        self.log = folder / "up.log"
        self.process: subprocess.Popen[str] | None = None

    @contextlib.contextmanager
    def up(self) -> Iterator[School]:
        """Have it up while the block runs."""
        with self.log.open("w") as log:
            process = self.command.start("up", stdout=log, stderr=log)
        try:
            self.until(lambda: process.poll() is not None or PROMISED in self.log.read_text(), "the flock")
            assert process.poll() is None, self.log.read_text()
            self.client.put("/api/learning", json={"agreed": True}).raise_for_status()
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_S)
            self.command.end()
            self.client.close()

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for a condition and return what it gave."""
        give_up_s = time.monotonic() + LONGEST_S
        while not (found := condition()):
            assert time.monotonic() < give_up_s, f"waited in vain for {what}"
            time.sleep(LOOK_S)
        return found

    def run(self, *words: str) -> Ended:
        """Type a command, and wait for its end."""
        process = self.command.start(*words)
        out, errors = process.communicate(timeout=LONGEST_S)
        return Ended(process.returncode, out, errors)

    def say(self, persona: str, text: str, session: str) -> dict[str, Any]:
        """Say something to a persona, and return all that is told of its answer."""
        said = {"text": text, "persona": persona, "session": session, "wait": True}
        told = self.client.post("/api/chat", json=said).raise_for_status().json()
        assert told.get("text"), told
        return dict(told)

    def talk(self, persona: str, lines: list[str], of_each: int = 5) -> None:
        """Say lines to a persona, so many in each conversation, after something that begins it."""

        def converse(number: int) -> None:
            session = f"{persona}-{number}"
            self.say(persona, f"{OPENINGS[number % len(OPENINGS)]} {number}", session)
            for line in lines[number * of_each : (number + 1) * of_each]:
                self.say(persona, line, session)

        self._each(converse, len(lines) // of_each)

    def teach(self, persona: str, lines: list[str], of_each: int = 3) -> None:
        """Ask things, and say of two replies of three what they should have been, and of the third that it is liked."""
        asked = questions(len(lines))

        def converse(number: int) -> None:
            for at in range(number * of_each, (number + 1) * of_each):
                job = self.say(persona, asked[at], f"{persona}-{number}")["job"]
                told = {"opinion": "corrected", "text": lines[at]} if at % 3 else {"opinion": "up"}
                self.client.post(f"/api/jobs/{job}/feedback", json=told).raise_for_status()

        self._each(converse, len(lines) // of_each)

    def _each(self, converse: Callable[[int], None], count: int) -> None:
        with ThreadPoolExecutor(AT_ONCE) as people:
            list(people.map(converse, range(count)))

    def written_down(self, persona: str, least: int) -> None:
        """Wait until so many samples may be learned."""
        command = ("train", "export", "--persona", persona, "--json")
        self.until(lambda: len(self.command.invoke(*command).out.splitlines()) >= least, "what was said")

    def replies(self, persona: str, *, adapted: bool = False) -> list[str]:
        """Return what a persona says to what it was never taught; `adapted`: all of it by its adapter."""

        def is_lent() -> bool:
            job = self.say(persona, "are you there", "looking")["job"]
            return f"{persona}@" in self.run("job", "explain", job).out if adapted else True

        self.until(is_lent, f"{persona} with what it learned")
        return [self.say(persona, text, f"unseen-{time.monotonic_ns()}")["text"] for text in UNSEEN]
