"""The chat in front of a real llama.cpp that takes its time: an answer is stopped, asked for again and weighed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.bots.web.browser import last, press, write
from tests.tiny_model import write_tiny_gguf
from tests.workers.household import Household, until

pytestmark = pytest.mark.browser
SLOW = {"hidden": 384, "layers": 5}  # a second for an answer, so that it can be stopped in its middle
WORDS = 300
FLEET = """
[[model]]
name = "babble"
gguf = "{gguf}"
context_tokens = 2048
[[persona]]
name = "Babbler"
model = "babble"
max_tokens = {words}
temperature = 0.0
[[host]]
name = "home"
"""


@pytest.fixture
def home(tmp_path: Path, redis_url: str) -> Iterator[Household]:
    """A host with a model that talks without end, and not quickly."""
    gguf = write_tiny_gguf(tmp_path / "babble.gguf", 1, **SLOW)
    house = Household(tmp_path, redis_url, FLEET.format(gguf=gguf, words=WORDS))
    house.start()
    until(lambda: house.ended() or house.is_ready(), "the host with its model")
    assert not house.ended(), house.output.read_text()
    yield house
    house.close()


def test_an_answer_is_stopped_in_its_middle_asked_for_again_and_weighed(home, open_page, open_site, redis_url) -> None:
    page = open_page(open_site(redis_url, home.settings.fleet).url)
    write(page, "talk")
    expect(last(page, ".body")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(last(page, ".ended")).to_be_visible()
    stopped = last(page, ".body").text_content()
    press(page, "Ask again")
    expect(last(page, ".answer")).to_have_attribute("data-kind", "reply")
    whole = last(page, ".body").text_content()
    assert len(whole) > len(stopped) > 0
    last(page, "summary:has-text('Details')").click()
    expect(last(page, ".told")).to_contain_text(f"→ {WORDS} tokens")
    press(page, "Earlier answer")
    expect(last(page, ".body")).to_have_text(stopped)
    press(page, "Later answer")
    press(page, "Good answer")
    expect(last(page, "[aria-label='Good answer']")).to_have_attribute("aria-pressed", "true")
    press(page, "Regenerate")
    expect(last(page, ".which")).to_have_text("3 of 3")
    expect(last(page, ".answer")).to_have_attribute("data-kind", "reply")
