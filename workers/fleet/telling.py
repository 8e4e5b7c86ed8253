"""How machines and hosts look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tasks.contracts.membership import Joined
from tasks.contracts.settings import Settings
from tasks.jobs.durations import age
from tasks.jobs.fleet_values import Word
from tasks.jobs.showing import plain
from tasks.jobs.values import HostSeen
from workers.fleet.inviting import Standing

STYLES = {"up": "green", "joined": "green", "invited": "yellow", "gone": "red", "lapsed": "red"}


@dataclass(frozen=True, slots=True)
class HostRow:
    """One host of the fleet file, and how it stands."""

    name: str
    machine: str
    """That runs its agent; empty: the one with the fleet file."""
    state: str
    """`up`, `gone` or `off`."""
    told: str
    """`run`, `pause` or `drain`; empty where it was never up."""
    engine: str
    quiet_hours: str


def host_rows(
    settings: Settings, seen: Mapping[str, HostSeen], words: Mapping[str, Word | None]
) -> tuple[HostRow, ...]:
    """Return the hosts of the file, and after them those that are up and not in it."""
    rows = []
    for host in settings.fleet.hosts:
        there = host.name in seen and seen[host.name].live
        state = "up" if there else "gone" if host.enabled else "off"
        word = words.get(host.name)
        rows.append(HostRow(host.name, host.agent, state, word.value if word else "", host.engine, host.quiet_hours))
    known = {row.name for row in rows}
    strangers = [each for each in seen.values() if each.live and each.name not in known]
    rows += [
        HostRow(each.name, "", "up", "", f"{each.about.get('engine', '')} (not in the file)", "") for each in strangers
    ]
    return tuple(rows)


def hosts_table(rows: Sequence[HostRow]) -> Table:
    """Return one line per host."""
    table = Table("host", "machine", "state", "told", "engine", "quiet", box=None, header_style="bold")
    for row in rows:
        told = Text(row.told, style="yellow" if row.told not in ("", "run") else "")
        state = Text(row.state, style=STYLES.get(row.state, "dim"))
        table.add_row(plain(row.name), plain(row.machine or "this"), state, told, plain(row.engine), row.quiet_hours)
    return table


def machines_table(standings: Sequence[Standing]) -> Table | Text:
    """Return one line per machine that was invited."""
    if not standings:
        return Text("nobody was invited; `rookery invite NAME` does", style="dim")
    table = Table("machine", "state", "", box=None, header_style="bold")
    for each in standings:
        when = f"since {age(each.since_ms)}" if each.state == "joined" else f"for another {age(max(0, each.since_ms))}"
        table.add_row(
            plain(each.name), Text(each.state, style=STYLES[each.state]), "" if each.state == "lapsed" else when
        )
    return table


def tell_invitation(word: str, machine: str, expires: str, added: str) -> None:
    """Print the line to paste, on stdout alone so that it can be piped, and what it is on stderr."""
    told = Console(stderr=True)
    if added:
        told.print(f"{added} has a [[host]] for {machine} now.", markup=False, highlight=False, soft_wrap=True)
    told.print(
        f"Paste this line on the other machine within {expires}. It is a secret: who has it first is let in as "
        f"{machine}.",
        style="yellow",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    Console().print(f"rookery join {word}", markup=False, highlight=False, soft_wrap=True)


def tell_joined(joined: Joined, settings: Settings) -> None:
    """Say what the machine is now, and what runs on it."""
    mine = [host.name for host in settings.fleet.hosts if settings.belongs_here(host)]
    console = Console()
    console.print(f"This machine is {joined.machine!r} now.", style="bold green", markup=False, highlight=False)
    hosts = ", ".join(mine) or f'none yet; one with `agent = "{joined.machine}"` in the fleet file will'
    console.print(f"  hosts that run here: {hosts}", markup=False, highlight=False, soft_wrap=True)
    console.print("  `rookery up` starts them; with --detach, in the background.", highlight=False)
