"""Checks the documentation: links lead somewhere, commands and names exist, nothing points outside the project."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from schedules import BEAT_SCHEDULE
from tasks.celery import app
from tasks.contracts import names, queues
from tasks.contracts.environment import keys_by_variable, known_variables
from tests.command import tree

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")] if page.is_file()
)

FENCE = re.compile(r"^(```+|~~~+).*?^\1\s*$", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]*`")
INLINE_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
LINK_DEFINITION = re.compile(r"^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
EXPLICIT_ANCHOR = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")
FENCED_COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?rookery ([a-z-].*)$", re.MULTILINE)
SPAN_COMMAND = re.compile(r"`rookery ([a-z-][^`]*)`")
REDIS_KEY = re.compile(r"\bkey\(['\"](\w+)['\"]")
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)  # https:, mailto:

# What only made sense where the project was written. Put together here, so that this file does not hold them itself.
FORBIDDEN = tuple(
    "".join(parts)
    for parts in [
        ("/wo", "rk/"),
        ("../sha", "red"),
        ("/tmp/br", "ief"),
        ("/tmp/bash", "_jobs"),
        ("DESI", "GN.md"),
        ("REQUIRE", "MENTS.md"),
        ("reference/be", "lls.md"),
        ("reference/sty", "le.md"),
        ("reference/engi", "nes.md"),
        ("reference/reliab", "ility.md"),
        ("reference/pol", "icy.md"),
        ("Co-Authored", "-By:"),
        ("Generated ", "with ["),
    ]
)


def prose(text: str) -> str:
    """Return a page without its code, in which brackets are no links."""
    return CODE_SPAN.sub("", FENCE.sub("", text))


def links(text: str) -> list[str]:
    """Return the targets of a page's links that stay within the project."""
    plain = prose(text)
    targets = INLINE_LINK.findall(plain) + LINK_DEFINITION.findall(plain)
    return [target for target in targets if not ELSEWHERE.match(target)]


def anchors(text: str) -> set[str]:
    """Return what `#…` may name on a page: its headings, in the form that GitHub gives them, and explicit anchors."""
    unfenced = FENCE.sub("", text)
    found = set(EXPLICIT_ANCHOR.findall(unfenced))
    for heading in HEADING.findall(unfenced):
        name = anchor(heading)
        found.add(
            name if name not in found else next(f"{name}-{n}" for n in range(1, 99) if f"{name}-{n}" not in found)
        )
    return found


def anchor(heading: str) -> str:
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def broken_link(target: str, page: Path, root: Path = ROOT) -> str:
    """Return what is wrong with a link on a page, or nothing."""
    path, _, fragment = unquote(target).partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.is_relative_to(root):
        return f"{target}: leads out of the project"
    if not file.exists():
        return f"{target}: there is no such file"
    if fragment and file.suffix == ".md" and fragment not in anchors(file.read_text(encoding="utf-8")):
        return f"{target}: the page has no such heading"
    return ""


