"""People at the HTTP API: each posts until it is taken, follows the answer, and comes back when the line is cut."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tasks.contracts.messages import job_id
from tests.faults.chat import Post, now_ms
from tests.faults.crashes.platform_chat import PEOPLE, Found, PlatformChat

AGAIN_S = 0.05
CALL_S = 20.0  # a server that died does not answer
PERSONA = "Ada"


class WebChat(PlatformChat):
    """What each of them was told; nobody is told anything unasked, so two answers to one question are two texts."""

    def __init__(self, file: Path, port: int) -> None:
        super().__init__(file)
        self._url = f"http://127.0.0.1:{port}"
        self._answers: dict[str, list[Post]] = {}
        self._threads: list[threading.Thread] = []
        self._taken: dict[str, threading.Event] = {}
        self._ended = threading.Event()
        self.came_back = 0

    def close(self) -> None:
        """Nobody waits any longer."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def is_connected(self) -> bool:
        try:
            with _session() as session:
                return session.get(f"{self._url}/healthz", timeout=CALL_S).ok
        except requests.RequestException:
            return False

    def utter(self, number: int, text: str) -> tuple[str, str, str]:
        session, message = f"s{number % PEOPLE}", f"m{number}"
        job = job_id("web", "web", session, message, persona=PERSONA)
        asked = {"text": text, "session": session, "message_id": message, "persona": PERSONA}
        before, taken = self._taken.get(session), threading.Event()
        self._taken[session] = taken
        thread = threading.Thread(target=self._ask, args=(job, asked, before, taken), daemon=True)
        self._threads.append(thread)
        thread.start()
        return message, job, text

    def found(self) -> Iterator[Found]:
        yield from ()

    def posts(self) -> list[Post]:
        """Return each text that somebody was told as the answer: once, however often they were told it."""
        return [post for posts in list(self._answers.values()) for post in posts]

    def ask_again(self) -> None:
        """Have everybody come back once more and look at what the answer is."""
        with _session() as session:
            for job in list(self._answers):
                self._told(session.get(f"{self._url}/api/jobs/{job}", timeout=CALL_S).json())

    def _ask(self, job: str, asked: dict[str, str], before: threading.Event | None, taken: threading.Event) -> None:
        if before is not None:  # nobody says the next thing before the last one was taken
            before.wait()
        with _session() as session:
            while job not in self._answers and not self._ended.is_set():
                try:
                    told = session.post(f"{self._url}/api/chat", json=asked, timeout=CALL_S)
                    told.raise_for_status()
                    assert told.json()["job"] == job
                    taken.set()
                    self._follow(session, job)
                except requests.RequestException:
                    self.came_back += 1
                    time.sleep(AGAIN_S)
        taken.set()

    def _follow(self, session: requests.Session, job: str) -> None:
        with session.get(f"{self._url}/api/jobs/{job}/events", stream=True, timeout=CALL_S) as stream:
            stream.raise_for_status()
            kind = ""
            for line in stream.iter_lines(decode_unicode=True):
                name, _, value = line.partition(": ")
                kind = value if name == "event" else kind
                if name == "data" and kind == "answer":
                    self._told(json.loads(value))
                    return
        raise requests.ConnectionError("the line was cut")

    def _told(self, answer: dict[str, Any]) -> None:
        known = self._answers.setdefault(answer["job"], [])
        if answer["text"] not in [post.text for post in known]:
            known.append(Post(answer["job"], answer["outcome"], answer["text"], now_ms()))


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy of the environment is for the way out of the house
    return session
