"""What personas learned, in a real browser: who answers, what is tried, the adapters, and every run."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tasks.contracts.learned import Point, SideBySide
from tasks.contracts.learning import Metric
from tasks.jobs import learned
from tests.bots.web import taught
from tests.bots.web.browser import PHONE
from tests.bots.web.test_page_contrast import pale
from tests.bots.web.test_page_files import FIRST

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror=window.owned=1>"
LOOKS_AGAIN_MS = 2_100


@pytest.fixture
def see(open_page, open_site, redis_url, ledger):
    """Call it with a path for the page of a flock that learned something."""
    site = open_site(redis_url, taught.flock())

    def open_one(*path: str, **options):
        taught.tell(ledger)
        return open_page(f"{site.url}/#/{'/'.join(('learning', *path))}", **options)

    return open_one


def rows(page) -> list[list[str]]:
    """Return the table of figures."""
    found: list[list[str]] = page.locator(".sheet table").first.evaluate(
        "table => [...table.rows].map(({ cells }) => [...cells].map((cell) => cell.textContent))"
    )
    return found


def test_who_opens_the_page_loads_no_view_but_the_chat(open_page, site, hand) -> None:
    page = open_page("about:blank")
    page.troubles = []
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url.removeprefix(f"{site.url}/") or "index.html"))
    page.goto(site.url)
    expect(page.get_by_text("1 host up")).to_be_visible()
    assert {name for name in loaded if not name.startswith("api/")} == FIRST
    page.troubles = []


def test_who_answers_and_what_is_tried_stand_above_the_tree_of_adapters(see) -> None:
    page = see()
    pirate = page.get_by_role("region", name="Pirate")
    expect(pirate.locator("header")).to_contain_text("learns from what people liked · qwen3-8b")
    expect(pirate.locator(".serving dd b")).to_have_text([taught.SECOND, taught.THIRD, taught.FIRST])
    expect(pirate.locator(".serving dd").nth(1)).to_contain_text("for 10 % of the jobs, not rated by people yet")
    line = pirate.locator(":scope > .tree > .adapter > .what > .made-id")
    expect(line).to_have_text([taught.THIRD, taught.SECOND, taught.FIRST, taught.MODEL])
    first = pirate.locator(":scope > .tree > .adapter", has_text=taught.FIRST)
    branched = first.get_by_role("list", name="Branched off there")
    expect(branched.locator(".made-id")).to_have_text(taught.FLAGGED)
    expect(branched.locator(".tag")).to_have_text(["demoted", "flagged"])
    expect(branched).to_contain_text("flagged3 of what it learned from was forgotten")
    expect(branched.locator(".went")).to_have_text("its replies are disliked more often: 31 % of 58, before 18 %")
    expect(branched.locator(".facts")).to_contain_text("2.6 of 5 in 58 replies")
    expect(pirate.locator(".current > .what .tag")).to_have_text("answers")


def test_what_answers_by_what_it_may_not_know_says_so_where_it_stands(see, ledger) -> None:
    page = see()
    answers = page.get_by_role("region", name="Pirate").locator(".serving dd").first
    expect(answers.locator(".beneath")).to_have_text("")
    words = "1 consent that it learned by was taken back"
    cards = ledger.run(learned.adapters())[taught.PERSONA]
    flagged = [card.model_copy(update={"flagged": words}) if card.version == taught.SECOND else card for card in cards]
    ledger.run(learned.tell_adapters(taught.PERSONA, flagged))
    page.reload()
    expect(answers.locator(".beneath")).to_have_text(words)


def test_the_losses_of_a_run_are_drawn_while_it_trains(see, ledger) -> None:
    page = see(taught.WALKING.card.run)
    page.clock.install()
    page.reload()
    drawn = page.locator(".plots")
    expect(drawn).to_contain_text("loss1.3")
    loss = (*taught.WALKING.loss, Point(step=17, value=0.75))
    ledger.run(learned.tell_run(taught.WALKING.model_copy(update={"loss": loss})))
    page.clock.fast_forward(LOOKS_AGAIN_MS)
    expect(drawn).to_contain_text("loss0.75")


def test_a_run_that_goes_on_is_seen_to(see, ledger) -> None:
    page = see()
    page.clock.install()
    page.reload()
    running = page.locator(".runs li").first
    expect(running).to_contain_text("runningtrain: step 168 of 400")
    expect(running.get_by_role("progressbar", name="Train, 44 % of the run")).to_be_visible()
    card = taught.WALKING.card.model_copy(update={"share": 1.0, "words": "train: step 400 of 400"})
    ledger.run(learned.tell_run(taught.WALKING.model_copy(update={"card": card})))
    page.clock.fast_forward(LOOKS_AGAIN_MS)
    expect(running).to_contain_text("train: step 400 of 400")
    expect(running.get_by_role("progressbar", name="Train, 50 % of the run")).to_be_visible()


def test_a_run_says_what_became_of_it_and_why_and_leads_back(see) -> None:
    page = see()
    page.get_by_role("link", name="refused").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page).to_have_title(f"{taught.REFUSED.card.run} · Learning · Rookery")
    expect(page.locator(".gate")).to_have_text("The gate refused it, for 2 reasons:")
    expect(page.locator(".told .words li").first).to_contain_text("Surprise at old conversations: it has unlearned")
    expect(page.locator(".walk .ended")).to_have_text("Gateended here")
    assert rows(page)[:2] == [
        ["", "This run", "Served till then", "The base"],
        ["Surprise at new conversations nats per token", "2.104−8.9 % better", "2.310", "2.870"],
    ]
    expect(page.get_by_role("img", name="Loss: loss 0.96, at most 2.9")).to_be_visible()
    expect(page.locator(".counts").first).to_contain_text("Liked212")
    expect(page.locator(".sample").first.locator("dt")).to_have_text(
        ["The base", "Served till then", "This run", "What a person said"]
    )
    page.get_by_role("link", name="All of learning").click()
    expect(page.get_by_role("link", name="refused")).to_be_focused()
    expect(page).to_have_title("Learning · Rookery")


def test_what_was_said_is_text(see, ledger) -> None:
    page = see(taught.TRIED.card.run)
    said = SideBySide(prompt=EVIL, base=EVIL, candidate=f"{EVIL}\n\u202eolleh")
    ledger.run(learned.tell_run(taught.TRIED.model_copy(update={"samples": (said,)})))
    ledger.run(learned.tell_run(taught.run(EVIL, taught.Course.FAILED, taught.StepName.TRAIN, 22, words=EVIL)))
    page.reload()
    expect(page.locator(".sample .prompt")).to_have_text(EVIL)
    page.get_by_role("link", name="All of learning").click()
    page.get_by_role("link", name="failed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(EVIL)
    assert page.evaluate("window.owned") is None


def test_figures_of_damaged_weights_and_of_a_first_run_can_be_read(see, ledger) -> None:
    page = see()
    broken = Metric(name="perplexity", candidate=2.7e43, base=10.5, better="lower")
    ledger.run(learned.tell_run(taught.TRIED.model_copy(update={"metrics": (broken,)})))
    page.get_by_role("link", name="on trial").click()
    expect(page.locator(".worse")).to_have_text("worse")
    assert rows(page) == [
        ["", "This run", "The base"],
        ["Perplexity on new conversations", "2.7e+43worse", "10.5"],
    ]


def test_who_learns_nothing_is_told_how_it_is_done(open_page, site, hand) -> None:
    page = open_page(f"{site.url}/#/learning")
    expect(page.locator("main.learning")).to_contain_text(
        'Nobody learns yet. A persona does so by night once learns = "liked"'
    )
    expect(page.get_by_role("heading", name="Runs, the latest first")).to_be_hidden()
    page.goto(f"{site.url}/#/learning/nothing")
    expect(page.locator("main.learning .alarm")).to_contain_text("No run 'nothing' is known.")
    page.troubles = []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read(see, scheme: str) -> None:
    page = see(viewport=PHONE, color_scheme=scheme, reduced_motion="reduce")
    wide = "part => part.scrollWidth <= part.clientWidth"
    expect(page.locator(".tree .adapter").first).to_be_visible()
    for part in (".runs", ".samples"):
        expect(page.locator(part)).to_be_visible()
        assert page.evaluate(f"[document.documentElement, document.querySelector('main.learning')].every({wide})")
        assert pale(page) == {}
        page.get_by_role("link", name="on trial").click() if part == ".runs" else None
