"""What was configured, to read: every setting that holds, where it came from, and what to look after."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots.web.doors import Scope, needs
from bots.web.house.shapes import SettingShape, SettingsShape, TableShape
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.cautions import cautions
from tasks.contracts.effective import Effective, effective, from_files, source, switches
from tasks.contracts.errors import UnknownThing
from tasks.contracts.masking import mask
from tasks.contracts.problems import DEFAULT
from tasks.contracts.settings import Settings
from tasks.contracts.tomltext import written

NAMES = ("name", "bot", "id")  # what tells one entry of a list from another


def router(site: Site) -> APIRouter:
    """Return the route of the settings."""
    routes = APIRouter(prefix="/api", tags=["glass box"], dependencies=[needs(Scope.READ)])

    @routes.get("/settings", response_model=SettingsShape)
    def settings() -> Response:  # on a thread: it looks at files
        """Tell every setting that holds, each with where it came from; secrets are masked."""
        current = site.settings()
        if current is None:
            raise UnknownThing("this page is served without settings", next_step="`rookery run bot web` has some")
        return JSONResponse(told(current, os.environ).model_dump(mode="json"), headers=FRESH_ONLY)

    return routes


def told(settings: Settings, environ: Mapping[str, str]) -> SettingsShape:
    """Return settings as people see them."""
    rows = list(effective(settings, from_files(environ)))
    return SettingsShape(
        source=source(settings),
        environment=settings.environment,
        switches=tuple(switches(settings)),
        tables=tuple(_tables(rows)),
        cautions=tuple(map(mask, cautions(settings, environ))),
    )


def _tables(rows: Sequence[Effective]) -> Iterator[TableShape]:
    for (table, _entry), group in groupby(rows, key=lambda row: (row.table, row.loc[:-1] if len(row.loc) > 2 else "")):
        members = list(group)
        name = next((str(row.value) for row in members if row.key in NAMES and row.table.startswith("[[")), "")
        yield TableShape(table=table, name=name, settings=tuple(map(_setting, members)))


def _setting(row: Effective) -> SettingShape:
    by_file = Path(row.origin).is_absolute()
    return SettingShape(
        key=row.key,
        path=row.path,
        value=row.value,
        written="" if row.value is None else written(row.value),
        origin=Path(row.origin).name if by_file else row.origin,
        changed=row.origin != DEFAULT,
    )
