"""A cluster whose masters lost their quorum for good: all masters out, and in again from a snapshot.

Where it stands is told by the stack alone, as with a roll: its parameter `restore` is the digest of the
snapshot while masters are being made from it, and `out` says which of them are away.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_hex

from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.clusters import out_of
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.door import opened
from jeroboam.deploy.errors import DeployError, asking
from jeroboam.deploy.events import Declined
from jeroboam.deploy.keypairs import ensured
from jeroboam.deploy.plan import planned
from jeroboam.deploy.request import Request, require_no_loss, require_ours, require_possible, sent_to_heat
from jeroboam.deploy.retry import retried
from jeroboam.deploy.roll.carry_out import PAUSE_SECONDS, awaited, carried_out
from jeroboam.deploy.roll.events import Rolled, RollEvent, RollStage
from jeroboam.deploy.roll.servers import runs, stopped
from jeroboam.deploy.roll.steps import next_step
from jeroboam.deploy.roll.types import Aim, Finish, RollNode, World
from jeroboam.deploy.roll.under_way import Roll, Steps, seen
from jeroboam.deploy.roll.updates import settled, told
from jeroboam.deploy.stacks import find
from jeroboam.deploy.tags import other_secrets, roll_mark, rolled_by
from jeroboam.escape import shell
from jeroboam.hot.parameters import RESTORE
from jeroboam.model.client import Copier
from jeroboam.secrets.seal import keypairs


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What will be done; `answers` where the cluster's API still does, so that what it has is given up."""

    name: str
    masters: tuple[str, ...]
    answers: bool


@dataclass(frozen=True, slots=True)
class RestorePlanned:
    """What will be done; consent is asked for next."""

    plan: RestorePlan


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """What is asked for: `deploy` as for a deployment; `approve` is asked for consent.

    `snapshot` is a whole one of this cluster, `digest` its SHA-256 in hexadecimal digits. With `lose_newer`
    it is restored though the cluster's API answers. `command` goes on with it.
    """

    deploy: Request
    snapshot: Path
    digest: str
    lose_newer: bool
    approve: Callable[[RestorePlan], bool]
    command: str


def restored(
    request: RestoreRequest, cloud: Cloud, clock: Clock | None = None
) -> Iterator[RollEvent | RestorePlanned]:
    """Restores the cluster, as far as the iterator is consumed; yields what happens.

    The last event is Rolled or Declined. Raises DeployError where it is refused or failed, CloudError where
    the cloud cannot be asked, ClientError where the COE cannot. Whoever stops consuming leaves things as they
    are, and the next run with the same snapshot goes on from there.
    """
    clock = clock or steady()
    began = clock.now()
    bundle, model = request.deploy.compiled.bundle, request.deploy.compiled.model
    stack = yield from retried(lambda: find(cloud, bundle.name))
    if stack is None:
        raise DeployError(
            f"there is no stack '{bundle.name}' whose cluster could be restored",
            f"a snapshot is of the cluster that it was taken from; to create one: "
            f"{shell('jeroboam', 'deploy', request.deploy.spec)}",
        )
    require_ours(stack)
    secrets = request.deploy.secrets(False)
    sent = sent_to_heat(request.deploy, secrets, stack)
    if other_secrets(stack, sent.tags):
        raise DeployError(
            f"the stack '{stack.name}' was created with other secrets than those in "
            f"'{request.deploy.secrets_file}'",
            "pass the right file with --secrets; with these, new masters could not open the snapshot",
        )
    mine = roll_mark(token_hex(4))
    with opened(cloud, stack, model.spec.name, model.spec.coe, secrets.values, request.deploy.at) as client:
        if not isinstance(client, Copier):
            raise DeployError(f"this release cannot restore a cluster of {model.spec.coe}")
        roll = Roll(
            request=request.deploy,
            aim=Aim(drain_minutes=None),
            cloud=cloud,
            client=client,
            clock=clock,
            stack=stack,
            sent=replace(
                sent,
                tags=(*sent.tags, mine),
                parameters={**sent.parameters, RESTORE.name: request.digest},
            ),
            mine=mine,
            seen=rolled_by(stack),
            command=lambda _: request.command,
            bootstrap_minutes=model.spec.timeouts.node_bootstrap_minutes,
        )
        client.check(request.snapshot)
        now = yield from settled(roll)
        begun = now.parameters.get(RESTORE.name) == request.digest
        world = yield from seen(roll)
        if world.answers and not begun and not request.lose_newer:
            raise DeployError(
                f"the API of '{stack.name}' answers: the cluster has its state, which a restoration would "
                "replace by an older one",
                "a master that is lost is made anew by jeroboam roll; if you mean to go back to the "
                "snapshot: --lose-newer",
            )
        planning = yield from retried(lambda: planned(cloud, now, bundle, sent.known))
        require_possible(planning)
        require_no_loss(planning.plan, request.deploy)
        masters = tuple(node for node in world.nodes if node.master)
        first = min(masters, key=lambda node: node.index)
        # Of those that are made anew, it is one that is done.
        roll.aim = replace(roll.aim, nodes=(first.name,))
        roll.count = len(masters)
        plan = RestorePlan(stack.name, tuple(node.name for node in masters), world.answers)
        yield RestorePlanned(plan)
        if not begun and not request.approve(plan):
            yield Declined(planning.plan)
            return
        yield from ensured(cloud, model, tuple(keypairs(model.spec.name, secrets.seal).values()))
        if not begun or first.out:
            yield from _all_out(roll, masters)
            yield roll.staged(RollStage.IN, (first,), "making it anew, from the snapshot")
            yield from told(roll, lambda now: out_of(now) - {first.id})
        yield from _first(roll, client, first, request.snapshot)
        world = yield from _others(roll)
        # What is made from now on keeps its data.
        roll.sent = replace(roll.sent, parameters=sent.parameters)
        yield from told(roll, out_of)
        yield from carried_out(roll, Finish())
        yield Rolled(world.stack, tuple(sorted(roll.done)), clock.now() - began)


