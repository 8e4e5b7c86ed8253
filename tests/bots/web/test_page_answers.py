"""What can be done with an answer on the page: stop it, ask anew, put the question another way, copy it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tasks.contracts.jobs import JobState
from tasks.jobs import fleet_moves
from tests.bots.web.browser import last, press, write

pytestmark = pytest.mark.browser
AT_BOTTOM = "(s => s.scrollHeight - s.scrollTop - s.clientHeight < 2)(document.getElementById('scroll'))"
CODE = "Look:\n```python\nprint(1)\n```\nDone."


@pytest.mark.parametrize("how", ["button", "key"])
def test_stop_takes_the_message_back_and_keeps_what_was_written(page, hand, gateway, how) -> None:
    write(page, "tell me everything")
    claim = hand.claim()
    hand.say(claim, "In the beginning")
    expect(last(page, ".body")).to_have_text("In the beginning")
    press(page, "Stop") if how == "button" else page.keyboard.press("Escape")
    expect(last(page, ".ended")).to_be_visible()
    expect(last(page, ".waiting")).to_be_hidden()
    expect(last(page, ".body")).to_have_text("In the beginning")
    assert gateway.job(claim.job).state is JobState.WITHDRAWN
    page.reload()
    expect(last(page, ".ended")).to_be_visible()
    expect(last(page, ".body")).to_have_text("In the beginning")


def test_a_regenerated_answer_takes_the_place_of_the_old_one_which_stays_in_reach(page, hand) -> None:
    write(page, "name a bird")
    first = hand.answer("A rook.")
    expect(last(page, ".body")).to_have_text("A rook.")
    press(page, "Regenerate")
    second = hand.claim()
    assert (second.request.text, second.request.replaces, second.window) == ("name a bird", first.job, ())
    expect(last(page, ".which")).to_have_text("2 of 2")
    hand.finish(second, "A jay.")
    expect(last(page, ".body")).to_have_text("A jay.")
    press(page, "Earlier answer")
    expect(last(page, ".body")).to_have_text("A rook.")
    expect(last(page, ".which")).to_have_text("1 of 2")
    expect(last(page, ".anew")).to_be_hidden()
    press(page, "Later answer")
    expect(last(page, ".body")).to_have_text("A jay.")
    expect(last(page, ".anew")).to_be_visible()
    write(page, "why?")
    assert [turn.text for turn in hand.claim().window] == ["name a bird", "A jay."]
    expect(page.locator(".exchange").first.locator(".anew")).to_be_hidden()


def test_the_last_message_can_be_put_another_way(page, hand) -> None:
    write(page, "name a brid")
    hand.answer("A what?")
    expect(last(page, ".body")).to_have_text("A what?")
    press(page, "Edit")
    field = page.get_by_label("Edit your message")
    expect(field).to_be_focused()
    field.fill("name a bird")
    page.keyboard.press("Enter")
    claim = hand.claim()
    assert (claim.request.text, claim.window) == ("name a bird", ())
    hand.finish(claim, "A rook.")
    expect(page.locator(".exchange")).to_have_count(1)
    expect(last(page, ".said")).to_have_text("name a bird")
    expect(last(page, ".body")).to_have_text("A rook.")
    press(page, "Earlier answer")
    expect(last(page, ".said")).to_have_text("name a brid")


def test_a_message_that_is_put_another_way_while_it_is_answered_is_taken_back_first(page, hand, gateway) -> None:
    write(page, "tell me everthing")
    claim = hand.claim()
    expect(last(page, ".phrase")).to_have_text("claimed by home")
    page.get_by_label("Your message").focus()
    page.keyboard.press("ArrowUp")
    page.get_by_label("Edit your message").fill("tell me a little")
    page.keyboard.press("Enter")
    second = hand.claim()
    assert gateway.job(claim.job).state is JobState.WITHDRAWN
    assert second.request.text == "tell me a little"
    hand.finish(second, "So be it.")
    expect(last(page, ".body")).to_have_text("So be it.")


def test_what_was_put_another_way_is_not_lost_where_the_old_message_could_not_be_taken_back(page, hand) -> None:
    write(page, "hello")
    claim = hand.claim()
    expect(last(page, ".phrase")).to_have_text("claimed by home")
    page.route("**/api/jobs/*", lambda route: route.abort() if route.request.method == "DELETE" else route.continue_())
    press(page, "Edit")
    page.get_by_label("Edit your message").fill("good evening")
    page.keyboard.press("Enter")
    expect(last(page, ".phrase")).to_contain_text("Not stopped: Rookery does not answer.")
    expect(page.get_by_label("Your message", exact=True)).to_have_value("good evening")
    hand.finish(claim, "hi")
    expect(last(page, ".body")).to_have_text("hi")


def test_a_message_can_be_stopped_while_it_is_still_on_its_way(page, hand) -> None:
    held = []
    page.route("**/api/chat", lambda route: held.append(route))
    with page.expect_request("**/api/chat"):
        write(page, "hello")
    press(page, "Stop")
    expect(last(page, ".phrase")).to_have_text("stopping")
    held[0].continue_()
    expect(last(page, ".ended")).to_be_visible()
    assert hand.try_to_claim() is None


def test_escape_leaves_the_editor_and_stops_nothing(page, hand, gateway) -> None:
    write(page, "hello")
    claim = hand.claim()
    press(page, "Edit")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Edit your message")).to_have_count(0)
    expect(last(page, ".said")).to_have_text("hello")
    hand.finish(claim, "hi")
    expect(last(page, ".body")).to_have_text("hi")
    assert gateway.job(claim.job).state is JobState.DELIVERED


@pytest.mark.parametrize("allowed", [True, False], ids=["as browsers like it", "over plain http"])
def test_an_answer_and_its_code_can_be_copied(open_page, site, hand, allowed) -> None:
    page = open_page(site.url, permissions=["clipboard-read", "clipboard-write"])
    write(page, "show me")
    hand.answer(CODE)
    expect(last(page, ".language")).to_have_text("python")
    if not allowed:
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not here')); }")
    for name, text in (("Copy code", "print(1)"), ("Copy answer", CODE), ("Copy message", "show me")):
        copies = last(page, f"[aria-label='{name}']")
        copies.click()
        expect(copies).to_have_attribute("data-state", "done")
        assert page.evaluate("navigator.clipboard.readText()") == text


def test_code_that_is_copied_while_the_answer_goes_on_stays_as_it_was(page, hand) -> None:
    write(page, "show me")
    claim = hand.claim()
    hand.say(claim, CODE)
    expect(last(page, ".body")).to_contain_text("Done.")
    last(page, "pre").evaluate("(pre) => { pre.marked = true; pre.focus(); }")
    hand.say(claim, " And more.", after=CODE)
    expect(last(page, ".body")).to_contain_text("And more.")
    assert last(page, "pre").evaluate("(pre) => pre.marked && pre === document.activeElement")


def test_a_post_whose_answer_got_lost_is_repeated_and_yet_there_once(page, hand) -> None:
    def lose(route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/chat", lose)
    write(page, "hello")
    expect(last(page, ".body")).to_contain_text("Rookery does not answer")
    page.unroute("**/api/chat")
    press(page, "Try again")
    hand.answer("hi")
    expect(last(page, ".body")).to_have_text("hi")
    assert hand.try_to_claim() is None
    expect(last(page, ".which")).to_be_hidden()


def test_what_was_said_while_redis_was_away_is_kept_and_tried_again(page, hand, kill_redis, revive_redis) -> None:
    expect(page.get_by_text("1 host up")).to_be_visible()
    kill_redis()
    write(page, "hello")
    expect(last(page, ".body")).to_contain_text("Redis is away, so nothing can be taken in")
    revive_redis()
    hand.arrive()
    press(page, "Try again")
    hand.answer("hi")
    expect(last(page, ".body")).to_have_text("hi")


def test_who_waits_sees_how_many_came_before_and_that_a_model_is_loading(page, hand) -> None:
    write(page, "first")
    expect(last(page, ".phrase")).to_have_text("queued")
    page.keyboard.press("Control+k")
    write(page, "second")
    expect(last(page, ".phrase")).to_have_text("queued, 1 before you")
    about = json.dumps({"models": [{"name": "demo", "slug": "demo", "state": "starting"}]})
    assert hand.store.run(fleet_moves.host_beat("home", hand.fence, 60_000, about, []))
    expect(last(page, ".phrase")).to_have_text("home is loading demo")
    expect(last(page, ".since")).to_have_text(re.compile(r"\d+ s"))


def test_what_a_model_thought_is_there_for_who_opens_it(page, hand) -> None:
    write(page, "how many eggs?")
    hand.finish(hand.claim(), "Four.", thoughts="Two nests.\n<b>Two</b> eggs in each.")
    expect(last(page, ".body")).to_have_text("Four.")
    thought = last(page, ".thought")
    expect(thought).to_be_hidden()
    page.get_by_text("Thinking", exact=True).click()
    expect(thought).to_be_visible()
    expect(thought).to_have_text("Two nests.\n<b>Two</b> eggs in each.")
    page.reload()
    expect(last(page, ".thoughts")).to_be_visible()
    write(page, "and where?")
    hand.answer("In the elm.")
    expect(last(page, ".thoughts")).to_be_hidden()


def test_each_paragraph_runs_the_way_its_letters_do(page, hand) -> None:
    write(page, "hello")
    hand.answer("In Arabic:\n\n\u0645\u0631\u062d\u0628\u0627")
    expect(last(page, ".body p")).to_have_count(2)
    latin, arabic = last(page, ".body p").evaluate_all(
        """all => all.map((paragraph) => {
            const words = document.createRange();
            words.selectNodeContents(paragraph);
            return [words.getBoundingClientRect(), paragraph.getBoundingClientRect()];
        }).map(([words, whole]) => [words.left - whole.left, whole.right - words.right])"""
    )
    assert latin[0] < 1 < latin[1]
    assert arabic[1] < 1 < arabic[0]


def test_no_font_makes_other_signs_of_those_that_were_written(page, hand) -> None:
    write(page, "7x3 -> 21")
    for place in ("body", ".said"):
        seen = page.locator(place).last.evaluate("node => getComputedStyle(node).fontVariantLigatures")
        assert seen == "no-contextual"


def test_a_thumb_says_what_an_answer_was_worth_until_it_is_taken_back(page, hand) -> None:
    write(page, "hello")
    job = hand.answer("hi").job
    up, down = (last(page, f"[aria-label='{name} answer']") for name in ("Good", "Bad"))
    for thumb, other in ((up, down), (down, up)):
        with page.expect_response(f"**/api/jobs/{job}/feedback"):
            thumb.click()
        expect(thumb).to_have_attribute("aria-pressed", "true")
        expect(other).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(down).to_have_attribute("aria-pressed", "true")
    with page.expect_response(f"**/api/jobs/{job}/feedback"):
        down.click()
    expect(down).to_have_attribute("aria-pressed", "false")
    said = [fields for _, fields in hand.store.client.xrange("rookery:archive") if fields["kind"] == "feedback"]
    assert {fields["opinion"]: fields["undone"] for fields in said} == {"up": "1", "down": "1"}


def test_a_thumb_that_could_not_be_kept_is_not_shown_as_if_it_was(page, hand) -> None:
    write(page, "hello")
    hand.answer("hi")
    page.route("**/feedback", lambda route: route.abort())
    press(page, "Good answer")
    expect(page.locator("#announcer")).to_contain_text("Not noted: Rookery does not answer.")
    expect(last(page, "[aria-label='Good answer']")).to_have_attribute("aria-pressed", "false")


def test_an_answer_is_rated_among_its_details(page, hand) -> None:
    write(page, "hello")
    hand.answer("hi")
    last(page, "summary:has-text('Details')").click()
    four = page.get_by_role("group", name="How good was it").get_by_role("button", name="4 of 5")
    for pressed, said in (("true", "Noted, thank you"), ("false", "Taken back")):
        four.click()
        expect(four).to_have_attribute("aria-pressed", pressed)
        expect(page.locator("#announcer")).to_have_text(said)
    told = [fields for _, fields in hand.store.client.xrange("rookery:archive") if fields["kind"] == "feedback"]
    assert [(fields["opinion"], fields["text"], fields["undone"]) for fields in told] == [
        ("rated", "4", "0"),
        ("rated", "", "1"),
    ]


def test_an_answer_is_corrected_below_it(page, hand) -> None:
    write(page, "capital of Peru?")
    hand.answer("Bogotá")
    press(page, "Correct answer")
    field = page.get_by_label("What it should have been")
    expect(field).to_have_value("Bogotá")
    field.press("Escape")
    expect(field).to_have_count(0)
    press(page, "Correct answer")
    field.fill("Lima")
    with page.expect_response("**/feedback"):
        field.press("Enter")
    expect(page.locator("#announcer")).to_have_text("Noted, thank you")
    expect(field).to_have_count(0)
    said = [fields for _, fields in hand.store.client.xrange("rookery:archive") if fields["kind"] == "feedback"]
    assert [(fields["opinion"], fields["text"]) for fields in said] == [("corrected", "Lima")]


def test_a_page_that_comes_back_is_told_what_it_does_not_know_yet(page, hand) -> None:
    write(page, "tell me a lot")
    claim = hand.claim()
    hand.say(claim, "🦉 said")
    expect(last(page, ".body")).to_have_text("🦉 said")
    with page.expect_request(lambda asked: "/events?after=" in asked.url) as again:
        page.reload()
    assert again.value.url.endswith(f"after={claim.fence}.7")
    expect(last(page, ".phrase")).to_have_text("home is writing")
    hand.say(claim, " hoo", after="🦉 said")
    expect(last(page, ".body")).to_have_text("🦉 said hoo")
    hand.finish(claim, "🦉 said hoo hoo")
    expect(last(page, ".body")).to_have_text("🦉 said hoo hoo")


def test_from_far_above_there_is_a_way_back_to_the_latest_words(page, hand) -> None:
    write(page, "tell me a lot")
    hand.answer("\n".join(f"line {number}" for number in range(90)))
    expect(last(page, ".body")).to_contain_text("line 89")
    latest = page.get_by_role("button", name="To the latest words")
    expect(latest).to_be_hidden()
    page.evaluate("document.getElementById('scroll').scrollTop = 0")
    latest.click()
    expect(latest).to_be_hidden()
    page.wait_for_function(AT_BOTTOM)
