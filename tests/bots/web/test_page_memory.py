"""What is remembered of somebody, in a real browser: to find, to take along, and to have forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tasks.jobs import consents
from tests.bots.web.browser import PHONE
from tests.bots.web.keeping import Keeper, kept
from tests.bots.web.test_page_contrast import pale

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror=window.owned=1>"
MEMORIES = [
    kept(1, "I like tea.", kind="fact", pinned=True),
    kept(2, f"My name is {EVIL}", author=EVIL),
    kept(3, "So you like tea.", author="Rook"),
    kept(4, f"We meet at {'Llanfair' * 30}.", author="שרה", channel="discord:7", direct=False, kind="digest"),
]

ALL = len(MEMORIES)


@pytest.fixture
def keeper(ledger):
    """Somebody who keeps memories."""
    with Keeper(ledger, list(MEMORIES)).at_work() as keeper:
        yield keeper


@pytest.fixture
def see(open_page, site, keeper):
    """Call it for the page with the memories on it."""

    def open_one(shown=ALL, **options):
        page = open_page(f"{site.url}/#/memory", **options)
        expect(lines(page)).to_have_count(shown)
        return page

    return open_one


def lines(page):
    return page.locator(".memories li")


def bin_of(page, number: int):
    return lines(page).nth(number).get_by_role("button", name="Forget this")


def more(page):
    return page.get_by_role("button", name="Show more")


def agree(page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Forget", exact=True).click()


def test_each_memory_is_shown_with_who_said_it_to_whom_and_names_are_text(see) -> None:
    page = see(viewport=PHONE)
    expect(lines(page).locator(".text")).to_have_text([one.text for one in MEMORIES])
    facts = lines(page).locator(".facts")
    expect(facts.nth(0)).to_contain_text(" · Ann to Rook · pinned")
    expect(facts.nth(2)).to_contain_text(" · Rook")
    expect(facts.nth(3)).to_contain_text(" · שרה to Rook · discord:7 · summary")
    expect(facts.nth(3).locator("bdi")).to_have_text(["שרה", "Rook", "discord:7"])
    expect(bin_of(page, 2)).to_have_accessible_name("Forget this: “So you like tea.”")
    expect(page.locator(".found")).to_have_text("4 memories")
    assert page.locator("main.memory img").count() == 0
    assert page.evaluate("window.owned") is None
    with page.expect_download() as begun:
        page.get_by_role("link", name="Export").click()
    assert begun.value.suggested_filename == "memories.jsonl"
    assert len(begun.value.path().read_text().splitlines()) == len(MEMORIES)


def test_one_says_there_whether_one_may_be_learned_from(see, ledger) -> None:
    page = see()
    box = page.get_by_label("Personas that learn may learn from what I say")
    expect(box).not_to_be_checked()
    with page.expect_response("**/api/learning"):
        box.check()
    assert ledger.run(consents.every()).allow(["web:local"])
    page.reload()
    expect(box).to_be_checked()
    page.route("**/api/learning", lambda route: route.abort())
    box.click()
    expect(page.locator("main.memory .alarm")).to_contain_text("Rookery does not answer.")
    expect(box).to_be_checked()


def test_it_fits_a_phone_and_can_be_read(see) -> None:
    page = see(viewport=PHONE)
    wide = "part => part.scrollWidth <= part.clientWidth"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert pale(page) == {}
        bin_of(page, 3).click()
        assert pale(page) == {}
        parts = "document.documentElement, document.querySelector('main.memory'), document.querySelector('dialog')"
        assert page.evaluate(f"[{parts}].every({wide})")
        page.keyboard.press("Escape")


def test_memories_are_searched_and_shown_further(see, keeper) -> None:
    page = see()
    page.get_by_role("searchbox", name="Search memories").fill("tea")
    expect(lines(page)).to_have_count(2)
    page.get_by_role("searchbox").fill("coffee")
    expect(page.get_by_text("Nothing like that is remembered of you.")).to_be_visible()
    keeper.memories = [kept(number, f"no. {number}") for number in range(60)]
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".found")).to_have_text("50 memories so far")
    more(page).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_have_text("60 memories")
    expect(more(page)).to_be_hidden()
    expect(bin_of(page, 50)).to_be_focused()


def test_one_is_forgotten_once_that_is_meant_and_the_keyboard_goes_on_from_there(see, keeper) -> None:
    page = see()
    keeper.flags = ("An adapter was trained on it.",)
    bin_of(page, 1).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(f"“My name is {EVIL}”")
    page.keyboard.press("Escape")
    assert [wish.kind for wish in keeper.wishes] == ["list"]
    page.keyboard.press("Enter")
    agree(page)
    expect(lines(page)).to_have_count(3)
    expect(bin_of(page, 1)).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("Forgotten: 1.")
    expect(page.locator(".alarm")).to_have_text("An adapter was trained on it.")
    assert keeper.wishes[-1].ids == ("m2",)


def test_everything_is_forgotten_once_that_is_meant_also_what_is_not_shown_yet(see, keeper) -> None:
    keeper.memories = [kept(number, f"no. {number}") for number in range(60)]
    page = see(50)
    expect(more(page)).to_be_visible()
    page.get_by_role("button", name="Forget everything").click()
    agree(page)
    expect(page.get_by_text("Nothing is remembered of you.")).to_be_visible()
    expect(more(page)).to_be_hidden()
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert keeper.memories == []


def test_an_answer_of_before_brings_nothing_back(see, keeper) -> None:
    page = see()
    before = page.evaluate("fetch('api/memories?about=&after=').then((told) => told.text())")
    waiting: list[Any] = []
    page.route("**/api/memories?about=tea*", lambda asked: waiting.append(asked))
    page.get_by_role("searchbox").fill("tea")
    expect(page.locator(".found")).to_have_text("looking …")
    bin_of(page, 0).click()
    agree(page)
    expect(lines(page)).to_have_count(3)
    waiting.pop().fulfill(body=before, content_type="application/json")
    expect(page.locator(".found")).to_have_text("3 memories")
    expect(lines(page).locator(".text").first).to_have_text(MEMORIES[1].text)


def test_where_nobody_keeps_memories_that_is_said_until_somebody_does(open_page, site, ledger) -> None:
    page = open_page(f"{site.url}/#/memory")
    expect(page.locator(".alarm")).to_contain_text("Nobody is up who keeps memories. rookery run memory")
    with Keeper(ledger, list(MEMORIES)).at_work():
        page.get_by_role("button", name="Try again").click()
        expect(lines(page)).to_have_count(len(MEMORIES))
    expect(page.locator(".alarm")).to_be_hidden()
    bin_of(page, 0).click()
    agree(page)
    expect(page.locator(".alarm")).to_have_text("It will be forgotten as soon as whoever keeps the memories is there.")
    expect(lines(page)).to_have_count(len(MEMORIES) - 1)
    page.get_by_role("link", name="Chat").click()
    expect(page.get_by_label("Your message")).to_be_visible()
