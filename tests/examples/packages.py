"""Puts an example package where Python finds it and its entry points, as an installer would."""

from __future__ import annotations

import tomllib
from pathlib import Path

REPO = Path(__file__).parents[2]
EXAMPLES = REPO / "examples"


def install(name: str, site: Path) -> None:
    """Install the example of that name into the folder `site`, which is then to be on Python's path."""
    folder = EXAMPLES / name
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir(parents=True)
    about.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n")
    points = [
        line
        for group, named in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in named.items()))
    ]
    about.joinpath("entry_points.txt").write_text("\n".join(points))
    site.joinpath(f"{name}.py").symlink_to(folder / f"{name}.py")
