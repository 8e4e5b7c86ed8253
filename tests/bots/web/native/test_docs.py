"""What the API says of itself: a schema that generators can read, and a page that needs nobody else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bots.web import native

DOCS = Path(native.__file__).parent / "docs"
MOST_BYTES = 16_000  # of the page, unpacked


def references(schema: Any) -> set[str]:
    match schema:
        case dict():
            named = {schema["$ref"]} if "$ref" in schema else set()
            return named.union(*map(references, schema.values()))
        case list():
            return set().union(*map(references, schema))
    return set()


def test_the_schema_names_every_route_of_programs_and_refers_to_nothing_that_is_not_in_it(client) -> None:
    told = client.get("/openapi.json").json()
    assert {"/generate", "/jobs/{job}", "/ingest", "/summarize", "/api/chat", "/api/login"} <= set(told["paths"])
    for reference in references(told):
        at = told
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]


def test_the_schema_says_what_fields_mean_and_which_are_needed(client) -> None:
    asked = client.get("/openapi.json").json()["paths"]["/generate"]["post"]["requestBody"]
    schema = asked["content"]["application/json"]["schema"]
    assert schema["required"] == ["prompt"]
    assert schema["properties"]["async"]["type"] == "boolean"
    assert schema["properties"]["session"]["description"].startswith("Go on with this conversation.")


@pytest.mark.parametrize("file", ["", "docs.js", "docs.css"])
def test_the_page_is_served_from_the_package(client, file) -> None:
    told = client.get(f"/docs/{file}")
    assert told.status_code == 200
    assert told.headers["content-security-policy"].startswith("default-src 'self'")


def test_the_page_is_small_and_asks_nobody_else() -> None:
    files = [path.read_text(encoding="utf-8") for path in DOCS.iterdir()]
    assert sum(map(len, files)) < MOST_BYTES
    assert not [text for text in files if re.search(r"https?://|style=|onclick=|<script>", text)]


def test_without_its_last_stroke_the_address_leads_there_too(client) -> None:
    assert client.get("/docs").headers["location"] == "docs/"


@pytest.mark.browser
def test_every_route_is_on_the_page_and_can_be_found(open_page, site) -> None:
    page = open_page(site.url)
    page.goto(f"{site.url}/docs")
    shown = page.locator("details")
    shown.first.wait_for()
    assert shown.count() > 20
    heads = page.locator("summary > span").all_inner_texts()
    assert [head for head in heads if head[-1:] in ":;"] == []
    page.fill("#find", "post generate")
    page.locator("summary:visible").click()
    assert page.locator("details:visible").count() == 1
    assert page.locator("details:visible td").first.inner_text() == "async"
    assert "curl -X POST" in page.locator("details:visible pre").inner_text()
