"""Jobs in a real browser: to find one, to see why it took as long as it did, to ask once more."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tasks.contracts.jobs import NOTICES, Cause, JobState
from tasks.contracts.messages import JobRequest
from tasks.jobs import moves
from tests.bots.web.browser import PHONE

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=window.owned=1>"


@pytest.fixture
def submit(gateway):
    """Call it to have somebody ask something; it returns the job's id."""
    number = 0

    def one(text: str, **fields) -> str:
        nonlocal number
        number += 1
        named = {"job": f"job{number:02}", "session": f"web:rookery:s{number}", "user": f"u{number}", "model": "demo"}
        request = JobRequest(text=text, **{"persona": "rookery", **named, **fields})
        return gateway.submit(request).job

    return one


@pytest.fixture
def see(open_page, site):
    """Call it for the page with the jobs on it, or with one of them."""

    def open_one(job: str = "", **options):
        page = open_page(site.url, **options)
        page.evaluate("job => { location.hash = `#/jobs${job && '/'}${job}` }", job)
        expect(page.get_by_role("heading", level=1, name="Jobs")).to_be_visible()
        return page

    return open_one


def rows(page):
    return page.locator(".jobs-list li")


def fits(page) -> bool:
    """Return whether nothing makes the view scroll sideways."""
    wide = "part => part.scrollWidth <= part.clientWidth"
    return bool(page.evaluate(f"[document.documentElement, document.querySelector('main.jobs')].every({wide})"))


def fail(hand, job: str) -> None:
    """Have every try of a job fail."""
    for _ in range(3):
        claim = hand.claim()
        assert claim.job == job
        hand.store.run(moves.give_back(claim.job, claim.fence, "retry", "the engine does not answer"))


def test_without_jobs_the_list_says_so(see) -> None:
    page = see()
    expect(page.get_by_text("No jobs yet. What people ask will be here.")).to_be_visible()
    expect(page.get_by_text("Choose a job to see why it took as long as it did.")).to_be_visible()


def test_jobs_are_listed_with_the_latest_first_and_change_where_they_stand(see, submit, hand) -> None:
    submit("about birds")
    submit("about fish")
    page = see()
    expect(rows(page).locator(".topic")).to_have_text(["about fish", "about birds"])
    expect(rows(page).locator(".state")).to_have_text(["waiting", "waiting"])
    hand.answer("Gladly.")
    expect(rows(page).locator(".state")).to_have_text(["waiting", "answered"])
    expect(rows(page).last.locator(".facts")).to_contain_text("rookery · demo on home · ")


def test_new_jobs_wait_until_one_asks_for_them(see, submit, hand) -> None:
    submit("the first")
    page = see()
    expect(rows(page)).to_have_count(1)
    submit("the second")
    submit("the third")
    newer = page.get_by_role("button", name="Show 2 newer jobs")
    expect(newer).to_be_visible()
    expect(rows(page)).to_have_count(1)
    newer.click()
    expect(rows(page).locator(".topic")).to_have_text(["the third", "the second", "the first"])
    expect(newer).to_be_hidden()
    expect(page.get_by_role("link", name="the third")).to_be_focused()


def test_jobs_are_found_by_their_words_state_model_and_session(see, submit, hand, gateway) -> None:
    submit("about birds", session="web:rookery:nest")
    submit("about birds too", session="web:rookery:nest")
    submit("about fish")
    gateway.cancel("job03", "web")
    page = see()
    asked = rows(page).locator(".topic")
    expect(asked).to_have_count(3)
    page.get_by_role("searchbox", name="Search jobs").fill("birds")
    expect(asked).to_have_text(["about birds too", "about birds"])
    page.get_by_role("searchbox", name="Search jobs").fill("nothing like it")
    expect(page.get_by_text("No job is like that.")).to_be_visible()
    page.get_by_role("searchbox", name="Search jobs").fill("")
    page.get_by_label("State", exact=True).select_option("Waiting")
    expect(asked).to_have_count(2)
    page.get_by_label("State", exact=True).select_option("Any state")
    page.get_by_label("Model", exact=True).select_option("demo")
    expect(asked).to_have_count(3)
    rows(page).nth(1).locator("a").click()
    page.get_by_role("button", name="Only jobs of session web:rookery:nest").click()
    expect(asked).to_have_count(2)
    page.get_by_role("button", name="Session web:rookery:nest: show all again").click()
    expect(asked).to_have_count(3)


