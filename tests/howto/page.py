"""A page of docs/howto, to be done as it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "howto"


@dataclass(frozen=True)
class Page:
    """What a page says."""

    text: str

    @classmethod
    def read(cls, name: str) -> Page:
        """Return the page of that name."""
        return cls((FOLDER / f"{name}.md").read_text("utf-8"))

    def section(self, heading: str) -> str:
        """Return what stands below a heading that begins so."""
        return next(part for part in self.text.split("\n## ") if part.startswith(heading))

    def block(self, heading: str, kind: str) -> str:
        """Return the first block of that kind, such as `toml`, below a heading."""
        found = re.search(rf"^```{kind}\n(.*?)^```", self.section(heading), re.MULTILINE | re.DOTALL)
        assert found is not None
        return found[1]
