"""`rookery up`, `down`, `doctor` and `models`: the flock on this machine, what ails it, and what it can answer with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return once it is up; `rookery down` ends it.")
    ] = False,
    listen: Annotated[
        str,
        typer.Option(
            metavar="ADDR", help="Let other machines reach our Redis at this address of this one; 0.0.0.0: at all."
        ),
    ] = "",
    config: Annotated[Path | None, typer.Option(help="The rookery.toml to use.")] = None,
) -> None:
    """Start everything on this machine: Redis, hosts, beat, the web page, Flower."""
    import dataclasses
    import os
    import sys

    from rich.console import Console

    from tasks.backup.mark import refuse_unfinished
    from tasks.contracts import folders
    from tasks.contracts.cautions import cautions
    from tasks.contracts.environment import LISTEN
    from tasks.contracts.settings import load
    from workers.flock import let_in_by_password, plan_of
    from workers.supervision import background, instance
    from workers.supervision import up as running
    from workers.supervision.housekeeping import keeping_house

    if listen:
        os.environ[LISTEN] = listen
    settings = load(config, os.environ)
    os.environ.update(settings.child_environment())
    instance.refuse_second(settings.data_dir)
    refuse_unfinished(settings.data_dir)
    let_in_by_password(settings)
    settings = load(config, os.environ)
    for host in settings.fleet.hosts:
        if host.enabled:
            settings.api_key(host, os.environ)
    folders.make(folders.folders_of(settings))
    plan = plan_of(settings)
    plan = dataclasses.replace(plan, warnings=(*cautions(settings, os.environ), *plan.warnings))
    if not detach:
        with keeping_house(settings):
            raise typer.Exit(running.up(plan, Console()))
    background.detach(plan, [sys.executable, "-P", "-m", "rookery", "up"])
    console = Console()
    console.print("Rookery is up.", style="bold green")
    for label, url in plan.urls.items():
        console.print(f"  {label:<12} {url}", highlight=False, soft_wrap=True)
    console.print("  `rookery down` ends it.")


@app.command()
def down(
    config: Annotated[Path | None, typer.Option(help="The rookery.toml that it was started with.")] = None,
) -> None:
    """End what `rookery up --detach` started."""
    import os

    from rich.console import Console

    from tasks.contracts.settings import load
    from workers.supervision import background

    raise typer.Exit(background.down(load(config, os.environ).data_dir, Console()))


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    config: Annotated[Path | None, typer.Option(help="The rookery.toml to look at.")] = None,
) -> None:
    """Look at this machine, its settings, Redis and engines, and say what to mend. Exit code 1: there is a problem."""
    import json
    import os

    from rich.console import Console

    with Console(stderr=True).status("Looking at this machine …") as status:
        from workers.doctor import showing
        from workers.doctor.doctor import examine
        from workers.doctor.findings import Level, count

        findings = examine(config, os.environ, tell=lambda left: status.update(showing.progress(left)))
    if as_json:
        typer.echo(json.dumps(showing.as_data(findings), indent=2))
    else:
        console = Console()
        console.print(showing.table(findings))
        for heading, toml in showing.toml_blocks(findings):
            console.print(f"\n{heading}\n", style="bold", markup=False, highlight=False)
            console.print(toml, markup=False, highlight=False, soft_wrap=True)
        console.print()
        console.print(showing.summary(findings))
    raise typer.Exit(int(count(findings, Level.PROBLEM) > 0))


@app.command()
def models(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    config: Annotated[Path | None, typer.Option(help="The rookery.toml to use.")] = None,
) -> None:
    """List every model: what each host calls it, what it takes, and where it is in memory now."""
    import json
    import os

    from rich.console import Console

    from tasks.contracts.errors import RetryableError
    from tasks.contracts.settings import load
    from tasks.jobs import fleet_moves
    from tasks.jobs.store import Store
    from tasks.jobs.values import HostSeen
    from workers import roster, roster_view
    from workers.residency.sizes import SizesHere

    settings, trouble = load(config, os.environ), ""
    hosts: tuple[HostSeen, ...] = ()
    try:
        hosts = Store.open(settings.redis_url, settings.namespace).run(fleet_moves.status()).hosts
    except RetryableError as exc:
        trouble = exc.message
    told = (roster.roster(settings.fleet, hosts, SizesHere(settings)), list(roster.foreign(hosts)), trouble)
    if as_json:
        typer.echo(json.dumps(roster_view.as_data(*told), indent=2))
    else:
        Console().print(roster_view.as_table(*told))
