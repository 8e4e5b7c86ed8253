"""The frame of the page: its views, what stands behind "More", and who has to sign in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tasks.jobs import keys
from tasks.jobs.keys import Key, Limits, Scope
from tests.bots.web.browser import PHONE, fits, last, press, write

pytestmark = pytest.mark.browser
VIEWS = ("Chat", "Memory", "Fleet", "Jobs", "Learning", "Settings")


def view(page, name: str):
    return page.get_by_role("navigation", name="Views").get_by_role("link", name=name)


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desk", "phone"])
def test_each_view_has_an_address_and_the_way_back_works(open_page, site, hand, viewport) -> None:
    page = open_page(site.url, **({"viewport": viewport, "has_touch": True} if viewport else {}))
    for name in VIEWS:
        view(page, name).click()
        expect(page).to_have_url(f"{site.url}/#/{name.lower()}")
        expect(view(page, name)).to_have_attribute("aria-current", "page")
        expect(page.locator("[data-view][aria-current]")).to_have_count(1)
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.locator(f"#{name.lower()}")).to_be_visible()
        assert fits(page)
    expect(page).to_have_title("Settings · Rookery")
    page.go_back()
    expect(page.locator("#learning")).to_be_visible()
    expect(page.locator("#settings")).to_be_hidden()
    assert page.evaluate("document.querySelector('#learning').contains(document.activeElement)")


def test_an_address_opens_its_view_at_once(open_page, site, hand) -> None:
    page = open_page(f"{site.url}/#/fleet")
    expect(page.locator("#fleet")).to_be_visible()
    expect(page.locator("#chat")).to_be_hidden()
    page.goto(f"{site.url}/#/nonsense/%")
    expect(page.locator("#chat")).to_be_visible()
    assert page.get_by_label("Your message").evaluate("field => field.clientHeight > 20")
    expect(page).to_have_title("New chat · Rookery")


def test_an_answer_goes_on_while_another_view_is_shown(page, hand) -> None:
    write(page, "take your time")
    claim = hand.claim()
    hand.say(claim, "I do")
    expect(last(page, ".body")).to_have_text("I do")
    view(page, "Fleet").click()
    expect(page.locator("#fleet")).to_be_visible()
    page.keyboard.press("Escape")  # stops nothing that is out of sight
    hand.finish(claim, "I did.")
    expect(page.locator("#announcer")).to_have_text("rookery: I did.")
    view(page, "Chat").click()
    expect(last(page, ".body")).to_have_text("I did.")
    expect(page.get_by_label("Your message")).to_be_focused()


def test_a_view_whose_files_do_not_come_says_so(page, hand) -> None:
    page.route("**/settings.js", lambda route: route.abort())
    view(page, "Settings").click()
    expect(page.locator("#settings")).to_contain_text("Settings could not be loaded. Is Rookery still running?")
    page.unroute("**/settings.js")
    press(page, "Try again")
    expect(page.locator("#settings")).not_to_contain_text("could not be loaded")


def test_where_an_answer_came_from_is_one_click_away(page, hand) -> None:
    write(page, "hello")
    job = hand.answer("hi").job
    last(page, "summary:has-text('Details')").click()
    last(page, ".told a").click()
    expect(page).to_have_url(re.compile(f"#/jobs/{job}$"))
    expect(page.locator("#jobs")).to_be_visible()


def test_more_holds_the_looks_and_other_places_to_look_and_escape_closes_it_alone(page, hand) -> None:
    write(page, "hello")
    hand.claim()
    expect(last(page, ".phrase")).to_have_text("claimed by home")
    press(page, "More")
    expect(page.get_by_label("Appearance")).to_be_visible()
    expect(page.get_by_role("link", name="API")).to_have_attribute("href", "docs")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Appearance")).to_be_hidden()
    expect(last(page, ".phrase")).to_have_text("claimed by home")


def test_where_a_key_is_needed_the_page_asks_for_it_once_and_forgets_it_when_asked(
    open_page, open_site, redis_url, hand
) -> None:
    secret, key_id = keys.fresh()
    assert hand.store.run(keys.add(Key(key_id, "ada", frozenset({Scope.CHAT})), secret))
    page = open_page(open_site(redis_url, bind="0.0.0.0").url)
    field = page.get_by_label("Key", exact=True)
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    field.fill("rk_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("That key opens nothing here. Is it typed whole, and not revoked?")
    field.fill(secret)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 host up")).to_be_visible()
    assert secret not in page.evaluate("JSON.stringify(localStorage) + document.cookie + document.body.innerHTML")
    page.reload()
    expect(page.get_by_text("1 host up")).to_be_visible()
    write(page, "hello")
    assert hand.answer("hi").request.user == f"key:{key_id}"
    expect(last(page, ".body")).to_have_text("hi")
    press(page, "More")
    press(page, "Sign out (ada)")
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(field).to_be_focused()


def test_a_key_that_is_revoked_while_an_answer_is_written_is_asked_for_and_the_answer_is_there(
    open_page, open_site, redis_url, hand
) -> None:
    secret, key_id = keys.fresh()
    assert hand.store.run(keys.add(Key(key_id, "ada", frozenset({Scope.CHAT})), secret))
    page = open_page(open_site(redis_url, bind="0.0.0.0").url)
    field = page.get_by_label("Key", exact=True)
    field.fill(secret)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 host up")).to_be_visible()
    write(page, "hello")
    claim = hand.claim()
    page.context.clear_cookies()
    page.reload()
    expect(field).to_be_focused()
    hand.finish(claim, "hi")
    field.fill(secret)
    page.keyboard.press("Enter")
    expect(last(page, ".body")).to_have_text("hi")


def test_a_key_that_has_asked_for_enough_is_told_so_and_when_to_come_again(
    open_page, open_site, redis_url, hand
) -> None:
    secret, key_id = keys.fresh()
    key = Key(key_id, "ada", frozenset({Scope.CHAT}), Limits(day=1))
    assert hand.store.run(keys.add(key, secret))
    page = open_page(open_site(redis_url, bind="0.0.0.0").url)
    page.get_by_label("Key", exact=True).fill(secret)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 host up")).to_be_visible()
    for text in ("one", "two"):
        write(page, text)
    expect(last(page, ".body")).to_contain_text("Key 'ada' has asked for as much as it may in a day. Try again ")
