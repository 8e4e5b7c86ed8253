"""The page in a real browser: what a person sees, with the keyboard, on a phone, in the dark."""

from __future__ import annotations

import re

import pytest

from tasks.contracts.fleet import parse
from tasks.contracts.jobs import NOTICES, Cause
from tasks.jobs import moves, roster
from tests.bots.web.browser import DESK, PHONE, fits, last, write

pytestmark = pytest.mark.browser

LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän" * 4
RICH = (
    "A rook sorts **three** things:\n- seeds\n- `stones`\n- friends\n\n1. first\n2. second\n\n"
    f'```python\nprint("caw, " + "a very long line indeed " * 9)  # {LONG_WORD}\n```\n'
    f"<b>not bold</b> <script>window.owned = 1</script> {LONG_WORD}"
)


def test_hello_is_answered_while_one_watches(page, hand) -> None:
    from playwright.sync_api import expect

    expect(page.get_by_text("Hello, this is rookery.")).to_be_visible()
    write(page, "hello")
    expect(last(page, ".said")).to_have_text("hello")
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(last(page, ".phrase")).to_have_text("queued")
    claim = hand.claim()
    expect(last(page, ".phrase")).to_have_text("claimed by home")
    hand.say(claim, "Good ")
    expect(last(page, ".body")).to_have_text("Good")
    expect(last(page, ".phrase")).to_have_text("home is writing")
    hand.say(claim, "morning", after="Good ")
    expect(last(page, ".body")).to_have_text("Good morning")
    expect(last(page, ".answer")).to_have_attribute("aria-busy", "true")
    hand.finish(claim, "Good morning!")
    expect(last(page, ".body")).to_have_text("Good morning!")
    expect(last(page, ".waiting")).to_be_hidden()
    expect(last(page, ".answer")).to_have_attribute("aria-busy", "false")
    last(page, "summary:has-text('Details')").click()
    expect(last(page, ".told")).to_have_text(re.compile(r"demo on home · 12 → 5 tokens · first word .* s in all"))
    expect(last(page, ".told")).to_contain_text(claim.job)
    expect(page.locator("#announcer")).to_have_text("rookery: Good morning!")


def test_the_demo_model_is_called_that(page, hand) -> None:
    from playwright.sync_api import expect

    expect(page.locator("#about")).to_contain_text("demo model")
    write(page, "hello")
    hand.answer("hi")
    expect(last(page, ".badge")).to_be_visible()
    expect(last(page, ".badge")).to_have_text("demo model")


def test_a_model_of_ones_own_carries_no_badge_and_there_is_a_choice_of_personas(open_page, open_site, redis_url, hand):
    from playwright.sync_api import expect

    models = [{"name": "demo", "builtin": "demo"}, {"name": "Big One", "gguf": "big.gguf"}]
    personas = [{"name": "ada", "model": "demo"}, {"name": "Grace", "model": "Big One"}]
    page = open_page(open_site(redis_url, parse({"model": models, "persona": personas}, "test")).url)
    page.get_by_label("Who answers").select_option("Grace")
    write(page, "hello")
    hand.model = "big-one"
    hand.arrive()
    assert hand.answer("hi").request.persona == "Grace"
    expect(last(page, ".speaker")).to_have_text("Grace")
    expect(last(page, ".body")).to_have_text("hi")
    expect(last(page, ".badge")).to_be_hidden()


def test_who_takes_no_messages_cannot_be_chosen_and_another_one_answers(open_page, open_site, redis_url, hand):
    from playwright.sync_api import expect

    hand.store.run(roster.disable("ada", "she sleeps", "ben"))
    personas = [{"name": name, "model": "demo"} for name in ("ada", "Grace")]
    page = open_page(open_site(redis_url, parse({"persona": personas}, "test")).url)
    expect(page.locator("#greeting")).to_have_text("Hello, this is Grace.")
    away = page.get_by_label("Who answers").locator("option", has_text="ada (away)")
    expect(away).to_be_disabled()
    expect(away).to_have_attribute("title", "she sleeps")
    write(page, "hello")
    assert hand.answer("hi").request.persona == "Grace"


def test_a_notice_reads_as_one_and_can_be_asked_again(page, hand) -> None:
    from playwright.sync_api import expect

    write(page, "hello")
    claim = hand.claim()
    hand.store.run(moves.give_back(claim.job, claim.fence, Cause.REJECTED.value, "no"))
    expect(last(page, ".body")).to_have_text(NOTICES[Cause.REJECTED])
    expect(last(page, ".answer")).to_have_attribute("data-kind", "notice")
    page.get_by_role("button", name="Ask again").click()
    assert hand.answer("now it works").request.text == "hello"
    expect(last(page, ".body")).to_have_text("now it works")


def test_one_message_too_many_is_told_with_its_next_step_and_can_be_tried_again(page, hand) -> None:
    from playwright.sync_api import expect

    for text in ("one", "two", "three"):
        write(page, text)
    expect(last(page, ".body")).to_have_text(re.compile("not sent yet.*Wait for an answer or stop one"))
    expect(last(page, ".answer")).to_have_attribute("data-kind", "error")
    hand.answer("the first")
    expect(page.get_by_text("the first", exact=True)).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    assert [hand.answer("2").request.text, hand.answer("3").request.text] == ["two", "three"]
    expect(last(page, ".body")).to_have_text("3")


def test_what_is_written_while_a_message_is_on_its_way_arrives_after_it(page, hand) -> None:
    from playwright.sync_api import expect

    held = []
    page.route("**/api/chat", lambda route: held.append(route), times=1)
    for text in ("one", "two"):
        write(page, text)
    expect(last(page, ".said")).to_have_text("two")
    page.wait_for_timeout(50)  # a moment in which the second could overtake the first
    assert hand.store.run(moves.list_jobs()) == []
    held[0].continue_()
    expect(last(page, ".phrase")).to_have_text("waiting for your earlier message")
    assert [hand.answer("1").request.text, hand.answer("2").request.text] == ["one", "two"]
    expect(last(page, ".body")).to_have_text("2")


