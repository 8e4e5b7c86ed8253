"""The conversations of a browser: a list of them, and each goes on where it was."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tasks.contracts.jobs import JobState
from tests.bots.web.browser import PHONE, fits, last, press, write

pytestmark = pytest.mark.browser


def rows(page):
    return page.locator(".row .name")


def choose(page, title: str) -> None:
    page.locator(".open", has_text=title).click()


def test_conversations_are_listed_and_each_goes_on_where_it_was(page, hand) -> None:
    write(page, "about birds")
    birds = hand.answer("Gladly.").request.session
    expect(last(page, ".body")).to_have_text("Gladly.")
    press(page, "New chat")
    expect(page.get_by_text("Hello, this is rookery.")).to_be_visible()
    write(page, "about fish")
    assert hand.answer("Well.").request.session != birds
    expect(rows(page)).to_have_text(["about fish", "about birds"])
    expect(page.get_by_role("heading", level=1)).to_have_text("about fish")
    choose(page, "about birds")
    expect(page.locator(".said")).to_have_text(["about birds"])
    expect(page.locator(".open[aria-current=true]")).to_have_text("about birds")
    write(page, "more")
    claim = hand.answer("More.")
    assert claim.request.session == birds
    assert [turn.text for turn in claim.window] == ["about birds", "Gladly."]
    expect(rows(page)).to_have_text(["about birds", "about fish"])
    page.reload()
    expect(page.locator(".body")).to_have_text(["Gladly.", "More."])


def test_an_answer_that_comes_while_another_conversation_is_shown_is_marked_and_there(page, hand) -> None:
    write(page, "take your time")
    claim = hand.claim()
    hand.say(claim, "I do")
    expect(last(page, ".body")).to_have_text("I do")
    page.keyboard.press("Control+k")
    expect(page.locator(".exchange")).to_have_count(0)
    expect(page.locator(".mark.running")).to_be_visible()
    hand.finish(claim, "I did.")
    expect(page.locator(".mark.unread")).to_be_visible()
    choose(page, "take your time")
    expect(last(page, ".body")).to_have_text("I did.")
    expect(page.locator(".mark")).to_have_count(0)


def test_a_conversation_is_called_what_one_likes(page, hand) -> None:
    write(page, "about birds")
    hand.answer("Gladly.")
    expect(page.get_by_role("button", name="Regenerate")).to_be_visible()  # the list is drawn anew with an answer's end
    press(page, "Rename about birds")
    field = page.get_by_role("textbox", name="Rename conversation")
    expect(field).to_be_focused()
    field.fill("Ornithology")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_text(["Ornithology"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Ornithology")
    expect(page.get_by_role("button", name="Rename Ornithology")).to_be_focused()
    page.reload()
    expect(rows(page)).to_have_text(["Ornithology"])


def test_a_conversation_that_is_deleted_is_gone_and_what_still_runs_is_taken_back(
    page, hand, gateway, eventually
) -> None:
    write(page, "about birds")
    session = hand.answer("Gladly.").request.session
    expect(last(page, ".body")).to_have_text("Gladly.")
    write(page, "more")
    claim = hand.claim()
    press(page, "Delete about birds")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(rows(page)).to_have_text(["about birds"])
    assert gateway.job(claim.job).state is JobState.CLAIMED
    press(page, "Delete about birds")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".row, .exchange")).to_have_count(0)
    eventually(lambda: gateway.job(claim.job).state is JobState.WITHDRAWN, "the withdrawal")
    eventually(lambda: not hand.store.client.exists(f"rookery:session:{session}"), "its turns to be forgotten")
    assert page.evaluate("JSON.stringify(localStorage)").count("birds") == 0


def test_two_tabs_of_a_browser_show_the_same(page, site, hand) -> None:
    other = page.context.new_page()
    other.goto(site.url)
    write(page, "about birds")
    hand.answer("Gladly.")
    expect(rows(other)).to_have_text(["about birds"])
    choose(other, "about birds")
    expect(last(other, ".body")).to_have_text("Gladly.")
    write(page, "more")
    hand.answer("More.")
    expect(other.locator(".body")).to_have_text(["Gladly.", "More."])


def test_what_storage_holds_that_is_not_ours_does_no_harm(page, site, hand) -> None:
    page.evaluate(
        "localStorage.setItem('rookery.chats', '[{\"session\": \"gone\"}, 7]');"
        "localStorage.setItem('rookery.chat.gone', '{')"
    )
    page.reload()
    write(page, "hello")
    hand.answer("hi")
    expect(last(page, ".body")).to_have_text("hi")


def test_on_a_phone_the_list_lies_over_the_page_until_one_chooses_or_leaves(open_page, site, hand) -> None:
    page = open_page(site.url, viewport=PHONE, has_touch=True)
    write(page, "about birds")
    hand.answer("Gladly.")
    menu = page.get_by_role("button", name="Conversations")
    expect(page.locator("#side")).not_to_be_visible()
    menu.click()
    expect(page.get_by_role("navigation", name="Earlier conversations")).to_be_visible()
    assert page.evaluate("document.getElementById('stage').inert")
    page.keyboard.press("Escape")
    expect(page.locator("#side")).not_to_be_visible()
    expect(menu).to_be_focused()
    menu.click()
    choose(page, "about birds")
    expect(page.locator("#side")).not_to_be_visible()
    assert fits(page)


def test_with_the_keyboard_of_a_phone_open_field_and_answer_stay_in_sight(open_page, site, hand) -> None:
    page = open_page(site.url, viewport=PHONE, has_touch=True)
    write(page, "tell me a lot")
    claim = hand.claim()
    hand.say(claim, "\n".join(f"line {number}" for number in range(60)))
    expect(last(page, ".body")).to_contain_text("line 59")
    page.set_viewport_size({"width": PHONE["width"], "height": 400})
    expect(page.get_by_label("Your message")).to_be_in_viewport(ratio=1)
    hand.finish(claim, "Short.")
    expect(last(page, ".body")).to_be_in_viewport()
    assert fits(page)


def test_the_look_is_that_of_the_system_unless_one_chooses(open_page, site, hand) -> None:
    page = open_page(site.url, color_scheme="light")
    dark = re.compile(r"rgb\(\d\d?, \d\d?, \d\d?\)")
    expect(page.locator("body")).not_to_have_css("background-color", dark)
    press(page, "More")
    page.get_by_label("Appearance").select_option("Dark")
    expect(page.locator("body")).to_have_css("background-color", dark)
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", dark)
    press(page, "More")
    page.get_by_label("Appearance").select_option("System")
    expect(page.locator("body")).not_to_have_css("background-color", dark)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", dark)


def test_nothing_moves_for_who_wants_it_still_and_everything_has_its_role(open_page, site, hand) -> None:
    page = open_page(site.url, reduced_motion="reduce")
    write(page, "hello")
    hand.say(hand.claim(), "Well")
    expect(page.get_by_role("article", name="Answer of rookery")).to_contain_text("Well")
    assert page.locator(".dots i").first.evaluate("(dot) => getComputedStyle(dot).animationName") == "none"
    for role, name in (
        ("main", None),
        ("banner", None),
        ("complementary", "Conversations"),
        ("list", "Conversation"),
        ("textbox", "Your message"),
        ("status", None),
    ):
        expect(page.get_by_role(role, name=name, exact=True) if name else page.get_by_role(role)).to_have_count(1)


def test_what_was_not_sent_is_kept_with_its_conversation(page, hand) -> None:
    field = page.get_by_label("Your message")
    write(page, "about birds")
    hand.answer("Gladly.")
    expect(last(page, ".body")).to_have_text("Gladly.")
    field.fill("and what about ow")
    press(page, "New chat")
    expect(field).to_have_value("")
    field.fill("something else")
    choose(page, "about birds")
    expect(field).to_have_value("and what about ow")
    page.reload()
    expect(field).to_have_value("and what about ow")
    press(page, "New chat")
    expect(field).to_have_value("something else")
    page.keyboard.press("Enter")
    hand.answer("Well.")
    expect(last(page, ".said")).to_have_text("something else")
    page.reload()
    expect(field).to_have_value("")
    press(page, "New chat")
    expect(field).to_have_value("")