def files_of_the_project() -> list[Path]:
    """Return every file that is in git or would be with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in sorted(set(listed.split("\0")) - {""}) if (path := ROOT / name).is_file()]


def forbidden_lines(file: Path) -> list[str]:
    """Return the lines of a text file that hold a forbidden string; a file with a NUL in it is no text."""
    raw = file.read_bytes()
    if b"\0" in raw:
        return []
    numbered = enumerate(raw.decode("utf-8", errors="replace").splitlines(), start=1)
    return [f"{file.name}:{n} {word}" for n, line in numbered for word in FORBIDDEN if word in line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = links(page.read_text(encoding="utf-8"))
    assert not [wrong for target in targets if (wrong := broken_link(target, page))]


def test_the_pages_are_found() -> None:
    assert {"CHANGELOG.md", "glossary.md", "requirements.md"} <= {page.name for page in PAGES}


def test_the_design_says_how_sessions_context_and_caches_work() -> None:
    told = anchors((ROOT / "docs" / "design.md").read_text(encoding="utf-8"))
    assert {"sessions-and-context", "what-is-cached", "what-is-kept-and-for-how-long", "moves", "engines"} <= told


def test_nothing_points_to_where_it_was_written() -> None:
    files = files_of_the_project()
    assert ROOT / "pyproject.toml" in files
    found = [f"{file.relative_to(ROOT)}: {line}" for file in files for line in forbidden_lines(file)]
    assert not found


def test_a_forbidden_string_is_found_in_a_text_file(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text(f"fine\nsee {FORBIDDEN[0]}main\n", encoding="utf-8")
    assert forbidden_lines(note) == [f"note.txt:2 {FORBIDDEN[0]}"]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("gone.md", "no such file"),
        ("other.md#gone", "no such heading"),
        ("#gone", "no such heading"),
        ("#not-a-heading", "no such heading"),
        ("../outside.md", "out of the project"),
    ],
)
def test_a_broken_link_is_noticed(tmp_path: Path, target: str, why: str) -> None:
    assert why in broken_link(target, write_pages(tmp_path), tmp_path)


@pytest.mark.parametrize(
    "target", ["other.md", "other.md#two-words", "#what-is-it-really", "#what-is-it-really-1", "#x"]
)
def test_a_good_link_is_left_alone(tmp_path: Path, target: str) -> None:
    assert not broken_link(target, write_pages(tmp_path), tmp_path)


def write_pages(folder: Path) -> Path:
    (folder / "other.md").write_text("# Two `words`\n", encoding="utf-8")
    page = folder / "page.md"
    text = '## What is it, *really*?\n\n<a id="x"></a>\n## What is it, *really*?\n\n```sh\n# not a heading\n```\n'
    page.write_text(text, encoding="utf-8")
    return page


def test_links_are_found_in_prose_and_not_in_code() -> None:
    text = (
        '[a](one.md), ![b](two.png "title"), [c](https://example.org), `[d](code.md)`\n'
        "```\n[e](fenced.md)\n```\n[f]: three.md#part\n"
    )
    assert links(text) == ["one.md", "two.png", "three.md#part"]


# ---------------------------------------------------------------- what the pages say of the code


def said_commands(text: str) -> list[list[str]]:
    """Return the words after each `rookery` that a page shows: in fenced blocks, and in code that begins with it."""
    fenced = "\n".join(match.group() for match in FENCE.finditer(text))
    spans = CODE_SPAN.findall(text)
    shown = [match.group(1) for match in FENCED_COMMAND.finditer(fenced)]
    shown += [match.group(1) for span in spans if (match := SPAN_COMMAND.match(span))]
    return [command.partition(" #")[0].split() for command in shown]


def unknown_command(words: list[str]) -> str:
    """Return what is wrong with a command line of ours, or nothing."""
    known, path = tree(), ()
    while words and (*path, words[0]) in known:
        path, words = (*path, words[0]), words[1:]
    if hasattr(known[path], "list_commands") and words and not words[0].startswith("-"):
        return f"rookery {' '.join(path)} knows no {words[0]!r}".replace("  ", " ")
    options = {option for param in known[path].params for option in param.opts} | {"--help"}
    strange = [word for word in words if re.fullmatch(r"--[a-z-]+", word) and word not in options]
    return f"rookery {' '.join(path)} has no {strange[0]}" if strange else ""


def table(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the rows of the table below a heading of docs/reference.md."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def names_in(cells: list[str]) -> set[str]:
    """Return what stands in backticks in these cells."""
    return {span.strip("`") for cell in cells for span in CODE_SPAN.findall(cell)}


@pytest.fixture(scope="module")
def reference() -> str:
    return (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    said = said_commands(page.read_text(encoding="utf-8"))
    assert not [wrong for words in said if (wrong := unknown_command(words))]


def test_every_command_that_an_error_advises_exists() -> None:
    sources = [path for room in ("bots", "tasks", "workers", "schedules") for path in (ROOT / room).rglob("*.py")]
    said = [words for path in sources for words in said_commands(path.read_text(encoding="utf-8"))]
    assert ["status"] in said or ["up"] in said
    assert not [wrong for words in said if "|" not in " ".join(words) and (wrong := unknown_command(words))]


def test_commands_are_found_where_pages_show_them() -> None:
    text = (
        "say `rookery job explain JOB` or\n```\n.venv/bin/rookery up --detach   # in the background\n```\n`rookery.py`"
    )
    assert said_commands(text) == [["up", "--detach"], ["job", "explain", "JOB"]]
    assert said_commands((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("sing", "rookery knows no 'sing'"),
        ("job forget JOB", "rookery job knows no 'forget'"),
        ("ask hello --loudly", "rookery ask has no --loudly"),
        ('ask "hello" --json', ""),
        ("run bot web", ""),
        ("job", ""),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(line: str, wrong: str) -> None:
    assert unknown_command(line.split()) == wrong


def test_the_reference_lists_every_command(reference: str) -> None:
    leaves = {f"rookery {' '.join(path)}" for path, verb in tree().items() if not hasattr(verb, "list_commands")}
    assert {cells[0].strip("`") for cells in table(reference, "Commands")} == leaves


def test_the_reference_lists_every_task_and_every_queue(reference: str) -> None:
    rows = table(reference, "Tasks and queues")
    wire = {value for name, value in vars(names).items() if name.isupper()}
    assert {cells[0].strip("`") for cells in rows} == wire
    fixed = {value for name, value in vars(queues).items() if name.isupper() and isinstance(value, str)}
    assert {cells[1].strip("`") for cells in rows} == fixed | {"model.<slug>"}
    app.loader.import_default_modules()
    registered = {name for name in app.tasks if not name.startswith("celery.")}
    unheard = {cells[0].strip("`") for cells in rows if "nobody consumes it yet" in cells[2]}
    assert wire - registered == unheard


def test_the_reference_lists_every_beat_entry(reference: str) -> None:
    listed = {name.strip("`"): task.strip("`") for name, task in table(reference, "Beat entries")}
    assert listed == {name: entry["task"] for name, entry in BEAT_SCHEDULE.items()}


def test_the_reference_lists_every_key_in_redis(reference: str) -> None:
    sources = [
        *(ROOT / "tasks" / "jobs").rglob("*.lua"),
        *(ROOT / "tasks").rglob("*.py"),
        *(ROOT / "bots").rglob("*.py"),
    ]
    used = {name for path in sources for name in REDIS_KEY.findall(path.read_text(encoding="utf-8"))}
    assert {"job", "text", "watch"} <= used
    assert {cells[0].strip("`").partition(":")[0] for cells in table(reference, "Keys in Redis")} == used


def test_the_reference_lists_every_variable(reference: str) -> None:
    listed = names_in([cells[0] for cells in table(reference, "Environment variables")])
    assert listed == set(known_variables()) - set(keys_by_variable())
