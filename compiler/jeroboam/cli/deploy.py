"""`deploy`: a spec to a running cluster, or a running cluster to what its spec says now."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated, Any

import typer

from jeroboam import escape
from jeroboam.cli.clouds import CloudOption, RegionOption, connected
from jeroboam.cli.coe import DRAIN_MINUTES, ApiOption, DrainOption, NoDrainOption, reached_at, repeated
from jeroboam.cli.diff import print_plan
from jeroboam.cli.inputs import OutsideOption, compiled
from jeroboam.cli.preflight import require_known
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.secrets import kept
from jeroboam.cli.secrets_place import secrets_file, usual_place
from jeroboam.cli.showing import shown
from jeroboam.cli.strict import ErrorOnOption, StrictOption
from jeroboam.cli.terminal import Exit, confirmed, result, say
from jeroboam.cli.watch import Watch
from jeroboam.deploy.connection import Cloud, watch_command
from jeroboam.deploy.events import (
    Deployed,
    DeployEvent,
    Planned,
    Submitted,
    Unfinished,
    UpToDate,
)
from jeroboam.deploy.request import Request
from jeroboam.deploy.run import run
from jeroboam.deploy.types import Stack
from jeroboam.escape import shell
from jeroboam.hot.contract import OutputName


def deploy(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A cluster spec; '-' is standard input.")],
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask; for pipelines.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait until the cluster is ready, or only submit it.")
    ] = True,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            min=0,
            help="How long to wait; the stack goes on afterwards.  [default: as long as Heat may take]",
            show_default=False,
        ),
    ] = None,
    secrets: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The cluster's secrets; made on first use.  [default: <name>.secrets.yaml beside SPEC]",
            show_default=False,
        ),
    ] = None,
    make_secrets: Annotated[
        bool,
        typer.Option(
            "--make-secrets", help="Generate the secrets without a terminal too: this machine keeps the file."
        ),
    ] = False,
    allow_replace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A master or data volume that may be replaced or removed; repeatable."
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Preflight check to skip; repeatable."),
    ] = None,
    error_on: ErrorOnOption = None,
    strictly: StrictOption = False,
    rollback: Annotated[
        bool,
        typer.Option("--rollback", help="Roll back on failure. The evidence of the cause is lost with it."),
    ] = False,
    supersede: Annotated[
        bool, typer.Option("--supersede", help="Update a stack that another deployment is still working on.")
    ] = False,
    drain_timeout: DrainOption = DRAIN_MINUTES,
    no_drain: NoDrainOption = False,
    api: ApiOption = None,
    form: Annotated[
        ProgressFormat, typer.Option("--format", help="How progress is printed where there is no terminal.")
    ] = ProgressFormat.TEXT,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Create or update a cluster from its spec, and wait until it is ready.

    Compiles the spec, runs the preflight checks, shows what will change and why, and creates or updates the
    stack once you agree. It then shows the progress of every node. When the stack fails or gets stuck, it
    says why and what to do.

    Only a stack that Jeroboam created is updated. If a deployment of the same spec is in progress, it is
    resumed: after an interrupted run, run it again. A change that would replace or remove a master, or a
    volume with data, is refused unless --allow-replace names it. Nodes that go are drained first, through
    the COE's API.

    Once Heat is done with an update, what the spec asks of Kubernetes' own API is compared with it: add-ons,
    manifests, labels and taints. What differs is shown, and applied once you agree; what somebody else has
    set is left alone. An API that cannot be reached from here is a warning.

    The cluster's secrets are generated on first use, into <name>.secrets.yaml beside the spec; every later
    run needs that file. Join tokens expire after days and are renewed in time. Without a terminal no secrets
    are generated, since the cluster's CA would be lost with a runner that is thrown away: run 'jeroboam
    secrets' where the file is kept, or pass --make-secrets.

    Ctrl-C, a lost connection and --timeout leave the stack running, and the command that watches it is
    printed. A failed stack is kept too, so that its cause can be found (--rollback undoes it).

    Examples:
      jeroboam deploy prod.yaml
      jeroboam deploy prod.yaml --yes --timeout 45      in a pipeline
      jeroboam deploy prod.yaml --format ndjson --yes | jq .text
      jeroboam deploy prod.yaml --allow-replace prod-master-2
      jeroboam deploy prod.yaml --api 127.0.0.1:6443    through a tunnel

    Exit status:
      0  the cluster is ready, or there was nothing to do
      1  refused or failed; the reason is printed
      2  wrong usage, or consent is needed (--yes)
      3  the spec has errors, or what --error-on or --strict makes one
      5  still in progress at --timeout, or after ten minutes
         without a usable answer from Heat
    """
    require_known(ignore or ())
    found = compiled(spec, error_on=error_on, warnings=strictly, allow_outside=allow_outside)
    cloud = connected(os_cloud, os_region_name)
    name, path = found.bundle.name, secrets_file(found.bundle.name, spec, secrets)
    request = Request(
        found,
        lambda new: kept(name, found.model.secrets, path, spec, first=new, make=make_secrets),
        spec,
        path,
        approve=partial(approved, yes=yes),
        approve_api=partial(approved, yes=yes),
        wait=wait,
        minutes=timeout,
        rollback=rollback,
        supersede=supersede,
        allow_replace=tuple(allow_replace or ()),
        ignore=tuple(ignore or ()),
        drain_minutes=None if no_drain else drain_timeout,
        at=reached_at(api),
        options=(
            *(word for name in allow_replace or () for word in ("--allow-replace", name)),
            *repeated(
                drain_minutes=drain_timeout,
                secrets=secrets,
                api=api,
                ignore=ignore or (),
                allow_outside=allow_outside,
            ),
            *cloud.options,
        ),
    )
    resume = watch_command(cloud, name)
    with Watch(form, resume, request.again) as watch:
        for event in run(request, cloud):
            _show(event, request, cloud, form, watch, resume)


