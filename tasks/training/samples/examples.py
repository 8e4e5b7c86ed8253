"""Examples that were written by hand: files of a persona's folder, as JSON lines or as Markdown.

    {"question": "What is rum?", "answer": "Arr, the water of life."}
    {"turns": [{"role": "user", "text": "Hi"}, ...], "answer": "Arr."}

    > What is rum?

    Arr, the water of life.

In Markdown a question is lines behind `>`, and its answer is all until the next one, or until a line of dashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.learning import Sample, Source, sample_id
from tasks.contracts.messages import MAX_TEXT_CHARS, Turn, Value

JSON_LINES, MARKDOWN = ".jsonl", ".md"
MOST_BYTES = 16 * 2**20  # of one file
QUOTE, DASHES = ">", "---"
NEXT_STEP = "docs/howto/training.md tells how examples are written"
MS = 1000
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT_CHARS)]


class Line(Value):
    """One turn as it is written in a file."""

    role: Literal["user", "assistant"]
    text: Words


class Example(Value):
    """One line of a file of JSON lines."""

    question: Words | None = None
    turns: Annotated[tuple[Line, ...], Field(strict=False)] = ()
    """What was said, in the place of a question: the last turn is what is answered."""
    answer: Words

    @model_validator(mode="after")
    def _asks_once(self) -> Example:
        if (self.question is None) is not bool(self.turns):
            raise ValueError("wanted either a `question` or `turns`")
        if self.turns and self.turns[-1].role != "user":
            raise ValueError("the last of `turns` is what is answered, so its role is user")
        return self

    @property
    def said(self) -> tuple[Turn, ...]:
        """What is answered, as turns."""
        if self.question is not None:
            return (Turn(role="user", text=self.question),)
        return tuple(Turn(role=line.role, text=line.text) for line in self.turns)


@dataclass(frozen=True)
class Placed:
    """An example, and where it stands."""

    example: Example
    line: int


def written(folder: Path, persona: str) -> Iterator[Sample]:
    """Yield the examples of a folder and of those in it, by the names of their files. The same twice is one.

    Raises:
        ConfigurationError: the folder or a file cannot be read, or a line of it is no example; it says which.
    """
    known: set[str] = set()
    for file in _files(folder):
        at_ms = int(file.stat().st_mtime * MS)
        text = _read(file)
        for placed in json_lines(text, file) if file.suffix.lower() == JSON_LINES else markdown(text, file):
            sample = _sample(placed.example, persona, at_ms)
            if sample.id not in known:
                known.add(sample.id)
                yield sample


def json_lines(text: str, file: Path) -> Iterator[Placed]:
    """Yield the examples of JSON lines. Raises ConfigurationError."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield Placed(Example.model_validate_json(line), number)
        except ValidationError as exc:
            raise fault(file, number, _told(exc)) from exc


def markdown(text: str, file: Path) -> Iterator[Placed]:
    """Yield the examples of a page; what stands before the first question, and behind dashes, is for its readers.

    Raises:
        ConfigurationError: a question has no answer, or one of both is too long.
    """
    question: list[str] = []
    answer: list[str] = []
    began = 0
    for number, line in enumerate([*text.split("\n"), DASHES], 1):
        asks, ends = line.startswith(QUOTE), line.rstrip() == DASHES
        if question and (ends or (asks and any(map(str.strip, answer)))):
            yield Placed(_example(question, answer, file, began), began)
            question, answer = [], []
        if asks:
            began = began if question else number
            question.append(line.removeprefix(QUOTE).removeprefix(" "))
        elif question:
            answer.append(line)


def fault(file: Path, line: int, why: str) -> ConfigurationError:
    """Return the error for a line that is no example."""
    return ConfigurationError(f"{file}, line {line}: {why}", next_step=NEXT_STEP)


def _example(question: list[str], answer: list[str], file: Path, line: int) -> Example:
    asked, answered = ("\n".join(part).strip() for part in (question, answer))
    if not asked or not answered:
        raise fault(file, line, "this question has no answer below it" if asked else "there is no question behind >")
    try:
        return Example(question=asked, answer=answered)
    except ValidationError as exc:
        raise fault(file, line, _told(exc)) from exc


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigurationError(f"there is no folder {folder} of examples", next_step="make it, or mend `examples`")
    found = [path for path in folder.rglob("*") if path.suffix.lower() in (JSON_LINES, MARKDOWN)]
    return sorted(path for path in found if path.is_file() and not _is_hidden(path.relative_to(folder)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)  # what tools keep beside them is nobody's example


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ConfigurationError(f"{file} is larger than {MOST_BYTES} bytes", next_step="make several files of it")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        raise fault(file, line, "this is no UTF-8") from exc
    except OSError as exc:
        raise ConfigurationError(f"{file} cannot be read: {exc.strerror}", next_step="look at its owner") from exc


def _sample(example: Example, persona: str, at_ms: int) -> Sample:
    parts = [part for turn in example.said for part in (turn.role, turn.text)]
    id_ = sample_id(persona, Source.WRITTEN, *parts, example.answer)
    return Sample(
        id=id_,
        persona=persona,
        conversation=f"examples:{id_}",
        at_ms=at_ms,
        source=Source.WRITTEN,
        turns=example.said,
        answer=example.answer,
    )


def _told(exc: ValidationError) -> str:
    first = exc.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    told = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {told}" if place else told
