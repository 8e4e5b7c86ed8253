"""What is remembered of somebody, in a real browser: to find, to take along, and to have forgotten."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.bots.web.browser import PHONE
from tests.bots.web.keeping import Keeper, kept
from tests.bots.web.test_page_contrast import pale

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror=window.owned=1>"
MEMORIES = [
    kept(1, "I like tea.", kind="fact", pinned=True),
    kept(2, f"My name is {EVIL}", author=EVIL),
    kept(3, "So you like tea.", author="Rook"),
    kept(4, "We meet on Friday.", channel="discord:7", direct=False, kind="digest"),
]


@pytest.fixture
def keeper(ledger):
    """Somebody who keeps memories."""
    with Keeper(ledger, list(MEMORIES)).at_work() as keeper:
        yield keeper


@pytest.fixture
def see(open_page, site, keeper):
    """Call it for the page with the memories on it."""

    def open_one(**options):
        page = open_page(f"{site.url}/#/memory", **options)
        expect(lines(page)).to_have_count(len(keeper.memories))
        return page

    return open_one


def lines(page):
    return page.locator(".memories li")


def bin_of(page, number: int):
    return lines(page).nth(number).get_by_role("button", name="Forget this")


def agree(page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Forget", exact=True).click()


def test_each_memory_is_shown_with_who_said_it_to_whom_and_names_are_text(see) -> None:
    page = see()
    expect(lines(page).locator(".text")).to_have_text([one.text for one in MEMORIES])
    facts = lines(page).locator(".facts")
    expect(facts.nth(0)).to_contain_text("Ann to Rook · pinned")
    expect(facts.nth(2)).to_contain_text(" · Rook")
    expect(facts.nth(3)).to_contain_text("discord:7 · summary")
    expect(page.locator(".found")).to_have_text("4 memories")
    assert page.locator("main.memory img").count() == 0
    assert page.evaluate("window.owned") is None


def test_memories_are_searched_and_shown_further(see, keeper) -> None:
    page = see()
    page.get_by_role("searchbox", name="Search memories").fill("tea")
    expect(lines(page)).to_have_count(2)
    page.get_by_role("searchbox").fill("coffee")
    expect(page.get_by_text("Nothing like that is remembered of you.")).to_be_visible()
    keeper.memories = [kept(number, f"no. {number}") for number in range(60)]
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".found")).to_have_text("50 memories so far")
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".found")).to_have_text("60 memories")
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


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


def test_everything_is_forgotten_once_that_is_meant(see, keeper) -> None:
    page = see()
    page.get_by_role("button", name="Forget everything").click()
    agree(page)
    expect(page.get_by_text("Nothing is remembered of you.")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert keeper.memories == []


def test_all_of_it_can_be_taken_along(see) -> None:
    page = see()
    with page.expect_download() as begun:
        page.get_by_role("link", name="Export").click()
    assert begun.value.suggested_filename == "memories.jsonl"
    assert len(begun.value.path().read_text().splitlines()) == len(MEMORIES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read(see, scheme: str) -> None:
    page = see(viewport=PHONE, color_scheme=scheme)
    wide = "part => part.scrollWidth <= part.clientWidth"
    assert page.evaluate(f"[document.documentElement, document.querySelector('main.memory')].every({wide})")
    assert pale(page) == {}
    bin_of(page, 0).click()
    assert pale(page) == {}


def test_where_nobody_keeps_memories_that_is_said_and_the_rest_of_the_page_goes_on(open_page, site) -> None:
    page = open_page(site.url)
    away = '{"error": {"type": "MemoryUnavailable", "message": "nobody answers", "next_step": "start `x`"}}'
    page.route("**/api/memories?*", lambda route: route.fulfill(status=503, body=away))
    page.get_by_role("link", name="Memory").click()
    expect(page.locator(".alarm")).to_have_text("Nobody answers. Start x.")
    page.get_by_role("link", name="Chat").click()
    expect(page.get_by_label("Your message")).to_be_visible()
