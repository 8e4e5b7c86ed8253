"""`rookery memory`, with somebody who remembers behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts import names
from tasks.contracts.errors import BadInput, MemoryUnavailable
from tasks.contracts.queues import MEMORY
from tasks.jobs import remembering
from tests.command import Command
from tests.tasks.memory.people import Rights

ADA = ("--person", "web:ada")


@pytest.fixture
def hall(redis_url: str, tmp_path: Path) -> Iterator[Rights]:
    """Who remembers, at work on a thread."""
    made, ending = Rights(redis_url, tmp_path), threading.Event()
    made.flock.store.run(remembering.is_up(600))

    def work() -> None:
        while not ending.is_set():
            made.granter.serve()
            ending.wait(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    yield made
    ending.set()
    thread.join()
    made.close()


def test_what_is_remembered_is_listed_exported_and_forgotten(hall: Rights, command: Command) -> None:
    assert command.invoke("memory", "remember", "I like tea", *ADA).out == "I will remember that.\n"
    command.invoke("memory", "remember", "my dog is called Rex", *ADA)
    listed = command.invoke("memory", "list", *ADA).out
    assert "you: my dog is called Rex (pinned)" in listed
    assert "Rex" not in command.invoke("memory", "list", "tea", *ADA).out
    lines = command.invoke("memory", "export", *ADA).out.splitlines()
    assert {json.loads(line)["text"] for line in lines} == {"I like tea", "my dog is called Rex"}
    assert "1 memory" in command.invoke("memory", "forget", "Rex", *ADA).out
    assert hall.texts() == ["I like tea"]
    assert "I remember nothing of you." in command.invoke("memory", "list").out


def test_ids_that_a_list_told_are_forgotten(hall: Rights, command: Command) -> None:
    for text in ("one", "two", "three"):
        command.invoke("memory", "remember", text, *ADA)
    told = json.loads(command.invoke("memory", "list", "--json", "--limit", "2", *ADA).out)
    assert (len(told["memories"]), bool(told["after"])) == (2, True)
    command.invoke("memory", "forget", " ".join(one["id"] for one in told["memories"]), "--ids", *ADA)
    assert len(hall.texts()) == 1


def test_everything_is_asked_about_first(hall: Rights, command: Command) -> None:
    command.invoke("memory", "remember", "I like tea", *ADA)
    assert command.invoke("memory", "forget", "everything", *ADA).code == 1
    assert hall.texts() == ["I like tea"]
    assert "Everything of you is forgotten" in command.invoke("memory", "forget", "Everything", "--yes", *ADA).out
    assert hall.texts() == []


def test_where_nobody_remembers_it_says_what_to_do(command: Command) -> None:
    with pytest.raises(MemoryUnavailable, match=r"nobody is up who remembers → start `rookery up` again"):
        command.invoke("memory", "list")


def test_a_person_is_named_by_platform_and_number(command: Command) -> None:
    with pytest.raises(BadInput, match="PLATFORM:ID"):
        command.invoke("memory", "list", "--person", "ada")


def test_tidying_is_asked_for(hall: Rights, command: Command) -> None:
    assert "asked for" in command.invoke("memory", "tidy", "--week").out
    bells = [json.loads(bell)["headers"]["task"] for bell in hall.flock.client.lrange(MEMORY, 0, -1)]
    assert bells == [names.TIDY, names.TIDY]
