"""Where model files lie: a fast folder, and a slow, large one. A file keeps its name when it moves between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Tier(StrEnum):
    """On which storage a file lies."""

    HOT = "hot"
    ARCHIVE = "archive"
    ELSEWHERE = "elsewhere"
    """In neither folder: it is used where it is, and never moved."""


@dataclass(frozen=True, slots=True)
class Tiers:
    """The two folders, which may be one, and the folder that relative paths in the fleet file start from."""

    folder: Path
    hot: Path
    archive: Path

    @property
    def one(self) -> bool:
        """Whether everything lies in one place."""
        return self.hot == self.archive

    def of(self, path: Path) -> Tier:
        """Return where `path` lies; of two folders within each other the inner one counts.

        >>> tiers = Tiers(Path("/etc"), Path("/ssd"), Path("/ssd/old"))
        >>> [tiers.of(Path(name)).value for name in ("/ssd/a.gguf", "/ssd/old/a.gguf", "/home/a.gguf")]
        ['hot', 'archive', 'elsewhere']
        """
        roots = {Tier.ARCHIVE: self.archive, Tier.HOT: self.hot}  # where both are one, it is the fast one
        within = [tier for tier, root in roots.items() if path.is_relative_to(root)]
        return max(reversed(within), key=lambda tier: len(roots[tier].parts), default=Tier.ELSEWHERE)

    def moved(self, path: Path, to: Tier) -> Path:
        """Return where a file of one of the two folders would lie in the other one."""
        here, there = (self.archive, self.hot) if self.of(path) is Tier.ARCHIVE else (self.hot, self.archive)
        return path if self.of(path) is to else there / path.relative_to(here)

    def places(self, gguf: str) -> tuple[Path, ...]:
        """Return where the file of a model may lie, in the order in which to look: fast before slow."""
        named = Path.cwd() / self.folder / Path(gguf).expanduser()
        found = [named]
        if self.of(named) is not Tier.ELSEWHERE:
            found = [self.moved(named, Tier.HOT), self.moved(named, Tier.ARCHIVE)]
        elif not Path(gguf).expanduser().is_absolute():
            found += [self.hot / gguf, self.archive / gguf]
        return tuple(dict.fromkeys(found))

    def find(self, gguf: str) -> Path:
        """Return where the file of a model lies; where it lies nowhere, the first place that was looked at."""
        places = self.places(gguf)
        return next((place for place in places if place.is_file()), places[0])
