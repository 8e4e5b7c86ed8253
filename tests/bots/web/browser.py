"""The browser that the page is looked at with, and what a person does in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",  # else each port is a site of its own, and each page starts two processes for it
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
OF_THE_PAGE = "test_page"
"""What the names of files begin with whose tests look at the page."""
PATIENCE_MS = 20_000
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1100, "height": 760}
OF_A_PAGE = frozenset({"viewport", "color_scheme", "reduced_motion"})
"""What one page of a profile may have otherwise than the others."""
NEST = "http://127.0.0.1/"


@dataclass(frozen=True)
class Profile:
    """A profile that is used again: most of what a page costs is the process that a profile of its own would need."""

    context: Any
    nest: Any
    """A page that stays open, and with it the process of all pages of this machine."""
    playwright: Any

    @classmethod
    def started(cls, playwright: Any) -> Profile:
        """Start a browser, and return a profile in it."""
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        context = browser.new_context(viewport=DESK)
        nest = context.new_page()
        nest.route("**", lambda route: route.fulfill(body="", content_type="text/html"))
        nest.goto(NEST)
        return cls(context, nest, playwright)

    def page(self, site: str, viewport: Any = None, **media: Any) -> Any:
        """Return a page for a site of which this profile knows nothing."""
        self.context.clear_cookies()
        page = self.context.new_page()
        session = self.context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": "all"})
        session.detach()
        if viewport:
            page.set_viewport_size(viewport)
        if media:
            page.emulate_media(**media)
        return page

    def close(self) -> None:
        """Close the browser."""
        self.context.browser.close()
        self.playwright.stop()

    def leave(self) -> None:
        """Close every page but the one that stays."""
        for page in self.context.pages:
            if page is not self.nest:
                page.close()


def is_trouble(said: Any) -> bool:
    """Return whether something in the console is an error of the page; that a server is away is none."""
    is_away = "Failed to" in said.text or "net::" in said.text
    return "Content Security" in said.text or (said.type in ("error", "warning") and not is_away)


def write(page: Any, text: str) -> None:
    """Say something."""
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def last(page: Any, part: str) -> Any:
    """Return a part of the last exchange."""
    return page.locator(f".exchange:last-child {part}")


def press(page: Any, name: str) -> None:
    """Press a button, wherever it is."""
    page.get_by_role("button", name=name, exact=True).last.click()


def fits(page: Any) -> bool:
    """Return whether nothing makes the page scroll sideways."""
    return bool(
        page.evaluate(
            "[document.documentElement, document.getElementById('scroll')]"
            ".every((part) => part.scrollWidth <= part.clientWidth)"
        )
    )
