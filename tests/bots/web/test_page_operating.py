"""What the operator's views have in common: all that they say can be read, and what they leave behind is nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tasks.jobs import fleet_moves
from tasks.jobs.gateway import Gateway
from tasks.jobs.values import Word
from tests.bots.web import operating
from tests.bots.web.acting import Host, Resident
from tests.bots.web.test_page_contrast import pale

pytestmark = pytest.mark.browser


def go(page, view: str) -> None:
    page.evaluate("view => { location.hash = `#/${view}` }", view)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_that_the_views_say_can_be_read(open_page, site, hand, scheme: str) -> None:
    failing = Host(hand.store, "cellar").arrive(Resident("crow", standing="open", trouble="EngineUnavailable"))
    hand.store.run(fleet_moves.control(failing.name, Word.PAUSE))
    Host(hand.store, "attic").arrive().fall_silent()
    operating.furnish(hand.store)
    operating.waiting(hand.store)
    page = open_page(site.url, color_scheme=scheme, reduced_motion="reduce")
    go(page, "fleet")
    expect(page.locator(".card")).to_have_count(6)
    expect(page.locator(".plot .line").first).to_be_visible()
    page.get_by_text("Table", exact=True).first.click()
    page.locator(".catalogue summary").click()
    expect(page.locator(".catalogue li").first).to_be_visible()
    assert pale(page) == {}
    door = Gateway(hand.store)
    door.submit(operating.request("done", hand.model, "Rook", "hello"))
    hand.answer("hi")
    door.submit(operating.request("gone", hand.model, "Rook", "hello"))
    door.cancel("gone", "web")
    go(page, "jobs/done")
    expect(page.locator(".steps .label").last).to_have_text("delivered")
    expect(page.locator(".jobs-list .state.off")).to_have_text("taken back")
    assert pale(page) == {}


def test_a_view_that_is_left_asks_for_nothing_any_more(open_page, site, hand) -> None:
    page = open_page(site.url, alone=True)  # its clock is that of all pages of its profile
    go(page, "fleet")
    expect(page.locator(".alive")).to_have_text("live")
    go(page, "jobs")
    expect(page.locator(".alive")).to_have_text("live")
    go(page, "settings")
    expect(page.locator(".source")).not_to_be_empty()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.clock.run_for(60_000)
    operating.waiting(hand.store)
    go(page, "fleet")
    expect(page.locator(".queues tbody tr")).to_have_count(3)
    assert not [url for url in asked[: asked.index(f"{site.url}/api/events")] if "/api/jobs" in url]
