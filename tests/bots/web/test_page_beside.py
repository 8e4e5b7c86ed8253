"""The page leads to what else there is to look at."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tasks.contracts.fleet import parse

pytestmark = pytest.mark.browser


def test_the_fleet_view_links_flower_and_the_metrics(open_page, site) -> None:
    page = open_page(f"{site.url}/#/fleet")
    links = page.get_by_role("navigation", name="Beside this page").get_by_role("link")
    expect(links).to_have_text(["Flower", "Metrics", "API"])
    assert links.first.get_attribute("href") == "http://127.0.0.1:5555/"
    for each in links.all()[1:]:
        assert page.request.get(each.evaluate("link => link.href")).status == 200


def test_a_flower_that_cannot_be_reached_is_not_linked(open_page, open_site, redis_url) -> None:
    site = open_site(redis_url, parse({"flower": {"enabled": False}}, "test"))
    page = open_page(f"{site.url}/#/fleet")
    links = page.get_by_role("navigation", name="Beside this page").get_by_role("link")
    expect(links).to_have_text(["Metrics", "API"])
