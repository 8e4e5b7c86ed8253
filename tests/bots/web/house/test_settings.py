"""The settings, to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.web.house.settings import told
from bots.web.house.shapes import SettingsShape
from tasks.contracts.settings import load

TOML = """
[redis]
url = "redis://rookery:hunter2@127.0.0.1:6379/0"
[jobs]
lease_s = 20
[[host]]
name = "anvil"
[[persona]]
name = "Ada"
model = "demo"
prompt = "Be kind."
"""


@pytest.fixture
def shown(tmp_path: Path) -> SettingsShape:
    """What is shown of a file with a password in it, and a token beside it."""
    file = tmp_path / "rookery.toml"
    file.write_text(TOML)
    environ = {"DISCORD_TOKEN": "very-secret-token", "DRY_RUN": "1"}
    return told(load(file, environ), environ)


def test_every_setting_stands_under_its_heading_with_where_it_came_from(shown: SettingsShape) -> None:
    jobs = next(table for table in shown.tables if table.table == "[jobs]")
    lease = next(row for row in jobs.settings if row.key == "lease_s")
    assert (lease.path, lease.written, lease.origin, lease.changed) == ("jobs.lease_s", "20.0", "rookery.toml", True)
    tries = next(row for row in jobs.settings if row.key == "attempts")
    assert (tries.origin, tries.changed) == ("default", False)


def test_entries_of_a_list_are_told_apart_by_their_names(shown: SettingsShape) -> None:
    assert [table.name for table in shown.tables if table.table == "[[host]]"] == ["anvil"]
    assert [table.name for table in shown.tables if table.table == "[[persona]]"] == ["Ada"]
    assert {table.name for table in shown.tables if not table.table.startswith("[[")} == {""}


def test_no_secret_is_shown(shown: SettingsShape) -> None:
    said = shown.model_dump_json()
    assert "hunter2" not in said
    assert "very-secret-token" not in said
    assert "DISCORD_TOKEN: ***" in shown.switches
    assert any(line.startswith("DRY_RUN") for line in shown.switches)


def test_a_page_without_settings_says_so(client) -> None:
    response = client.get("/api/settings")
    assert (response.status_code, response.json()["error"]["type"]) == (404, "UnknownThing")
