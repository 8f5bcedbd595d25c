"""`delete`: a cluster's stack and what would outlive it: named, waited for, and looked for afterwards."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from jeroboam.cli.clouds import CloudOption, RegionOption, connected
from jeroboam.cli.inputs import ClusterArgument, OutsideOption, cluster_named
from jeroboam.cli.leftovers import besides, count, listed, removed, show
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.terminal import CommandError, complain, confirmed, say
from jeroboam.cli.watch import Watch, watched
from jeroboam.deploy import stacks
from jeroboam.deploy.clock import steady
from jeroboam.deploy.clusters import described
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.keypairs import remove
from jeroboam.deploy.leftovers.classify import leftovers
from jeroboam.deploy.leftovers.gather import alive, held, surroundings
from jeroboam.deploy.leftovers.removal import end
from jeroboam.deploy.leftovers.types import Held, Leftovers, Surroundings
from jeroboam.deploy.retry import LOGIN_PAUSES, patiently
from jeroboam.deploy.stacks import find, resources
from jeroboam.deploy.tags import ours
from jeroboam.deploy.types import FAILED, Stack
from jeroboam.deploy.wait.follow import Wait
from jeroboam.deploy.wait.loop import marker
from jeroboam.deploy.wait.verdict import WaitOutcome
from jeroboam.escape import shell
from jeroboam.hot.contract import STACK_TAG, OutputName
from jeroboam.secrets.seal import KEYPAIR_PARAMETERS


def delete(
    cluster: ClusterArgument,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    cleanup: Annotated[
        bool, typer.Option("--cleanup", help="Remove what is in the way, or left behind, as well.")
    ] = False,
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Delete etcd's volumes and PersistentVolumes as well.")
    ] = False,
    foreign: Annotated[
        bool,
        typer.Option("--foreign", help="Also a stack that is not Jeroboam's, by its tag or its outputs."),
    ] = False,
    timeout: Annotated[
        float, typer.Option(metavar="MINUTES", min=1, help="How long to wait for the stack's end.")
    ] = 30,
    allow_outside: OutsideOption = False,
    os_cloud: CloudOption = None,
    os_region_name: RegionOption = None,
) -> None:
    """Delete a cluster and wait until nothing of it is left.

    First it lists what will be deleted and what blocks that: ports, servers and load balancers that are on
    the cluster's network without being part of the stack, among them those that Kubernetes created for
    Services. Heat cannot delete a network in use, so nothing is deleted until they are gone. --cleanup
    removes them in an order that works, and afterwards the cluster's leftovers. What may belong to others is
    only listed, with the command that removes it; servers of others lose their port on the network, no more.

    Volumes with data outlive the stack: etcd's, and those that Kubernetes created for PersistentVolumes. They
    are listed, and deleted only with --volumes, once the stack is gone.

    If there is no stack of that name, it looks for the leftovers of an earlier one.

    Examples:
      jeroboam delete prod
      jeroboam delete clusters/prod.yaml
      jeroboam delete prod --cleanup --volumes
      jeroboam delete staging --yes --timeout 20

    Exit status:
      0  it is gone; volumes with data may be left
      1  the stack could not be deleted, or something else of it is left
      3  the spec has errors
      5  still in progress when the time was up, or after ten minutes
         without a usable answer of Heat's
    """
    name, _ = cluster_named(cluster, allow_outside=allow_outside)
    cloud = connected(os_cloud, os_region_name)
    where = (("--os-cloud", os_cloud) if os_cloud else ()) + (
        ("--os-region-name", os_region_name) if os_region_name else ()
    )
    options = (*(["--cleanup"] if cleanup else []), *(["--volumes"] if volumes else []))
    again = shell("jeroboam", "delete", name, *options, "--yes", *where)
    stack = patiently(lambda: _stack(cloud, name), say, pauses=LOGIN_PAUSES)
    if stack is None:
        _without_stack(cloud, name, yes=yes, cleanup=cleanup, volumes=volumes)
        return
    _permitted(stack, foreign=foreign)
    if foreign:
        again = f"{again} --foreign"
    held, around, found = _look(cloud, stack)
    show(stack, held, around, found, cleanup=cleanup, volumes=volumes)
    _unblocked(found, name, cleanup=cleanup)
    if not _ending(stack):
        _confirm(f"delete the stack '{name}'{besides(found, cleanup=cleanup, volumes=volumes)}?", yes=yes)
    if cleanup:
        removed(cloud, found.blocking)
    _end(cloud, stack, timeout, again, cleanup=cleanup)
    _without_keypairs(cloud, stack)
    _finish(cloud, held, cleanup=cleanup, volumes=volumes)


def _stack(cloud: Cloud, name: str) -> Stack | None:
    return find(cloud, name)


def _permitted(stack: Stack, *, foreign: bool) -> None:
    if not ours(stack) and not foreign:
        raise CommandError(
            f"the stack '{stack.name}' has neither the tag '{STACK_TAG}' nor the output "
            f"'{OutputName.CLUSTER}': it may not be a cluster of yours",
            "look at it with 'openstack stack show'; to delete it anyway: --foreign",
        )


def _without_keypairs(cloud: Cloud, stack: Stack) -> None:
    """Deletes those of this user that opened the secrets of the stack's nodes."""
    for name in filter(None, map(stack.parameters.get, KEYPAIR_PARAMETERS)):
        if remove(cloud, name):
            say(f"keypair '{name}' deleted")


