"""What is written on the page can be read, by day and by night: at least 4.5 to 1, as WCAG wants it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.bots.web.browser import last, press, write

pytestmark = pytest.mark.browser
ENOUGH = 4.5
RICH = (
    "# Head\n**a** `code` [link](https://x.org)\n\n> quote\n\n| a |\n|---|\n| b |\n\n"
    '```python\nif x == "a": # b\n    return 12\u202e\n```'
)
WRITTEN = """() => {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const over = (colors) => {  // what these make, painted over each other
        pen.clearRect(0, 0, 1, 1);
        for (const color of colors) { pen.fillStyle = color; pen.fillRect(0, 0, 1, 1); }
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb) => {
        const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = rgb.map((part) => linear(part / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const papers = (node) => (node ? [...papers(node.parentElement), getComputedStyle(node).backgroundColor] : []);
    const shows = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    const found = {};
    for (const node of document.body.querySelectorAll("*")) {
        if (!shows(node) || !node.checkVisibility() || node.closest(".unseen, option, noscript, :disabled")) continue;
        const under = papers(node);
        const [a, b] = [light(over([...under, getComputedStyle(node).color])), light(over(under))];
        const name = node.className || node.tagName;
        found[name] = Math.min(found[name] ?? 99, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
    return found;
}"""


def pale(page) -> dict[str, float]:
    """Return what is written too palely, with its contrast."""
    found = page.evaluate(WRITTEN)
    assert len(found) > 5
    return {name: round(ratio, 2) for name, ratio in found.items() if ratio < ENOUGH}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_that_is_written_can_be_read(open_page, site, hand, scheme: str) -> None:
    page = open_page(site.url, color_scheme=scheme, reduced_motion="reduce")
    expect(page.get_by_text("1 host up")).to_be_visible()
    assert pale(page) == {}
    write(page, "hello")
    hand.finish(hand.claim(), RICH, thoughts="Well.")
    expect(last(page, ".turn")).to_be_visible()
    page.get_by_text("Thinking", exact=True).click()
    last(page, "summary:has-text('Details')").click()
    write(page, "and?")
    expect(last(page, ".phrase")).to_have_text("queued")
    press(page, "More")
    assert pale(page) == {}
    page.keyboard.press("Escape")
    page.route("**/api/chat", lambda route: route.abort())
    write(page, "hello?")
    expect(last(page, ".answer")).to_have_attribute("data-kind", "error")
    assert pale(page) == {}
