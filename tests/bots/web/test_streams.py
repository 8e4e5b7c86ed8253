"""Places for streams: so many, one more is told to come again, and each is free again when its stream is over."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bots.web.streams import Streams
from tasks.contracts.errors import ServerBusy
from tasks.contracts.fleet import parse


@pytest.fixture
def narrow(redis_url, open_site) -> Iterator[httpx.Client]:
    """A client of a page with a place for one."""
    site = open_site(redis_url, parse({"web": {"max_streams": 1}}, "test"))
    with httpx.Client(base_url=site.url, timeout=20.0, trust_env=False) as client:
        yield client


def test_a_stream_too_many_is_told_when_to_come_again_and_the_job_is_there_all_the_same(
    narrow, hand, eventually
) -> None:
    job = narrow.post("/api/chat", json={"text": "hello"}).json()["job"]
    with narrow.stream("GET", f"/api/jobs/{job}/events") as first:
        lines = first.iter_lines()
        next(lines)
        told = narrow.get(f"/api/jobs/{job}/events")
        assert (told.status_code, told.json()["error"]["type"]) == (503, "ServerBusy")
        assert int(told.headers["retry-after"]) >= 1
        assert narrow.post("/generate", json={"prompt": "hello"}).status_code == 503, "waiting takes a place, too"
        hand.answer("Good morning!")
        assert narrow.get(f"/jobs/{job}").json()["text"] == "Good morning!"
    eventually(lambda: narrow.get(f"/api/jobs/{job}/events").status_code == 200, "the place to be free")


def test_who_waits_for_an_answer_holds_a_place_until_it_is_there(narrow, hand) -> None:
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(narrow.post, "/generate", json={"prompt": "hello"})
        claim = hand.claim()
        other = narrow.post("/api/chat", json={"text": "hello"}).json()["job"]
        assert narrow.get(f"/api/jobs/{other}/events").status_code == 503
        hand.finish(claim, "hi")
        assert coming.result().status_code == 200
    hand.answer("ho")
    assert narrow.get(f"/api/jobs/{other}/events").status_code == 200


def test_a_place_is_given_back_whatever_ends_it() -> None:
    streams = Streams(1)

    def fails_in_its_place() -> None:
        with streams.place():
            raise ValueError(streams.open)

    with pytest.raises(ValueError, match="1"):
        fails_in_its_place()
    with streams.place(), pytest.raises(ServerBusy), streams.place():
        pass
    assert streams.open == 0