def _look(cloud: Cloud, stack: Stack) -> tuple[Held, Surroundings, Leftovers]:
    """What the stack holds, what is around it, and what of that is not the stack's."""
    cluster = described(stacks.template(cloud, stack.identity))
    name = cluster.name if cluster else stack.name
    mine = held(name, stacks.resources(cloud, stack))
    around = surroundings(cloud, stack, mine)
    found = leftovers(mine, around)
    if found.blocking:
        # What a stack in the making got between the two questions is its own.
        mine = held(name, stacks.resources(cloud, stack))
        found = leftovers(mine, around)
    return mine, around, found


def _unblocked(found: Leftovers, name: str, *, cleanup: bool) -> None:
    """A CommandError where something is in the way that will not be removed."""
    doubtful = [finding for finding in found.blocking if not finding.certain]
    if found.blocking and not cleanup:
        raise CommandError(
            f"{count(len(found.blocking), 'thing')} in the way of deleting '{name}'; nothing was deleted",
            "run the commands above, or leave it to --cleanup",
        )
    if doubtful:
        raise CommandError(
            f"{count(len(doubtful), 'thing')} in the way of deleting '{name}' may be others'; "
            "nothing was deleted",
            "--cleanup does not touch them: run the commands above if they are to go",
        )


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter("there is no terminal to ask on; say --yes")
    if not confirmed(question):
        raise CommandError("nothing was deleted")


def _end(cloud: Cloud, stack: Stack, minutes: float, again: str, *, cleanup: bool) -> None:
    """Has Heat delete the stack, once more where that may help; a CommandError says why it did not."""
    for attempt in (1, 2):
        if _ended(cloud, stack, minutes, again) is not WaitOutcome.FAILED:
            return
        left = patiently(partial(_stack, cloud, stack.identity), say, insist=True)
        if left is None:
            return
        _, _, found = _look(cloud, left)
        _reasons(cloud, left)
        listed("in the way", found.blocking, cleanup=cleanup)
        helpless = [f for f in found.blocking if not (cleanup and f.certain)]
        if helpless or attempt == 2:
            raise CommandError(
                f"the stack '{stack.name}' could not be deleted",
                f"{'run the commands above, then' if helpless else 'when that is put right'}: {again}",
            )
        removed(cloud, found.blocking)
        say("retrying: Heat continues where it stopped")
        stack = left


def _ended(cloud: Cloud, stack: Stack, minutes: float, again: str) -> WaitOutcome:
    under_way = _ending(stack)
    after = patiently(lambda: marker(cloud, stack), say, insist=True)
    if not under_way:
        end(cloud, stack, steady())
    # One that goes already may have been let go of by Heat; then it is told again.
    wait = Wait("DELETE", after, under_way, minutes, revive=True)
    return watched(cloud, stack, wait, Watch(ProgressFormat.TEXT, again))


def _ending(stack: Stack) -> bool:
    return (stack.action, stack.status) == ("DELETE", "IN_PROGRESS")


def _reasons(cloud: Cloud, stack: Stack) -> None:
    failed = [r for r in resources(cloud, stack) if r.status == FAILED]
    for resource in failed:
        complain(f"{resource.name}: {'; '.join(resource.reason.splitlines())}")
    if not failed:
        complain(f"{stack.name}: {stack.reason}")


def _finish(cloud: Cloud, held: Held, *, cleanup: bool, volumes: bool) -> None:
    """What outlives the stack goes where that is wanted; then all services are asked what is left."""
    gone = replace(held, ids={})
    found = leftovers(gone, patiently(lambda: surroundings(cloud, None, gone), say, insist=True))
    kept = tuple(f for f in found.data if not (volumes and f.certain))
    if cleanup:
        removed(cloud, found.behind)
    if volumes:
        removed(cloud, found.data)
    still = patiently(lambda: alive(cloud, held), say, insist=True)
    still = {
        kind: tuple(id_ for id_ in ids if id_ not in {f.id for f in kept}) for kind, ids in still.items()
    }
    behind = tuple(f for f in found.behind if not (cleanup and f.certain))
    listed("left behind", behind, cleanup=cleanup)
    for volume in kept:
        say(f"kept: volume '{volume.name}' ({volume.id}; {volume.what})")
    for kind, ids in still.items():
        for id_ in ids:
            complain(f"still there: {kind} {id_}")
    if any(still.values()):
        raise CommandError(
            f"not all of the cluster '{held.cluster}' is gone", "delete what is named above by hand"
        )
    rest = " else" if kept or behind else ""
    say(f"cluster '{held.cluster}': nothing{rest} is left in Nova, Neutron, Cinder and Octavia")


def _without_stack(cloud: Cloud, name: str, *, yes: bool, cleanup: bool, volumes: bool) -> None:
    say(f"there is no stack '{name}' in this project; looking for what a cluster of that name left")
    nothing = Held(name, {}, frozenset())
    found = leftovers(nothing, surroundings(cloud, None, nothing))
    listed("left behind", found.behind, cleanup=cleanup)
    for volume in found.data:
        say(f"  volume '{volume.name}' ({volume.id}; {volume.what})")
    going = [f for f in (*found.behind * cleanup, *found.data * volumes) if f.certain]
    if going:
        _confirm(f"delete{besides(found, cleanup=cleanup, volumes=volumes).removeprefix(' and')}?", yes=yes)
        removed(cloud, going)
    rest = len(found.behind) + len(found.data) - len(going)
    if rest:
        options = [("--cleanup", found.behind, cleanup), ("--volumes", found.data, volumes)]
        hint = " and ".join(option for option, those, given in options if those and not given)
        say(f"{count(rest, 'thing')} left{f'; {hint} deletes what is certainly its' if hint else ''}")
    else:
        say(f"cluster '{name}': nothing is left in Nova, Neutron, Cinder and Octavia")
