"""Reads a Dockerfile into its stages, as far as ours go."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

FROM = re.compile(r"(?P<parent>\S+) AS (?P<name>[a-z]+)")


@dataclass
class Stage:
    """One `FROM … AS …` and what follows it, on top of the stage that it starts from, if it is one of ours."""

    name: str
    image: str
    parent: Stage | None
    lines: list[tuple[str, str]] = field(default_factory=list)

    def own(self, instruction: str) -> list[str]:
        """Return what the stage itself says with one instruction."""
        return [said for name, said in self.lines if name == instruction]

    def all(self, instruction: str) -> list[str]:
        """Return what the stage and those below it say, lowest first."""
        return [*(self.parent.all(instruction) if self.parent else []), *self.own(instruction)]

    def argv(self, instruction: str) -> list[str]:
        """Return the last CMD or ENTRYPOINT, which must be a list: a shell would stand between it and signals."""
        said = self.all(instruction)
        words: list[str] = json.loads(said[-1]) if said else []
        return words

    def environment(self) -> dict[str, str]:
        """Return what ENV sets."""
        pairs = (pair.partition("=") for said in self.all("ENV") for pair in said.split())
        return {name: value for name, _, value in pairs}


def instructions(text: str) -> list[tuple[str, str]]:
    """Return every instruction with its arguments on one line."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [(name, said.strip()) for name, _, said in (line.partition(" ") for line in joined.splitlines())]


def stages(path: Path) -> dict[str, Stage]:
    """Return the stages of a Dockerfile by their names. Raises ValueError for a stage without a name."""
    found: dict[str, Stage] = {}
    stage: Stage | None = None
    for name, said in instructions(path.read_text(encoding="utf-8")):
        if name == "FROM":
            match = FROM.fullmatch(said)
            if match is None:
                raise ValueError(f"FROM {said}: wanted IMAGE AS NAME")
            stage = Stage(match["name"], match["parent"], found.get(match["parent"]))
            found[stage.name] = stage
        elif stage is not None:
            stage.lines.append((name, said))
    return found