def test_a_page_whose_server_is_gone_says_so_and_tries_the_same_message_again(open_page, open_site, redis_url, hand):
    from playwright.sync_api import expect

    site = open_site(redis_url)
    page = open_page(site.url)
    expect(page.get_by_text("1 host up")).to_be_visible()
    page.route("**", lambda route: route.abort())
    write(page, "hello")
    expect(last(page, ".body")).to_have_text(re.compile("Rookery does not answer.*rookery up starts it"))
    expect(page.locator("#flock")).to_have_text("The connection was lost; trying again")
    drawn = page.locator(".icon:visible use").evaluate_all("all => all.map((icon) => icon.getBBox().width > 0)")
    assert all(drawn)
    assert len(drawn) > len(("Chat", "Fleet", "Jobs", "Settings", "More"))
    page.unroute("**")
    page.get_by_role("button", name="Try again").click()
    assert hand.answer("hi").request.text == "hello"
    expect(last(page, ".body")).to_have_text("hi")


def test_an_answer_survives_a_redis_that_was_killed(page, hand, kill_redis, revive_redis) -> None:
    from playwright.sync_api import expect

    write(page, "hello")
    claim = hand.claim()
    hand.say(claim, "Half ")
    expect(last(page, ".body")).to_have_text("Half")
    kill_redis()
    expect(last(page, ".phrase")).to_have_text(re.compile("Redis is away|connection was lost"))
    revive_redis()
    hand.say(claim, "and half", after="Half ")
    expect(last(page, ".body")).to_have_text("Half and half")
    hand.finish(claim, "Half and half")
    expect(last(page, ".waiting")).to_be_hidden()
    expect(last(page, ".body")).to_have_text("Half and half")


def test_without_a_host_the_page_says_what_it_waits_for(open_page, site) -> None:
    from playwright.sync_api import expect

    page = open_page(site.url)
    expect(page.get_by_text("no host is up")).to_be_visible()
    write(page, "anybody there?")
    expect(last(page, ".phrase")).to_have_text("waiting for a host that has demo")
    expect(last(page, ".more-words")).to_contain_text("Your message is kept. `rookery up`")


def test_a_reload_keeps_the_conversation_and_goes_on_listening(page, hand) -> None:
    from playwright.sync_api import expect

    write(page, "first")
    session = hand.answer("one").request.session
    expect(last(page, ".body")).to_have_text("one")
    write(page, "second")
    claim = hand.claim()
    hand.say(claim, "tw")
    expect(last(page, ".body")).to_have_text("tw")
    page.reload()
    expect(page.locator(".said")).to_have_text(["first", "second"])
    expect(last(page, ".body")).to_have_text("tw")
    hand.finish(claim, "two")
    expect(page.locator(".body")).to_have_text(["one", "two"])
    write(page, "third")
    assert hand.answer("three").request.session == session


def test_shift_enter_starts_a_new_line_and_blank_is_not_sent(page, hand) -> None:
    from playwright.sync_api import expect

    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    write(page, "   ")
    expect(page.locator(".exchange")).to_have_count(0)
    page.get_by_label("Your message").fill("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    assert hand.answer("ok").request.text == "one\ntwo"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_markdown_is_shown_as_such_and_markup_as_text_without_scrolling_sideways(
    open_page, site, hand, scheme, viewport
) -> None:
    from playwright.sync_api import expect

    page = open_page(site.url, color_scheme=scheme, viewport=viewport)
    assert fits(page)
    write(page, f"How do rooks sort?\n{LONG_WORD}")
    hand.answer(RICH)
    body = last(page, ".body")
    expect(body.locator("strong")).to_have_text("three")
    expect(body.locator("ul li")).to_have_text(["seeds", "stones", "friends"])
    expect(body.locator("ol li")).to_have_text(["first", "second"])
    expect(body.locator("pre code")).to_contain_text('print("caw, "')
    expect(body.get_by_text("<b>not bold</b> <script>")).to_be_visible()
    assert body.locator("b, script").count() == 0
    assert page.evaluate("window.owned") is None
    assert fits(page)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", paper)[:3]) / 3
    assert brightness > 200 if scheme == "light" else brightness < 60


def test_the_page_scrolls_along_only_for_who_is_at_the_bottom(page, hand) -> None:
    from playwright.sync_api import expect

    bottom = "(s => s.scrollHeight - s.scrollTop - s.clientHeight < 2)(document.getElementById('scroll'))"
    write(page, "tell me a lot")
    claim = hand.claim()
    text = "\n".join(f"line {number}" for number in range(80))
    hand.say(claim, text)
    expect(last(page, ".body")).to_contain_text("line 79")
    page.wait_for_function(bottom)
    page.evaluate("document.getElementById('scroll').scrollTop = 0")
    hand.say(claim, "\nthe end", after=text)
    expect(last(page, ".body")).to_contain_text("the end")
    assert page.evaluate("document.getElementById('scroll').scrollTop") == 0


def test_everything_can_be_reached_by_keyboard(page, hand) -> None:
    from playwright.sync_api import expect

    write(page, "hello")
    hand.claim()
    expect(last(page, ".phrase")).to_have_text("claimed by home")
    reached = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(one => one.id || one.getAttribute('aria-label') || one.textContent.trim())(document.activeElement)"
            )
        )
    assert {"Chat", "Fleet", "more-opens", "new", "hello, running", "Edit", "Stop", "text"} <= reached
