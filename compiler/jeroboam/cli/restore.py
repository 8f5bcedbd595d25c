"""`restore`: a cluster whose masters are lost goes on from a snapshot, or from a master that is left."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected
from jeroboam.cli.coe import ApiOption, reached_at, repeated
from jeroboam.cli.deploy import approved
from jeroboam.cli.inputs import OutsideOption, SecretsOption, compiled
from jeroboam.cli.roll import RollScreen
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.secrets import kept
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.showing import resumable
from jeroboam.cli.stores import local
from jeroboam.cli.terminal import failing, say
from jeroboam.cli.watch import Watch
from jeroboam.deploy.connection import watch_command
from jeroboam.deploy.request import Request
from jeroboam.deploy.roll.restore import RestorePlan, RestorePlanned, RestoreRequest, restored
from jeroboam.escape import shell


def restore(
    context: typer.Context,
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="The cluster's spec.")],
    snapshot: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="A snapshot of this cluster, or its address in an object store; a swarm needs none.",
            show_default=False,
        ),
    ] = None,
    lose_newer: Annotated[
        bool, typer.Option("--lose-newer", help="Also where the API answers: what it has since then is lost.")
    ] = False,
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
    """Have a cluster whose masters are lost go on, from a snapshot or from a master that is left.

    For a stack that lives while its COE has lost its state: a majority of the masters is gone for good. What
    is on the volumes of masters that are made anew is set aside there. Workers stay, and what runs on them.

    Kubernetes needs a snapshot. All masters are taken away and made anew, with their names and addresses; the
    first is sent the file and begins from it, the others join. What was changed since it was taken is lost.
    A swarm goes on from a manager that is left, with all that this one knows: the others are taken away, it
    becomes the whole quorum, and they join it anew, one after another.

    The file is one of 'jeroboam snapshot', of a master's own folder /var/lib/etcd/snapshots, or of
    'etcdctl snapshot save'. A damaged one and one of another cluster are refused, and so is a cluster whose
    API answers. It needs the secrets file of the day on which the snapshot was taken.

    One in an object store is named by its address, as 'jeroboam snapshot NAME --store STORE --list' prints
    it, or by the store's and '/latest'. It is fetched, held against its HMAC and decrypted first.

    After Ctrl-C, a lost connection or a failure, run it again: it goes on where it was. The API's port has to
    be reachable from here.

    Examples:
      jeroboam restore prod.yaml /backup/prod.snapshot
      jeroboam restore prod.yaml prod.snapshot --yes
      jeroboam restore prod.yaml prod.snapshot --api 127.0.0.1:6443    through a tunnel
      jeroboam restore prod.yaml swift:backups/clusters/latest
      jeroboam restore prod.yaml s3:https://s3.example.com/backups/prod-20261129T224512Z.snapshot.enc
      jeroboam restore swarm.yaml    from the manager that is left

    Exit status:
      0  restored and healthy, or you declined
      1  refused or failed; the reason and the command that goes on are printed
      2  wrong usage, or consent is needed (--yes)
      3  the spec has errors
    """
    at = reached_at(api)
    found = compiled(spec, allow_outside=allow_outside)
    if snapshot is None and lose_newer:
        raise typer.BadParameter("--lose-newer is for a snapshot: name its file")
    cloud = connected(os_cloud, os_region_name)
    name, path = found.bundle.name, secrets_file(found.bundle.name, spec, secrets)
    # What 'latest' meant as this began is what a run that goes on is given.
    copy, digest = None, ""
    if snapshot is not None:
        copy, snapshot = context.with_resource(local(snapshot, cloud, name, path))
        with failing("read", snapshot), copy.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    options = repeated(secrets=secrets, api=api, allow_outside=allow_outside)
    file_named = () if snapshot is None else (snapshot,)
    again = shell("jeroboam", "restore", spec, *file_named, *options, *cloud.options)
    request = RestoreRequest(
        Request(
            found,
            lambda new: kept(name, found.model.secrets, path, spec, first=new, make=False),
            spec,
            path,
            at=at,
            options=tuple(options),
        ),
        copy,
        digest,
        lose_newer,
        partial(approved, yes=yes),
        again,
    )
    with Watch(form, watch_command(cloud, name)) as watch, failing("read", snapshot or spec):
        screen = RollScreen(name, form, watch)
        with resumable(name, watch, lambda: again):
            for event in restored(request, cloud):
                if isinstance(event, RestorePlanned):
                    _tell(event.plan, copy, snapshot, digest)
                else:
                    screen.show(event)


def _tell(plan: RestorePlan, copy: Path | None, snapshot: str | None, digest: str) -> None:
    """What will be done, and what will be lost."""
    masters = ", ".join(plan.masters)
    if copy is None:
        say(f"{plan.name}: to go on from {plan.survivor}, with all that it knows")
        say(f"  masters       {masters}: away for good, then made anew one after another")
        say("  their data    is set aside on their volumes; what is on a server's own disk goes with it")
        say("  workers       stay, and what runs there")
        return
    facts = copy.stat()
    written = datetime.fromtimestamp(facts.st_mtime, UTC)
    size = facts.st_size / (1 << 20)
    say(f"{plan.name}: to be restored from '{snapshot}'")
    say(f"  the file      {size:.1f} MiB, of {written:%Y-%m-%d %H:%M} UTC, {digest[:12]}")
    say("  will be lost  all that the cluster was told since it was taken; pods made since then end")
    if plan.answers:
        say("  = warning: the API answers, and has what is newer")
    say(f"  masters       {masters}: all away at once, then made anew one after another")
    say("  their data    is set aside on their volumes; what is on a server's own disk goes with it")
    say("  workers       stay, and what runs there of what the snapshot knows")