def _show(
    event: DeployEvent, request: Request, cloud: Cloud, form: ProgressFormat, watch: Watch, resume: str
) -> None:
    name = request.compiled.bundle.name
    if shown(event, name, watch):
        return
    match event:
        case Planned(plan):
            print_plan(plan)
        case Submitted(stack, action) if request.wait:
            watch.begin(stack, action)
        case Submitted(stack, action):
            say(f"{stack.name}: {action} is under way; to watch it: {resume}")
        case UpToDate(_, applied):
            say(f"{name}: up to date" + ("" if applied else "; nothing to do"))
        case Unfinished(progress, seconds):
            raise watch.unfinished(progress, seconds)
        case Deployed(stack):
            _tell(stack, cloud, form, _credentials(request))


def approved(_: Any, *, yes: bool) -> bool:
    """Whether the user agrees to what was shown."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        say("nothing was changed; to go on without being asked: --yes")
        raise typer.Exit(Exit.USAGE)
    return confirmed("Go on?")


def _credentials(request: Request) -> str:
    """The command that finds the same secrets file: by the stack's name, where that is enough."""
    name = request.compiled.bundle.name
    if request.secrets_file == usual_place(name, None):
        return shell("jeroboam", "credentials", name)
    named = (
        () if request.secrets_file == usual_place(name, request.spec) else ("--secrets", request.secrets_file)
    )
    return shell("jeroboam", "credentials", request.spec, *named)


def _tell(stack: Stack, cloud: Cloud, form: ProgressFormat, then: str) -> None:
    say(f"{stack.name}: {stack.action}_COMPLETE; {sum(cloud.requests.values())} requests were made")
    if form is ProgressFormat.TEXT:
        for name in (
            OutputName.API_URL,
            OutputName.MASTER_PRIVATE_ADDRESSES,
            OutputName.NODE_PRIVATE_ADDRESSES,
            *((OutputName.BASTION_ADDRESS,) if OutputName.BASTION_ADDRESS in stack.outputs else ()),
        ):
            result(escape.lines([f"{name}: {_words(stack.outputs.get(name))}"]))
    say(f"  next: {then}")


def _words(value: Any) -> str:
    """An output as text: a list's items, and a map's lists each after their name."""
    if isinstance(value, dict):
        return "; ".join(f"{name} {_words(items)}" for name, items in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
