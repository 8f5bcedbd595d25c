"""`roll`: nodes that are behind their spec, made anew one after another."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected
from jeroboam.cli.coe import DRAIN_MINUTES, ApiOption, DrainOption, NoDrainOption, reached_at, repeated
from jeroboam.cli.deploy import approved
from jeroboam.cli.diff import print_plan
from jeroboam.cli.inputs import OutsideOption, SecretsOption, compiled
from jeroboam.cli.preflight import require_known
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.secrets import kept
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.showing import resumable, show_staged, shown
from jeroboam.cli.terminal import result, say, say_lines
from jeroboam.cli.watch import Watch
from jeroboam.deploy.clock import steady
from jeroboam.deploy.connection import watch_command
from jeroboam.deploy.durations import elapsed
from jeroboam.deploy.events import Planned
from jeroboam.deploy.request import Request
from jeroboam.deploy.roll.events import Rolled, RollEvent, RollPlanned, RollStage, Staged
from jeroboam.deploy.roll.plan import RollPlan
from jeroboam.deploy.roll.run import RollRequest, run
from jeroboam.deploy.roll.text import data, render
from jeroboam.deploy.roll.types import Aim
from jeroboam.deploy.wait.notices import Moved
from jeroboam.escape import shell
from jeroboam.serialize import json_line


def roll(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="The cluster's spec.")],
    group: Annotated[
        str,
        typer.Option(metavar="GROUP", help="This node group only, or 'master'.", show_default=False),
    ] = "",
    node: Annotated[
        list[str] | None,
        typer.Option(metavar="NODE", help="This node, whether it is behind or not; repeatable."),
    ] = None,
    max_unavailable: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many nodes of a group are away at a time.")
    ] = 1,
    drain_timeout: DrainOption = DRAIN_MINUTES,
    no_drain: NoDrainOption = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    secrets: SecretsOption = None,
    api: ApiOption = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Preflight check to skip; repeatable.")
    ] = None,
    form: Annotated[
        ProgressFormat, typer.Option("--format", help="How progress is printed where there is no terminal.")
    ] = ProgressFormat.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Bring nodes to what the spec says, one after another.

    Updates the stack as 'deploy' does, without touching a node, and then makes every node anew that is
    behind: masters first (in a swarm last), one at a time, and each group. A node keeps its name, port,
    addresses and data volumes; its server is a new one, with the version, image and options that the spec
    has now. To upgrade a cluster, change coe_version and run this.

    For each node: all others have to be healthy; it gets no more work and is drained by the COE's own means,
    so that budgets hold; its server is stopped and taken out; the COE forgets it; it is made anew, and waited
    for until the COE counts it in. The first of a group goes alone. A node that cannot be drained, or does
    not come back, stops the roll.

    Everything is remembered by the stack and the cluster: after Ctrl-C, a lost connection or a failure, run
    it again, and a node that is away comes back first. The COE's API has to be reachable from here.

    Examples:
      jeroboam roll prod.yaml
      jeroboam roll prod.yaml --group default --max-unavailable 3 --yes
      jeroboam roll prod.yaml --node prod-default-2               replace one node
      jeroboam roll prod.yaml --node prod-default-2 --no-drain    replace a dead one
      jeroboam roll prod.yaml --api 127.0.0.1:6443                through a tunnel

    Exit status:
      0  no node is behind any more, or you declined
      1  refused or failed; the reason and the command that goes on are printed
      2  wrong usage, or consent is needed (--yes)
      3  the spec has errors
    """
    require_known(ignore or ())
    if group and node:
        raise typer.BadParameter("--group and --node exclude each other")
    found = compiled(spec, allow_outside=allow_outside)
    cloud = connected(os_cloud, os_region_name)
    name, path = found.bundle.name, secrets_file(found.bundle.name, spec, secrets)
    options = repeated(
        drain_minutes=drain_timeout,
        secrets=secrets,
        api=api,
        ignore=ignore or (),
        allow_outside=allow_outside,
    )
    options += cloud.options
    asked = Request(
        found,
        lambda new: kept(name, found.model.secrets, path, spec, first=new, make=False),
        spec,
        path,
        approve_api=partial(approved, yes=yes),
        ignore=tuple(ignore or ()),
        at=reached_at(api),
        options=tuple(options),
    )
    aim = Aim(group, tuple(node or ()), max_unavailable, None if no_drain else drain_timeout)

    def command(done: Container[str]) -> str:
        return shell("jeroboam", "roll", spec, *_words(aim, done), *options)

    request = RollRequest(asked, aim, lambda plan, _: approved(plan, yes=yes), command)
    with Watch(form, watch_command(cloud, name)) as watch:
        screen = RollScreen(name, form, watch)
        with resumable(name, watch, lambda: command(screen.done)):
            for event in run(request, cloud):
                screen.show(event)


def _words(aim: Aim, done: Container[str]) -> list[str]:
    """The options that say which nodes are still to be made anew; all again, where all have been."""
    left = [node for node in aim.nodes if node not in done] or aim.nodes
    words = ["--group", aim.group] if aim.group else []
    words += [word for node in left for word in ("--node", node)]
    return words + (["--max-unavailable", str(aim.max_unavailable)] if aim.max_unavailable > 1 else [])


class RollScreen:
    """Shows a roll's events, and knows the nodes that are `done`."""

    def __init__(self, name: str, form: ProgressFormat, watch: Watch) -> None:
        self._name, self._form, self._watch = name, form, watch
        self.done: set[str] = set()
        self._clock = steady()
        self._began = self._clock.now()

    def show(self, event: RollEvent) -> None:
        """One event."""
        if isinstance(event, Moved):
            # By the clock of the whole, as all other lines.
            event = replace(event, seconds=self._seconds())
        if shown(event, self._name, self._watch):
            return
        match event:
            case Planned(plan):
                if plan.different:
                    print_plan(plan)
            case RollPlanned(plan):
                self._plan(plan)
            case Staged():
                self.done |= set(event.nodes) if event.stage is RollStage.DONE else set()
                show_staged(event, self._name, self._form, self._seconds())
            case Rolled(_, nodes, seconds):
                made = (
                    f"{len(nodes)} {'node' if len(nodes) == 1 else 'nodes'} made anew in {elapsed(seconds)}"
                )
                say(f"{self._name}: {made if nodes else 'no node was to be made anew'}; all healthy")

    def _plan(self, plan: RollPlan) -> None:
        if self._form is ProgressFormat.NDJSON:
            result(json_line({"seconds": self._seconds(), "stack": self._name, "kind": "plan", **data(plan)}))
        else:
            say_lines(render(plan).rstrip("\n"))

    def _seconds(self) -> float:
        return round(self._clock.now() - self._began, 1)
