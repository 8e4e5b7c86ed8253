"""The settings in a real browser: to look up, masked, and nothing to change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tasks.contracts.settings import load
from tests.bots.web.browser import PHONE

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=window.owned=1>"
SECRET = "do-not-tell"
FILE = f"""
[jobs]
deadline_s = 77
[redis]
url = "redis://:{SECRET}@127.0.0.1:6379/0"
[[model]]
name = "{EVIL}"
gguf = "{"long" * 40}.gguf"
[[persona]]
name = "Rook"
model = "{EVIL}"
"""


@pytest.fixture
def configured(site, tmp_path: Path):
    """The page of a flock that was configured by a file."""
    (tmp_path / "rookery.toml").write_text(FILE, encoding="utf-8")
    site.settings = load(tmp_path / "rookery.toml", {"ROOKERY_JOBS_ATTEMPTS": "5"})
    return site


@pytest.fixture
def see(open_page, configured):
    """Call it for the page with the settings on it."""

    def open_one(**options):
        page = open_page(configured.url, **options)
        page.evaluate("location.hash = '#/settings'")
        expect(table(page, "[jobs]")).to_be_visible()
        return page

    return open_one


def table(page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def line(page, name: str, key: str):
    return table(page, name).locator("dl > div", has=page.locator("dt", has_text=re.compile(f"^{key}(, changed)?$")))


def found(page):
    return page.locator(".settings dt:visible")


def test_every_setting_is_told_with_its_value_and_where_it_came_from(see, configured) -> None:
    page = see()
    expect(page.locator(".source")).to_contain_text("rookery.toml")
    expect(line(page, "[jobs]", "deadline_s").locator(".changed")).to_contain_text("77")
    expect(line(page, "[jobs]", "attempts")).to_contain_text("5ROOKERY_JOBS_ATTEMPTS")
    expect(line(page, "[jobs]", "lease_s").locator(".changed")).to_have_count(0)
    expect(table(page, "[[persona]] Rook")).to_be_visible()
    assert page.locator("main.settings :is(form, textarea, select)").count() == 0


def test_secrets_are_masked_and_names_are_text(see) -> None:
    page = see()
    expect(line(page, "[redis]", "url")).to_contain_text("***")
    expect(page.get_by_role("region", name=EVIL).first).to_be_visible()
    assert SECRET not in page.content()
    assert page.locator("main.settings img").count() == 0
    assert page.evaluate("window.owned") is None


def test_settings_are_found_by_their_words_and_by_what_was_changed(see) -> None:
    page = see()
    everything = found(page).count()
    field = page.get_by_role("searchbox", name="Search settings")
    field.fill("jobs deadline")
    expect(found(page)).to_have_text(["deadline_s, changed", "batch_deadline_s"])
    expect(page.locator(".found")).to_have_text("2 settings")
    page.get_by_label("Only what was changed").check()
    expect(found(page)).to_have_text(["deadline_s, changed"])
    field.fill("nothing like it")
    expect(page.get_by_text("No setting is like that.")).to_be_visible()
    field.fill("")
    expect(page.locator(".settings dd:visible:not(.changed)")).to_have_count(0)
    page.get_by_label("Only what was changed").uncheck()
    expect(found(page)).to_have_count(everything)


def test_settings_fit_a_phone_in_the_dark_and_a_keyboard(see) -> None:
    page = see(viewport=PHONE, color_scheme="dark", has_touch=True)
    wide = "part => part.scrollWidth <= part.clientWidth"
    assert page.evaluate(f"[document.documentElement, document.querySelector('main.settings')].every({wide})")
    page.locator("main.settings").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox", name="Search settings")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Only what was changed")).to_be_checked()


def test_that_there_is_no_file_is_told(open_page, site, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    site.settings = load(None, {})
    page = open_page(f"{site.url}/#/settings")
    expect(page.locator(".source")).to_contain_text("There is no rookery.toml: the defaults hold. To change a setting")


def test_a_page_without_settings_says_so(open_page, site) -> None:
    page = open_page(site.url)
    page.evaluate("location.hash = '#/settings'")
    expect(page.locator(".source")).to_contain_text("This page is served without settings")
