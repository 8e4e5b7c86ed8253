"""What the page is told of the rest: the version, and where Flower is."""

from __future__ import annotations

import httpx
import pytest

from bots.web.metrics.about import flower_url
from tasks.contracts.sections import Flower


def test_the_page_is_told_where_flower_is(client: httpx.Client) -> None:
    assert client.get("/api/about").json() == {"version": "0.1.0", "flower": "http://127.0.0.1:5555/"}


@pytest.mark.parametrize(
    ("flower", "host", "url"),
    [
        (Flower(), "localhost:8080", "http://localhost:5555/"),
        (Flower(), "[::1]:8080", "http://[::1]:5555/"),
        (Flower(port=5556), "127.0.0.1:8080", "http://127.0.0.1:5556/"),
        (Flower(), "nest.lan:8080", None),  # it listens to its own machine alone
        (Flower(bind="0.0.0.0"), "nest.lan:8080", "http://nest.lan:5555/"),
        (Flower(bind="10.0.0.5"), "nest.lan:8080", "http://10.0.0.5:5555/"),
        (Flower(enabled=False), "localhost:8080", None),
        (Flower(), "", None),
    ],
)
def test_flower_is_named_as_whoever_asks_reaches_it(flower: Flower, host: str, url: str | None) -> None:
    assert flower_url(flower, host) == url