def _all_out(roll: Roll, masters: tuple[RollNode, ...]) -> Steps:
    """Takes all masters out at once: what one of them still has must not be what another goes on with."""
    running = yield from retried(lambda: tuple(node for node in masters if runs(roll, node)))
    if running:
        yield roll.staged(RollStage.STOP, running, "stopping its server")
        yield from stopped(roll, running)
    yield roll.staged(RollStage.OUT, masters, "taking its server out")
    yield from told(roll, lambda now: out_of(now) | {node.id for node in masters})


def _first(roll: Roll, client: Copier, first: RollNode, snapshot: Path) -> Steps:
    """Sends the snapshot to the first master, unless it has it already, and waits until that works."""
    until, doing = roll.clock.now() + roll.bootstrap_minutes * 60, ""
    while True:
        world = yield from seen(roll)
        (node,) = world.named((first.name,))
        if node.failed or node.works or roll.clock.now() > until:
            break
        if node.doing != doing:
            doing = node.doing
            yield roll.staged(RollStage.WAIT, (node,), doing)
        if client.give(snapshot):
            yield roll.staged(RollStage.WAIT, (node,), "has the snapshot")
            break
        roll.clock.sleep(PAUSE_SECONDS)
    yield from awaited(roll, (first,))


def _others(roll: Roll) -> Generator[RollEvent, None, World]:
    """Brings the other masters in, and has workers report anew that the snapshot does not know."""
    rebooted: set[str] = set()
    while True:
        world = yield from seen(roll)
        unknown = tuple(node for node in world.nodes if _unknown(node, world) and node.name not in rebooted)
        step = next_step(world, roll.aim, frozenset(roll.done))
        if isinstance(step, Finish) and not unknown:
            return world
        if isinstance(step, Finish):
            yield roll.staged(RollStage.WAIT, unknown, "the snapshot does not know it: restarting its server")
            for node in unknown:
                yield from retried(partial(_reboot, roll, node))
            rebooted |= {node.name for node in unknown}
            continue
        yield from carried_out(roll, step)


def _unknown(node: RollNode, world: World) -> bool:
    """Whether it is up, and the cluster has not heard of it: a kubelet says who it is as it begins."""
    return world.answers and node.ready and not node.out and node.member is None


def _reboot(roll: Roll, node: RollNode) -> None:
    with asking(f"restart the server '{node.name}'"):
        roll.cloud.sdk.compute.reboot_server(node.server, "SOFT")
