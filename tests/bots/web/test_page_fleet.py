"""The fleet in a real browser: hosts and what they hold, who waits, what was loaded and let go, how fast it all is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from bots.web.house.shapes import HistoryShape
from tasks.contracts.fleet import parse
from tasks.contracts.messages import JobRequest
from tasks.jobs import fleet_moves, keys
from tasks.jobs.keys import Key, Scope
from tasks.jobs.values import Word
from tests.bots.conftest import Site
from tests.bots.web.acting import Host, Resident
from tests.bots.web.browser import PHONE

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=window.owned=1>"
TURNED = "evil\u202egnp"
MODELS = ("crow", "jay", "rook")
CATALOGUE = {"model": [{"name": name, "gguf": f"{name}.gguf"} for name in MODELS]}


@pytest.fixture
def fleet():
    """Three models, and a persona for each."""
    return parse({**CATALOGUE, "persona": [{"name": name.title(), "model": name} for name in MODELS]}, "test")


@pytest.fixture
def see(open_page, site):
    """Call it for the page with the fleet on it."""

    def open_one(**options):
        page = open_page(site.url, **options)
        page.evaluate("location.hash = '#/fleet'")
        expect(page.get_by_role("heading", level=1, name="Fleet")).to_be_visible()
        return page

    return open_one


def card(page, name: str):
    return page.locator(".card", has=page.get_by_role("heading", name=name, exact=True))


def submit(gateway, model: str, number: int = 0) -> None:
    job = f"{number}-{len(model)}"
    gateway.submit(JobRequest(job=job, model=model, session=f"web:{model}:{number}", user=f"u{number}", text="hello"))


def fits(page) -> bool:
    """Return whether nothing makes the view scroll sideways."""
    wide = "part => part.scrollWidth <= part.clientWidth"
    return bool(page.evaluate(f"[document.documentElement, document.querySelector('main.fleet')].every({wide})"))


def test_without_a_host_the_fleet_says_how_to_get_one(see) -> None:
    page = see()
    expect(page.locator("p", has_text="No host has ever been up. rookery up starts one")).to_be_visible()
    expect(page.get_by_text("Nobody waits.")).to_be_visible()
    expect(page.get_by_text("Nothing was loaded or let go in the last hour.")).to_be_visible()
    expect(page.get_by_text("3 models in the catalogue, 0 in memory")).to_be_visible()


def test_a_host_is_a_card_that_says_what_is_in_its_memory_and_changes_as_the_host_does(see, ledger) -> None:
    host = Host(ledger, "attic", labels=("mac",), foreign_gib=2.0).arrive(
        Resident("crow", 6.0, busy=1), Resident("jay", 4.0, slots=1, state="loading", eta_s=12.0)
    )
    page = see()
    attic = card(page, "attic")
    expect(attic.locator(".state")).to_have_text("busy")
    expect(attic.locator(".about")).to_have_text("fake · mac")
    expect(attic.locator(".memory p")).to_have_text("10.0 of 16.0 GiBothers take 2.0")
    crow, jay = attic.locator(".residents li").all()
    expect(crow).to_contain_text("crow6.0 GiB1 of 2 busy")
    expect(crow.locator(".pips .on")).to_have_count(1)
    expect(jay).to_contain_text(re.compile(r"jay4.0 GiBloading, (1\d|\d\.\d) s to go"))
    shares = "parts => parts.map(part => part.style.flexBasis)"
    assert attic.locator(".track i").evaluate_all(shares) == ["37.5%", "25%", "12.5%"]
    host.beat(Resident("crow", 6.0, busy=2), Resident("jay", 4.0, slots=1))
    expect(crow).to_contain_text("2 of 2 busy")
    expect(jay).to_contain_text("0 of 1 busy")
    expect(page.locator(".figures")).to_contain_text("Hosts1 up")
    assert "10.9.8.7" not in page.content()


def test_hosts_that_drain_rest_or_are_gone_and_models_that_fail_say_so(see, ledger) -> None:
    _, cellar, home = (Host(ledger, name).arrive() for name in ("attic", "cellar", "home"))
    home.beat(Resident("crow", standing="open", trouble="EngineUnavailable"), Resident("jay", standing="probation"))
    page = see()
    expect(card(page, "attic").locator(".state")).to_have_text("ready")
    ledger.run(fleet_moves.control("attic", Word.DRAIN))
    ledger.run(fleet_moves.control("cellar", Word.PAUSE))
    expect(card(page, "attic").locator(".state")).to_have_text("draining")
    expect(card(page, "cellar").locator(".state")).to_have_text("paused")
    expect(card(page, "home").locator(".residents")).to_contain_text(re.compile("rests.*on probation"))
    expect(card(page, "home").locator(".words")).to_contain_text("gets no jobs for a while")
    cellar.fall_silent()
    expect(card(page, "cellar").locator(".state")).to_have_text("gone")
    expect(card(page, "cellar").locator(".residents li")).to_have_count(0)
    expect(page.locator(".figures")).to_contain_text("Hosts2 of 3 up")


def test_queues_show_who_waits_for_what_and_empty_as_hosts_work(see, gateway, ledger, hand) -> None:
    for number in range(3):
        submit(gateway, "jay", number)
    submit(gateway, "crow")
    page = see()
    lines = page.locator(".queues tbody tr")
    expect(lines).to_have_count(2)
    jay = lines.filter(has_text="jay")
    expect(jay.locator(".waits")).to_have_text("3")
    expect(jay).to_contain_text("nobody holds it")
    expect(page.locator(".figures")).to_contain_text(re.compile(r"Waiting4 oldest \d"))
    hand.model = "crow"
    hand.arrive()
    hand.answer("done")
    expect(lines).to_have_count(1)
    page.get_by_text("3 models in the catalogue").click()
    expect(page.locator(".catalogue li").first).to_be_visible()


def test_loads_and_evictions_come_in_live_with_a_lane_for_each_host(see, ledger) -> None:
    host = Host(ledger, "attic").arrive()
    page = see()
    host.loaded("crow", 7.1, 6.0)
    happened = page.get_by_role("list", name="What happened to hosts, the latest first")
    expect(happened.locator(".came")).to_contain_text(re.compile(r"crow.*7\.1 s"))
    expect(page.locator(".lanes .blip.came")).to_have_count(1)
    expect(page.locator(".lanes .called")).to_have_text("attic")
    ledger.run(fleet_moves.unhold("attic", host.fence, ["crow"]))
    expect(happened.locator("li").first).to_contain_text("crow")
    expect(page.locator(".lanes .blip.went")).to_have_count(1)
    page.reload()
    expect(page.locator(".lanes .blip.came")).to_have_count(1)
    expect(page.locator(".lanes .blip.went")).to_have_count(1)


def test_what_a_plot_draws_can_be_read_in_a_table_and_with_the_arrow_keys(see) -> None:
    now_ms = 1_750_000_000_000
    page = see()
    page.route("**/api/history*", lambda route: route.fulfill(body=history(now_ms), content_type="application/json"))
    page.reload()
    answers = page.get_by_role("region", name="Answers")
    expect(answers.locator(".line")).to_have_count(1)
    picture = answers.get_by_role("img")
    expect(picture).to_have_attribute("aria-label", "Answers: answers 60, at most 60")
    expect(answers.locator(".legend")).to_have_text("answers60")
    picture.focus()
    page.keyboard.press("ArrowLeft")
    expect(answers.locator(".legend")).to_have_text("answers59")
    answers.get_by_text("Table").click()
    expect(answers.get_by_role("row").nth(1)).to_contain_text("60")
    assert answers.get_by_role("row").count() > 2
    waits = page.get_by_role("region", name="Wait for a host")
    expect(waits.locator(".line")).to_have_count(3)  # the median, and twice the rest around a gap
    expect(page.get_by_role("region", name="Whole answer").get_by_text("Nothing in the last hour.")).to_be_visible()


def history(now_ms: int) -> str:
    """Return what the last hour was like, told by hand: one answer more in each minute."""
    minutes = range(1, 61)
    nothing = tuple(None for _ in minutes)
    return HistoryShape(
        every_s=60,
        now_ms=now_ms,
        at_ms=tuple(now_ms - (60 - minute) * 60_000 for minute in minutes),
        answers_per_min=tuple(float(minute) for minute in minutes),
        notices_per_min=tuple(0.0 for _ in minutes),
        tokens_per_s=nothing,
        waiting=nothing,
        wait_p50_s=tuple(1.0 for _ in minutes),
        wait_p95_s=tuple(None if minute == 30 else 2.0 for minute in minutes),
        answer_p50_s=nothing,
        answer_p95_s=nothing,
        models={},
        hosts={},
    ).model_dump_json()


def test_a_stream_that_breaks_is_told_and_taken_up_again(see, site, redis_url, fleet, ledger) -> None:
    host = Host(ledger, "attic").arrive(Resident("crow"))
    page = see()
    alive = page.locator(".alive")
    expect(alive).to_have_text("live")
    site.close()
    expect(alive).to_have_text("reconnecting …")
    host.beat(Resident("jay"))
    again = Site(redis_url, fleet, site.port)
    again.open()
    try:
        expect(alive).to_have_text("live")
        expect(card(page, "attic").locator(".residents")).to_contain_text("jay")
    finally:
        again.close()


def test_redis_that_is_away_is_told_over_what_was_known(see, ledger, kill_redis, revive_redis) -> None:
    Host(ledger, "attic").arrive(Resident("crow"))
    page = see()
    expect(card(page, "attic")).to_be_visible()
    kill_redis()
    expect(page.locator(".alarm")).to_contain_text("Redis is away: what is shown here is from before.")
    expect(card(page, "attic").locator(".residents")).to_contain_text("crow")
    revive_redis()
    expect(page.locator(".alarm")).to_be_hidden()


def test_whoever_may_only_chat_sees_that_the_rest_is_not_theirs(open_page, open_site, redis_url, fleet, ledger) -> None:
    Host(ledger, "attic").arrive(Resident("crow"))
    secret, key_id = keys.fresh()
    assert ledger.run(keys.add(Key(key_id, "ada", frozenset({Scope.CHAT})), secret))
    page = open_page(f"{open_site(redis_url, fleet, bind='0.0.0.0').url}/#/fleet")
    page.get_by_label("Key").fill(secret)
    page.keyboard.press("Enter")
    expect(page.locator(".alarm")).to_contain_text("rookery key new NAME --scope read")
    # A busy server may say "later" a few times before it says "no", and the page waits up to 15 s in between.
    expect(page.locator(".alive")).to_have_text("not live", timeout=60_000)
    assert "attic" not in page.content()
    page.evaluate("location.hash = '#/jobs'")
    expect(page.locator(".listing .alarm")).to_contain_text("rookery key new NAME --scope read")
    expect(page.get_by_role("button", name="Show earlier")).to_be_hidden()
    expect(page.locator(".listing .nothing")).to_be_hidden()


def test_names_are_text_wherever_they_stand(see, ledger, gateway) -> None:
    host = Host(ledger, EVIL).arrive(Resident(EVIL, 3.0), Resident(TURNED, 1.0))
    host.loaded(EVIL, 2.0, 3.0)
    submit(gateway, EVIL)
    page = see()
    expect(page.get_by_role("heading", name=EVIL)).to_be_visible()
    expect(page.locator(".residents .model").first).to_have_text(EVIL)
    expect(page.locator(".residents .model").last).to_have_text("evilgnp")
    assert page.locator("main.fleet img").count() == 0
    assert page.evaluate("window.owned") is None


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desk"])
def test_a_dozen_hosts_with_long_names_fit_in_the_dark_and_by_keyboard(see, ledger, viewport) -> None:
    for number in range(12):
        held = [Resident(f"model-{number}-{at}-{'long' * 12}", 2.0, slots=4 * at + 1) for at in range(4)]
        Host(ledger, f"machine-{number}-{'x' * 40}", foreign_gib=1.0).arrive(*held)
    page = see(viewport=viewport, color_scheme="dark")
    expect(page.locator(".card")).to_have_count(12)
    expect(page.locator(".residents li")).to_have_count(48)
    assert fits(page)
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert "SUMMARY" in reached
