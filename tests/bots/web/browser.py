"""The browser that the page is looked at with, and what a person does in it."""

from __future__ import annotations

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
)
PATIENCE_MS = 20_000
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1100, "height": 760}


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