def test_a_job_is_explained_as_a_timeline_while_it_goes_on(see, submit, hand) -> None:
    job = submit("about birds")
    page = see()
    rows(page).locator("a").click()
    expect(page).to_have_url(re.compile(f"#/jobs/{job}$"))
    heading = page.get_by_role("heading", name="about birds")
    expect(heading).to_be_focused()
    labels = page.locator(".steps .label")
    expect(labels).to_have_text(["received", "queued"])
    expect(page.locator(".steps .at .label")).to_have_text("queued")
    expect(page.locator(".verdict")).to_have_text("waitingnot tried so far")
    expect(page.locator(".axis span").last).to_have_text(re.compile(r"^\d\.\d s$"))  # it grows while one waits
    waits = page.locator(".steps .at")
    track, bar = (waits.locator(part).bounding_box() for part in (".track", ".stretch"))
    assert bar["width"] > track["width"] * 0.9
    claim = hand.claim()
    expect(labels).to_have_text(["received", "queued", "claimed"])
    hand.say(claim, "Gladly")
    expect(labels).to_have_text(["received", "queued", "claimed", "first token"])
    hand.finish(claim, "Gladly, and at length.")
    expect(labels.last).to_have_text("delivered")
    expect(page.locator(".answer-text")).to_have_text("Gladly, and at length.")
    expect(page.locator(".verdict")).to_contain_text("answered by demo on home")
    expect(page.locator(".steps li").nth(2)).to_contain_text("home")
    expect(page.locator("dl.facts")).to_contain_text("12 read, 5 written")
    bars = page.locator(".steps .stretch")
    assert all(box["width"] >= 3 for box in (bar.bounding_box() for bar in bars.all()))


def test_a_job_that_failed_is_asked_again_from_its_timeline(see, submit, hand, gateway) -> None:
    job = submit("about birds")
    fail(hand, job)
    page = see()
    page.get_by_label("State", exact=True).select_option("Failed for good")
    expect(rows(page).locator(".state")).to_have_text("failed")
    expect(rows(page).locator(".wrong")).to_contain_text("the engine does not answer")
    rows(page).locator("a").click()
    expect(page.locator(".answer-text")).to_have_text(NOTICES[Cause.FAILED])
    page.get_by_role("button", name="Try again").click()
    expect(page).not_to_have_url(re.compile(f"#/jobs/{job}$"))
    expect(page.locator(".steps .label").last).to_have_text("queued")
    claim = hand.claim()
    assert (claim.job != job, claim.request.text) == (True, "about birds")
    hand.finish(claim, "Now it works.")
    expect(page.locator(".answer-text")).to_have_text("Now it works.")
    assert gateway.job(job).state is JobState.DELIVERED


def test_a_job_that_nobody_knows_is_told_kindly(see) -> None:
    page = see("nosuchjob")
    expect(page.locator(".explain .alarm")).to_contain_text("not kept any more")


def test_words_of_people_and_models_are_text_wherever_they_stand(see, submit, hand) -> None:
    submit(EVIL, persona=EVIL, user=EVIL, session=f"web:{EVIL}:1")
    hand.answer(f"{EVIL} <b>not bold</b>")
    page = see()
    rows(page).locator("a").click()
    expect(page.locator(".answer-text")).to_have_text(f"{EVIL} <b>not bold</b>")
    expect(page.get_by_role("heading", name=EVIL)).to_be_visible()
    assert page.locator("main.jobs :is(img, b)").count() == 0
    assert page.evaluate("window.owned") is None


def test_on_a_phone_a_job_takes_the_place_of_the_list_and_one_comes_back_to_it(see, submit, hand) -> None:
    submit(f"about {'birdsandfish' * 20}")
    hand.answer(f"Gladly. {'Donaudampfschifffahrt' * 10}")
    page = see(viewport=PHONE, has_touch=True, color_scheme="dark")
    rows(page).locator("a").click()
    expect(page.locator(".explain h2")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_be_hidden()
    assert fits(page)
    page.get_by_role("link", name="All jobs").click()
    expect(rows(page).first).to_be_visible()
    expect(rows(page).locator("a")).to_be_focused()
    assert fits(page)


def test_jobs_are_reached_and_explained_by_keyboard(see, submit, hand) -> None:
    submit("about birds")
    page = see()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("searchbox", name="Search jobs").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(rows(page).locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="about birds")).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows(page).locator("a")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="about birds")).to_be_focused()
