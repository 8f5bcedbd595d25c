"""`repair`: nodes that the COE or Nova calls dead, made anew."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected
from jeroboam.cli.coe import ApiOption, reached_at, repeated
from jeroboam.cli.deploy import approved
from jeroboam.cli.inputs import ClusterArgument, OutsideOption, SecretsOption, cluster_named
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.secrets_file import held_in
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.showing import resumable, show_staged, shown
from jeroboam.cli.terminal import CommandError, Exit, result, say, say_lines
from jeroboam.cli.watch import Watch
from jeroboam.deploy.clock import steady
from jeroboam.deploy.connection import Cloud, watch_command
from jeroboam.deploy.durations import elapsed
from jeroboam.deploy.repair.events import LeftAlone, Repaired, RepairEvent, RepairPlanned
from jeroboam.deploy.repair.plan import RepairPlan
from jeroboam.deploy.repair.run import RepairRequest, run
from jeroboam.deploy.repair.text import data, render, why
from jeroboam.deploy.repair.types import DEAD_MINUTES, PERCENT, Cap, RepairAim
from jeroboam.deploy.roll.events import Staged
from jeroboam.deploy.wait.notices import Moved
from jeroboam.escape import shell
from jeroboam.serialize import json_line

_CAP = re.compile(r"([1-9][0-9]{0,5})(%?)")
_USUAL = f"{PERCENT}%"


def repair(
    cluster: ClusterArgument,
    most: Annotated[
        str,
        typer.Option(
            "--max",
            metavar="N|PERCENT%",
            help="How many nodes one run replaces at most: a number, or a share of the cluster's nodes.",
        ),
    ] = _USUAL,
    dead_for: Annotated[
        float,
        typer.Option(metavar="MINUTES", min=0, help="For how long the COE has to have missed a node."),
    ] = DEAD_MINUTES,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    secrets: SecretsOption = None,
    api: ApiOption = None,
    form: Annotated[
        ProgressFormat, typer.Option("--format", help="How progress is printed where there is no terminal.")
    ] = ProgressFormat.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Make nodes anew that are dead, and touch nothing else.

    Dead is a node that its COE has missed for longer than --dead-for, or whose server Nova has lost or calls
    ERROR. Its server is taken out and made anew, with its name, port, addresses and data volumes; masters one
    at a time and only while the others are a majority. The stack keeps the template that it has, also where a
    spec is given: nodes that are merely behind stay.

    A server that is stopped, paused, shelved or locked is somebody's intent, and stays; a node that is still
    booting may come yet. Nothing is done where the COE cannot be asked, where a majority looks dead, as then
    the network is the likelier cause, and while somebody deploys or rolls.

    Fit for cron: a run that finds nothing prints one line, two at once do not meet, and what was cut off is
    gone on with by a later one.

    Examples:
      jeroboam repair prod
      jeroboam repair clusters/prod.yaml --yes --max 40%
      jeroboam repair prod --yes --max 1 --dead-for 30 --secrets /safe/prod.secrets.yaml
      jeroboam repair prod --api 127.0.0.1:6443                  through a tunnel

    Exit status:
      0  no node is dead any more, somebody is at work on it, or you declined
      1  refused or failed, or dead nodes are left; the reason is printed
      2  wrong usage, or consent is needed (--yes)
      3  the spec has errors
    """
    aim = RepairAim(_cap(most), dead_for)
    name, spec = cluster_named(cluster, allow_outside=allow_outside)
    at, path = reached_at(api), secrets_file(name, spec, secrets)
    held = held_in(path)
    if held is None:
        raise CommandError(
            f"'{name}' cannot be asked how its nodes are without its secrets file, and there is no '{path}'",
            "name it with --secrets",
        )
    cloud = connected(os_cloud, os_region_name)
    words = ["--max", most] if most != _USUAL else []
    words += ["--dead-for", f"{dead_for:g}"] if dead_for != DEAD_MINUTES else []
    words += repeated(secrets=secrets, api=api, allow_outside=allow_outside)
    again = shell("jeroboam", "repair", cluster, *words, *cloud.options)
    values = {id_: str(value) for id_, value in held.parameters.items()}
    request = RepairRequest(name, values, aim, partial(approved, yes=yes), again, at)
    with Watch(form, watch_command(cloud, name)) as watch:
        _show(request, cloud, form, watch)


def _cap(text: str) -> Cap:
    """A number of nodes, or a share of them. Raises BadParameter."""
    found = _CAP.fullmatch(text)
    if found is None or (found[2] and int(found[1]) > 100):
        raise typer.BadParameter(
            f"'{text}' is neither a number from 1 on nor a share such as 40%", param_hint="--max"
        )
    return Cap(int(found[1]), bool(found[2]))


def _show(request: RepairRequest, cloud: Cloud, form: ProgressFormat, watch: Watch) -> None:
    """Runs it, and shows what happens."""
    screen = _Shown(request.name, form, watch)
    with resumable(request.name, watch, lambda: request.command):
        for event in run(request, cloud):
            screen.show(event)
    if screen.dead_are_left:
        raise typer.Exit(Exit.FAILED)


class _Shown:
    """Shows a repair's events; `dead_are_left` where it could not replace all."""

    def __init__(self, name: str, form: ProgressFormat, watch: Watch) -> None:
        self._name, self._form, self._watch = name, form, watch
        self._clock = steady()
        self._began = self._clock.now()
        self._planned = False
        self.dead_are_left = False

    def show(self, event: RepairEvent) -> None:
        """One event."""
        if isinstance(event, Moved):
            # By the clock of the whole, as all other lines.
            event = replace(event, seconds=self._seconds())
        if shown(event, self._name, self._watch):
            return
        match event:
            case RepairPlanned(plan):
                self._plan(plan)
            case Staged():
                show_staged(event, self._name, self._form, self._seconds(), "repair")
            case LeftAlone(_, reason):
                say(f"{self._name}: left alone, as {reason}")
                self._end((), reason)
            case Repaired():
                self._repaired(event)

    def _plan(self, plan: RepairPlan) -> None:
        self._planned = bool(plan.replaced)
        if self._form is ProgressFormat.NDJSON:
            result(json_line({"seconds": self._seconds(), "stack": self._name, "kind": "plan", **data(plan)}))
        else:
            say_lines(render(plan).rstrip("\n"))

    def _repaired(self, event: Repaired) -> None:
        names = ", ".join(event.nodes)
        if self._planned and not event.declined:
            say(f"{self._name}: made anew in {elapsed(event.seconds)}: {names or 'none'}")
            for it in event.dead:
                say(f"{self._name}: still dead: {it.node.name}, {why(it)}")
        self.dead_are_left = bool(event.dead) and not event.declined
        self._end(event.nodes, "", tuple(it.node.name for it in event.dead))

    def _end(self, nodes: tuple[str, ...], left_alone: str, dead: tuple[str, ...] = ()) -> None:
        if self._form is ProgressFormat.NDJSON:
            told = {"nodes": list(nodes), "dead": list(dead), "left_alone": left_alone or None}
            result(json_line({"seconds": self._seconds(), "stack": self._name, "kind": "end", **told}))

    def _seconds(self) -> float:
        return round(self._clock.now() - self._began, 1)
