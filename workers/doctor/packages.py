"""Whether `tasks`, `bots`, `workers` and `schedules` are ours alone: the names are common, and a clash is silent."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

from workers.doctor.findings import Finding, Level

CHECK = "packages"
OURS = "rookery"
NAMES = ("tasks", "bots", "workers", "schedules", "celeryconfig")
HOME = Path(__file__).parents[2]
"""The folder that the package of this very file was imported from."""

Places = Mapping[str, Sequence[Path]]


def look(search_path: Sequence[str], folder: Path) -> list[Finding]:
    """Return what there is to say of our names on `search_path` and in the current folder."""
    seen = places(search_path)
    hiding = [path for path in in_folder(folder) if path not in itertools.chain(*seen.values())]
    found = [*judge_owners(owners(search_path)), *judge_places(seen, HOME), *judge_folder(hiding)]
    return found or [Finding(CHECK, Level.OK, f"{', '.join(NAMES)} are Rookery's alone")]


def owners(search_path: Sequence[str]) -> dict[str, set[str]]:
    """Return the distributions that ship each of our names."""
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    for distribution in metadata.distributions(path=list(search_path)):
        for name in _top_level(distribution) & set(NAMES):
            found[name].add(distribution.name)
    return found


def places(search_path: Sequence[str]) -> dict[str, list[Path]]:
    """Return where there is a module of each of our names, in the order in which Python would take them."""
    found: dict[str, list[Path]] = {name: [] for name in NAMES}
    for entry in dict.fromkeys(str(Path(entry or ".").resolve()) for entry in search_path):
        for name in NAMES:
            spec = PathFinder.find_spec(name, [entry])
            if spec is not None and spec.origin is not None:  # a mere folder of that name gives way to a package
                found[name].append(_place(Path(spec.origin)))
    return found


def in_folder(folder: Path) -> list[Path]:
    """Return the modules in `folder` that have one of our names and are not ours."""
    if folder.resolve() == HOME:
        return []
    candidates = [path for name in NAMES for path in (folder / f"{name}.py", folder / name / "__init__.py")]
    return [_place(path) for path in candidates if path.is_file()]


def judge_owners(found: Mapping[str, set[str]]) -> Iterator[Finding]:
    """Yield the distributions beside Rookery that ship one of its names."""
    for name, distributions in found.items():
        for stranger in sorted(distributions - {OURS}):
            what = f"the package {stranger!r} also installs {name!r}, and whichever came last has overwritten the other"
            step = f"run `pip uninstall {stranger}`, then install Rookery again: better into an environment of its own"
            yield Finding(CHECK, Level.PROBLEM, what, step)


def judge_places(found: Places, home: Path) -> Iterator[Finding]:
    """Yield the names that are somewhere else too, and worse, those that Python takes from there."""
    for name, paths in found.items():
        others = [path for path in paths if path.parent != home]
        if not others:
            continue
        if paths[0] == others[0]:
            what = f"Python takes {others[0]} for Rookery's {name!r}, which is in {home}"
            yield Finding(CHECK, Level.PROBLEM, what, f"rename {others[0]}, or take its folder off PYTHONPATH")
        else:
            what = f"Python would take {others[0]} for Rookery's {name!r}, were that not found first"
            yield Finding(CHECK, Level.WARNING, what, f"rename {others[0]}, or take its folder off PYTHONPATH")


def judge_folder(paths: Sequence[Path]) -> Iterator[Finding]:
    """Yield what in the current folder would be taken for ours by those who look there first, as `celery -A` does."""
    for path in paths:
        what = f"`celery -A tasks` in this folder takes {path} for Rookery's {path.stem!r}; `rookery` does not"
        yield Finding(CHECK, Level.WARNING, what, "rename it, or start Rookery's processes with `rookery run`")


def _place(file: Path) -> Path:
    """Return what one would rename to be rid of a module: its file, or the folder of a package."""
    return file.parent if file.name == "__init__.py" else file


def _top_level(distribution: metadata.Distribution) -> set[str]:
    told = (distribution.read_text("top_level.txt") or "").split()
    return set(told) or {Path(file.parts[0]).stem for file in distribution.files or ()}
