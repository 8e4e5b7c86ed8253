"""The personas of a fleet: those in `rookery.toml`, then those with a file of their own, each with its workspace.

An entry of `rookery.toml` that cannot be keeps the whole file out, as everything in it does. A file of its own is one
person's work beside others': it is left out alone, and told of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.contracts import bots, coherence
from tasks.contracts.fleet import Fleet
from tasks.contracts.personafiles import PersonaFile, PersonaFiles
from tasks.contracts.personas import Persona
from tasks.contracts.problems import Loc, Problem, Source, closest, listed, shown
from tasks.contracts.queues import slug

PERSONA = "persona"  # the table of rookery.toml


@dataclass(frozen=True)
class Gathered:
    """A fleet with all of its personas."""

    fleet: Fleet
    raw: dict[str, Any]
    """The tables of rookery.toml with those of the files behind its own."""
    files: Mapping[Loc, str]
    """Which file a persona came from, by where it is in the fleet; the others are in rookery.toml."""
    troubles: tuple[str, ...]
    """What is wrong with single personas, one line each; the rest holds."""


def gather(fleet: Fleet, raw: Mapping[str, Any], source: str, folder: Path, known: PersonaFiles, at: Path) -> Gathered:
    """Return `fleet` with the personas of the files in `at`; `folder` is where relative paths in `source` start."""
    troubles: list[str] = []
    named = PERSONA in raw
    chosen: list[tuple[Persona, Mapping[str, Any], str]] = [
        (persona, raw[PERSONA][n] if named else {}, "") for n, persona in enumerate(fleet.personas)
    ]
    taken = {slug(persona.name): source if named else "" for persona in fleet.personas}
    for file in _files(known, at, troubles):
        lines = [*file.faults, *_lines(file, fleet, taken)]
        troubles += lines
        if file.persona is None or lines:
            continue
        mark = slug(file.persona.name)
        if mark in taken:  # the one that is there where nobody is named
            chosen = [entry for entry in chosen if slug(entry[0].name) != mark]
        taken[mark] = str(file.path)
        chosen.append((file.persona, file.raw, str(file.path)))
    known.workspaces.begin()
    personas = tuple(
        _furnished(persona, Path(origin).parent if origin else folder, known, troubles) for persona, _, origin in chosen
    )
    known.workspaces.end()
    troubles += _strangers(fleet, personas, source)
    files: dict[Loc, str] = {(PERSONA, n): origin for n, (_, _, origin) in enumerate(chosen) if origin}
    return Gathered(
        fleet=fleet.model_copy(update={"personas": personas}),
        raw={**raw, PERSONA: [entry for _, entry, _ in chosen]} if named or files else dict(raw),
        files=files,
        troubles=tuple(map(_told, troubles)),
    )


def _files(known: PersonaFiles, at: Path, troubles: list[str]) -> tuple[PersonaFile, ...]:
    try:
        return known.read(at)
    except OSError as exc:
        troubles.append(f"{at}: cannot be looked into: {exc.strerror}")
        return ()


def _lines(file: PersonaFile, fleet: Fleet, taken: Mapping[str, str]) -> Iterator[str]:
    """Yield a line on each thing that keeps a persona, well in itself, out of this fleet."""
    persona = file.persona
    if persona is None:
        return
    if not slug(persona.name):
        wish = "wanted a name with a letter or digit of a-z, 0-9 in it; `aliases` may be in any script"
        yield _line(file, Problem(("name",), wish, persona.name))
    elif other := taken.get(slug(persona.name)):
        yield _line(file, Problem(("name",), f"wanted another name: {other} has this one", persona.name))
    problems = [
        *coherence.personas((persona,), fleet.models, fleet.hosts, fleet.routing),
        *bots.places((persona,), fleet.discord, fleet.telegram, fleet.feed),
    ]
    yield from (_line(file, Problem(loc[2:], wish, value)) for loc, wish, value in problems)


def _told(line: str) -> str:
    """Return a line that every log takes: the name of a file may be no text."""
    return line.encode("utf-8", "backslashreplace").decode()


def _line(file: PersonaFile, problem: Problem) -> str:
    value = "" if problem.value is None else f" = {shown(problem.value)}"
    return f"{Source(str(file.path), file.raw).place(problem.loc)}{value}: {problem.wish}"


def _furnished(persona: Persona, folder: Path, known: PersonaFiles, troubles: list[str]) -> Persona:
    """Return the persona with what is in its workspace behind its prompt."""
    if not persona.workspace:
        return persona
    prompt, faults = known.workspaces.joined(persona.prompt, folder / _at_home(persona.workspace))
    troubles += faults
    return persona.model_copy(update={"prompt": prompt})


def _at_home(path: str) -> Path:
    """Return a path with `~` as the folder that it stands for; as it is written where nobody has that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _strangers(fleet: Fleet, personas: tuple[Persona, ...], source: str) -> Iterator[str]:
    """Yield a line on each name under [feed] that nobody has; one whose file cannot be is no reason to stop all."""
    names = [persona.name for persona in personas]
    for n, name in enumerate(fleet.feed.personas):
        if name not in names:
            hint = closest(name, names) or f"there are: {listed(names)}"
            yield f"{source}: feed.personas[{n}] = {shown(name)}: no persona has that name; {hint}"
