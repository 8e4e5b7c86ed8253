"""The page in front of a real host: llama.cpp holds the demo model, and nothing is played."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.bots.web.browser import last, write
from tests.workers.household import Household, until

pytestmark = pytest.mark.browser

FLEET = """
[[model]]
name = "demo"
builtin = "demo"
[[host]]
name = "home"
"""


@pytest.fixture
def home(tmp_path: Path, redis_url: str) -> Iterator[Household]:
    """A host with llama.cpp that has the demo model in memory."""
    house = Household(tmp_path, redis_url, FLEET)
    house.start()
    until(lambda: house.ended() or house.is_ready(), "the host with its model")
    assert not house.ended(), house.output.read_text()
    yield house
    house.close()


def test_one_asks_sees_the_host_at_work_and_why_the_answer_took_as_long_as_it_did(home, open_page, site) -> None:
    page = open_page(site.url)
    write(page, "hello")
    expect(last(page, ".answer")).to_have_attribute("data-kind", "reply")
    page.get_by_role("link", name="Fleet").click()
    host = page.locator(".card")
    expect(host.get_by_role("heading")).to_have_text("home")
    expect(host.locator(".residents")).to_contain_text(re.compile(r"demo.*\d\.\d GiB.*busy"))
    expect(page.locator(".events")).to_contain_text(re.compile("home (has demo ready|loaded demo)"))
    expect(page.get_by_text("1 model in the catalogue, 1 in memory")).to_be_visible()
    page.get_by_role("link", name="Jobs").click()
    page.locator(".jobs-list").get_by_role("link", name="hello").click()
    expect(page.locator(".steps .label").last).to_have_text("delivered")
    steps = page.locator(".steps .label").all_inner_texts()  # what is answered in one go has no first token of its own
    assert [step for step in steps if step != "first token"] == [
        "received",
        "queued",
        "claimed",
        "answered",
        "delivered",
    ]
    expect(page.locator(".verdict")).to_contain_text("answered by demo on home")
    expect(page.locator(".answer-text")).not_to_be_empty()
