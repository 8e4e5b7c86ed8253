"""Whether `tasks`, `bots`, `workers` and `schedules` are ours alone: the names are common, and a clash is silent."""

from __future__ import annotations

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
    found = [*judge_owners(owners(search_path)), *judge_places(places(search_path), HOME)]
    found += judge_folder(in_folder(folder), folder)
    return found or [Finding(CHECK, Level.OK, f"{', '.join(NAMES)} are Rookery's alone")]


def owners(search_path: Sequence[str]) -> dict[str, set[str]]:
    """Return the distributions that ship each of our names."""
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    for distribution in metadata.distributions(path=list(search_path)):
        for name in _top_level(distribution) & set(NAMES):
            found[name].add(distribution.name)
    return found


def places(search_path: Sequence[str]) -> dict[str, list[Path]]:
    """Return the folders that hold a module of each of our names, in the order in which Python would take them."""
    found: dict[str, list[Path]] = {name: [] for name in NAMES}
    for entry in dict.fromkeys(str(Path(entry or ".").resolve()) for entry in search_path):
        for name in NAMES:
            spec = PathFinder.find_spec(name, [entry])
            if spec is not None and spec.origin is not None:  # a mere folder of that name gives way to a package
                found[name].append(Path(entry))
    return found


def in_folder(folder: Path) -> list[str]:
    """Return which of our names a module in `folder` has that is not ours."""
    if folder.resolve() == HOME:
        return []
    return [name for name in NAMES if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()]


def judge_owners(found: Mapping[str, set[str]]) -> Iterator[Finding]:
    """Yield the distributions beside Rookery that ship one of its names."""
    for name, distributions in found.items():
        for stranger in sorted(distributions - {OURS}):
            what = f"the package {stranger!r} also installs {name!r}, and whichever came last has overwritten the other"
            step = f"run `pip uninstall {stranger}`, then install Rookery again: better into an environment of its own"
            yield Finding(CHECK, Level.PROBLEM, what, step)


def judge_places(found: Places, home: Path) -> Iterator[Finding]:
    """Yield the names that are somewhere else too, and worse, those that Python takes from there."""
    for name, folders in found.items():
        others = [folder for folder in folders if folder != home]
        if not others:
            continue
        if folders[0] != home:
            what = f"Python takes {name!r} from {folders[0]}, and Rookery is in {home}"
            yield Finding(CHECK, Level.PROBLEM, what, f"remove or rename {folders[0] / name}")
        else:
            what = f"there is another {name!r} in {others[0]}, which Python would take without Rookery's own"
            yield Finding(CHECK, Level.WARNING, what, f"remove or rename {others[0] / name}")


def judge_folder(names: Sequence[str], folder: Path) -> Iterator[Finding]:
    """Yield what in the current folder would be taken for ours by those who look there first, as `celery -A` does."""
    for name in names:
        what = (
            f"{folder / name} hides Rookery's {name!r} from `celery -A tasks` in this folder; `rookery` is unaffected"
        )
        yield Finding(CHECK, Level.WARNING, what, "rename it, or start Rookery's processes with `rookery run`")


def _top_level(distribution: metadata.Distribution) -> set[str]:
    told = (distribution.read_text("top_level.txt") or "").split()
    return set(told) or {Path(file.parts[0]).stem for file in distribution.files or ()}
