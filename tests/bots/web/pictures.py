"""Takes the pictures in docs/pictures: `python -m tests.bots.web.pictures`.

The page, the API and the ledger in them are real; the host is played by hand, so that every run says the same.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.messages import Usage
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from tests.bots.conftest import LEASE_MS, Hand, Site
from tests.bots.web import operating, taught
from tests.bots.web.browser import ARGUMENTS, CHROMIUM
from tests.bots.web.keeping import Keeper, kept
from workers.supervision import ports
from workers.supervision.redis_server import local_url, redis_child
from workers.supervision.supervise import Supervisor

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
MOST_BYTES = 150_000
READY_S = 60.0
DESK = {"width": 1280, "height": 920}
TALL = {"width": 1180, "height": 1160}
PHONE = {"width": 390, "height": 844}
MODEL, HOST = "qwen3-8b", "studio"
FLEET = {
    "model": [
        {"name": "demo", "builtin": "demo"},
        *({"name": name, "gguf": f"{name}.gguf"} for name in operating.MODELS),
    ],
    "persona": [
        {"name": "Rook", "model": MODEL},
        {"name": "rookery", "model": "demo"},
        {"name": taught.PERSONA, "model": taught.MODEL, "learns": "liked"},
    ],
}
NEST = "What do rooks build their nests from?"
NEST_ANSWER = (
    "Mostly from **twigs**, broken off living trees:\n\n"
    "- an outer cup of sticks, wedged into a fork high up\n"
    "- a lining of grass, moss, roots and leaves\n"
    "- repairs every spring, because good places are used again\n\n"
    "They also steal from their neighbours when nobody looks."
)
CODE = "Write a function that counts the birds by kind."
CODE_ANSWER = (
    "`Counter` does the counting:\n\n"
    "```python\nfrom collections import Counter\n\n\n"
    "def by_kind(birds: list[Bird]) -> Counter[str]:\n"
    '    """Return how many birds there are of each kind."""\n'
    "    return Counter(bird.kind for bird in birds)\n```\n\n"
    "Ask it for `most_common(3)` to get the three that are seen most."
)


@contextlib.contextmanager
def flock(fleet: Fleet) -> Iterator[tuple[Site, Hand]]:
    """Yield the page on a Redis of its own, and a host."""
    with tempfile.TemporaryDirectory() as folder:
        port = ports.free_port()
        with Supervisor([redis_child(Path(folder), port)], log_dir=Path(folder)) as supervisor:
            supervisor.wait_ready(READY_S)
            url = local_url(port)
            site = Site(url, fleet, ports.free_port())
            site.open()
            try:
                hand = Hand(Store.open(url), model=MODEL, host=HOST)
                hand.arrive()
                yield site, hand
                hand.store.close()
            finally:
                site.close()


def say(page: Page, text: str) -> None:
    """Say something on the page."""
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def told(page: Page, hand: Hand, said: str, answer: str) -> None:
    """Have one message said and answered."""
    say(page, said)
    claim = hand.claim()
    hand.say(claim, answer[: len(answer) // 2])
    expect(page.locator(".exchange:last-child .body")).not_to_be_empty()
    hand.finish(claim, answer, Usage(prompt_tokens=len(said) // 4 + 40, completion_tokens=len(answer) // 4))
    expect(page.locator(".exchange:last-child .answer")).to_have_attribute("data-kind", "reply")


def furnish(page: Page, hand: Hand) -> None:
    """Have a few conversations in the list, the one about birds shown."""
    for said in ("Plan a walk along the river", "Names for a jackdaw", "Why is the sky red in the evening?"):
        told(page, hand, said, "Gladly.")
        page.keyboard.press("Control+k")
    told(page, hand, NEST, NEST_ANSWER)


def answered(page: Page, hand: Hand) -> None:
    """A conversation with an answer that has code in it, and where it came from."""
    furnish(page, hand)
    told(page, hand, CODE, CODE_ANSWER)
    page.get_by_role("button", name="Good answer").last.click()
    page.locator(".details summary").last.click()
    page.mouse.move(0, 0)
    expect(page.locator(".exchange:last-child [aria-pressed=true]")).to_be_visible()
    page.locator("#scroll").evaluate("node => { node.scrollTop = node.scrollHeight }")


def streaming(page: Page, hand: Hand) -> None:
    """An answer that is being written."""
    furnish(page, hand)
    say(page, CODE)
    hand.say(hand.claim(), CODE_ANSWER[: CODE_ANSWER.index("    return")])
    expect(page.locator(".exchange:last-child .code")).to_be_visible()
    expect(page.locator(".exchange:last-child .phrase")).to_have_text(f"{HOST} is writing")


def loading(page: Page, hand: Hand) -> None:
    """Somebody waits for a model that is being loaded."""
    about = {"models": [{"name": MODEL, "slug": MODEL, "state": "starting"}]}
    hand.store.run(fleet_moves.host_beat(HOST, hand.fence, LEASE_MS, json.dumps(about), []))
    say(page, NEST)
    expect(page.locator(".phrase")).to_have_text(f"{HOST} is loading {MODEL}")


def trouble(page: Page, hand: Hand) -> None:
    """Redis is away."""
    furnish(page, hand)
    away = {"error": {"type": "StoreUnavailable", "message": "Redis did not answer", "next_step": ""}}

    def refuse(route: Route) -> None:
        route.fulfill(status=503, content_type="application/json", body=json.dumps(away))

    for path in ("chat", "personas"):
        page.route(f"**/api/{path}", refuse)
    say(page, "And how many eggs do they lay?")
    expect(page.locator(".exchange:last-child .answer")).to_have_attribute("data-kind", "error")
    expect(page.locator("#flock")).to_have_text("Redis is away; trying again")


def welcome(page: Page, hand: Hand) -> None:
    """The first look, with the demo model."""
    page.get_by_label("Who answers").select_option("rookery")
    expect(page.locator("#about")).to_contain_text("demo model")


def listed(page: Page, hand: Hand) -> None:
    """The list of conversations on a phone."""
    furnish(page, hand)
    page.get_by_role("button", name="Conversations").click()
    expect(page.locator("#side")).to_be_in_viewport(ratio=1)


def remembered(page: Page, hand: Hand) -> None:
    """What is remembered of somebody."""
    said = [
        kept(2, "I am allergic to nuts.", kind="fact", tier="long", author="you", pinned=True),
        kept(26, "My sister is called Ilse, and her birthday is on the 4th of March.", author="you"),
        kept(27, "Noted: the 4th of March. Shall I remind you of a present?", author="Rook"),
        kept(49, "The walk along the river begins at the old mill. Back by five; Ilse brings the map.", kind="digest"),
        kept(74, "I take my tea without milk.", author="you"),
        kept(
            98, "From Tuesday on the roof is mended.", author="you", channel="discord:41771983423143937", direct=False
        ),
    ]
    with Keeper(hand.store, said).at_work():
        page.get_by_role("link", name="Memory").click()
        expect(page.locator(".memories li")).to_have_count(len(said))
    page.mouse.move(0, 0)


def learned(page: Page, hand: Hand) -> None:
    """What a persona learned, and which adapters there are."""
    taught.tell(hand.store)
    page.get_by_role("link", name="Learning").click()
    expect(page.get_by_text(taught.THIRD).first).to_be_visible()
    page.mouse.move(0, 0)


Scene = Callable[[Page, Hand], None]
SHOTS: dict[str, tuple[Scene, dict[str, Any]]] = {
    "desk-light": (answered, {"viewport": DESK}),
    "desk-dark": (answered, {"viewport": DESK, "color_scheme": "dark"}),
    "streaming": (streaming, {"viewport": DESK}),
    "loading": (loading, {"viewport": DESK}),
    "error": (trouble, {"viewport": DESK}),
    "welcome": (welcome, {"viewport": DESK}),
    "phone": (answered, {"viewport": PHONE, "has_touch": True, "is_mobile": True}),
    "phone-dark": (streaming, {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}),
    "phone-list": (listed, {"viewport": PHONE, "has_touch": True, "is_mobile": True}),
    "memory-light": (remembered, {"viewport": {"width": 1280, "height": 640}}),
    "memory-phone": (
        remembered,
        {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"},
    ),
    "learning-light": (learned, {"viewport": DESK}),
    "learning-phone": (learned, {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}),
    "fleet-light": (operating.fleet, {"viewport": TALL}),
    "fleet-dark": (operating.fleet, {"viewport": TALL, "color_scheme": "dark"}),
    "fleet-plots": (operating.plots, {"viewport": {"width": 1180, "height": 560}}),
    "fleet-phone": (operating.fleet, {"viewport": PHONE, "has_touch": True, "is_mobile": True}),
    "jobs-light": (operating.jobs, {"viewport": DESK}),
    "jobs-dark": (operating.jobs, {"viewport": DESK, "color_scheme": "dark"}),
    "jobs-phone": (operating.jobs, {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}),
}


def shoot(browser: Browser, name: str, folder: Path) -> Path:
    """Take one picture, in a flock and a browser of its own."""
    scene, how = SHOTS[name]
    with flock(parse(FLEET, "pictures")) as (site, hand):
        context = browser.new_context(reduced_motion="reduce", **how)
        page = context.new_page()
        page.goto(site.url)
        expect(page.locator("#flock")).to_have_text("1 host up")
        scene(page, hand)
        page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")
        context.close()
    return folder / f"{name}.png"


def main(names: list[str]) -> None:
    """Take the pictures of these names, or all."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for name in names or SHOTS:
            size = shoot(browser, name, PICTURES).stat().st_size
            assert size <= MOST_BYTES, f"{name}.png has {size} bytes, the most is {MOST_BYTES}"
            sys.stdout.write(f"{name}.png  {size // 1000} kB\n")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
