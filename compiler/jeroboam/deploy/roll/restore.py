"""A cluster whose masters lost their quorum for good goes on from a snapshot, or from a master that is left.

From a snapshot all masters go out, and in again from it. From a master that is left the others alone do, and
begin anew. Where it stands is told by the stack alone, as with a roll: its parameter `restore` is the digest
of the snapshot, or a random one, while masters are being made, and `out` says which of them are away.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_hex

from jeroboam import plugins
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
from jeroboam.deploy.roll.carry_out import PAUSE_SECONDS, all_out, awaited, carried_out
from jeroboam.deploy.roll.events import Rolled, RollEvent, RollStage
from jeroboam.deploy.roll.steps import next_step
from jeroboam.deploy.roll.survivor import FromSurvivor
from jeroboam.deploy.roll.types import Aim, Finish, RollNode, World
from jeroboam.deploy.roll.under_way import Roll, Steps, seen
from jeroboam.deploy.roll.updates import settled, told
from jeroboam.deploy.stacks import find
from jeroboam.deploy.tags import other_secrets, roll_mark, rolled_by
from jeroboam.escape import shell
from jeroboam.hot.parameters import RESTORE
from jeroboam.model.client import Client, Copier, Survivor
from jeroboam.model.types import ClusterModel
from jeroboam.secrets.seal import keypairs


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What will be done to `masters`; `survivor` is the one that is left, empty where a snapshot is restored.

    `answers` where the cluster's API still does, so that what it has is given up.
    """

    name: str
    masters: tuple[str, ...]
    answers: bool
    survivor: str = ""


@dataclass(frozen=True, slots=True)
class RestorePlanned:
    """What will be done; consent is asked for next."""

    plan: RestorePlan


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """What is asked for: `deploy` as for a deployment; `approve` is asked for consent.

    `snapshot` is a whole one of this cluster, `digest` its SHA-256 in hexadecimal digits; without one the
    cluster goes on from a master that is left. With `lose_newer` a snapshot is restored though the cluster's
    API answers. `command` goes on with it.
    """

    deploy: Request
    snapshot: Path | None
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
        way = _way(client, request, model)
        way.check()
        roll = Roll(
            request=request.deploy,
            aim=Aim(drain_minutes=None),
            cloud=cloud,
            client=client,
            clock=clock,
            stack=stack,
            sent=replace(sent, tags=(*sent.tags, mine)),
            mine=mine,
            seen=rolled_by(stack),
            command=lambda _: request.command,
            bootstrap_minutes=model.spec.timeouts.node_bootstrap_minutes,
        )
        now = yield from settled(roll)
        begun = str(now.parameters.get(RESTORE.name) or "")
        world = yield from seen(roll)
        yield from way.require(roll, world, begun)
        planning = yield from retried(lambda: planned(cloud, now, bundle, sent.known))
        require_possible(planning)
        require_no_loss(planning.plan, request.deploy)
        masters = tuple(node for node in world.nodes if node.master)
        survivor = way.survivor(masters, begun)
        going = tuple(node for node in masters if node != survivor)
        first = survivor or min(masters, key=lambda node: node.index)
        # Of those that are made anew, it is one that is done.
        roll.aim = replace(roll.aim, nodes=(first.name,))
        roll.count = len(going)
        again = way.is_begun(begun)
        names = tuple(node.name for node in going)
        plan = RestorePlan(stack.name, names, world.answers, survivor.name if survivor else "")
        yield RestorePlanned(plan)
        if not again and not request.approve(plan):
            yield Declined(planning.plan)
            return
        yield from ensured(cloud, model, tuple(keypairs(model.spec.name, secrets.seal).values()))
        digest = begun if again else way.digest()
        roll.sent = replace(roll.sent, parameters={**sent.parameters, RESTORE.name: digest})
        yield from way.begin(roll, going, first, again=again)
        world = yield from _others(roll)
        # What is made from now on keeps its data.
        roll.sent = replace(roll.sent, parameters=sent.parameters)
        yield from told(roll, out_of)
        yield from carried_out(roll, Finish())
        done = sorted(roll.done - {plan.survivor})
        yield Rolled(world.stack, tuple(done), clock.now() - began)


def _way(client: Client, request: RestoreRequest, model: ClusterModel) -> _FromSnapshot | FromSurvivor:
    """How it is restored. Raises DeployError where this cluster cannot be, this way."""
    coe = model.spec.coe
    if request.snapshot is not None:
        if isinstance(client, Copier):
            return _FromSnapshot(client, request.snapshot, request.digest, request.lose_newer)
        hint = (
            "without a file it goes on from a master that is left" if isinstance(client, Survivor) else None
        )
        raise DeployError(f"this release cannot restore a cluster of {coe} from a snapshot", hint)
    if not isinstance(client, Survivor):
        hint = "name its snapshot: jeroboam restore SPEC FILE" if isinstance(client, Copier) else None
        raise DeployError(f"a cluster of {coe} cannot go on from one master that is left", hint)
    driver = plugins.driver(coe)
    why = driver.never_alone(model.spec) if driver and driver.never_alone else ""
    if why:
        raise DeployError(
            f"'{model.spec.name}' cannot go on from one master that is left: {why}",
            "docs/lost-master.md, A swarm, says what is left to do",
        )
    return FromSurvivor(client)


@dataclass(frozen=True, slots=True)
class _FromSnapshot:
    """All masters begin anew, the first from a file."""

    client: Copier
    file: Path
    sha256: str
    lose_newer: bool

    def check(self) -> None:
        """Raises ClientError and OSError for a file that cannot be restored."""
        self.client.check(self.file)

    def require(self, roll: Roll, world: World, begun: str) -> Steps:
        """Raises DeployError where nothing has to be restored."""
        del roll
        yield from ()
        if world.answers and not self.is_begun(begun) and not self.lose_newer:
            raise DeployError(
                f"the API of '{world.stack.name}' answers: the cluster has its state, which a restoration "
                "would replace by an older one",
                "a master that is lost is made anew by jeroboam roll; if you mean to go back to the "
                "snapshot: --lose-newer",
            )

    def survivor(self, masters: tuple[RollNode, ...], begun: str) -> RollNode | None:
        """None is needed."""
        del masters, begun
        return None

    def is_begun(self, begun: str) -> bool:
        """Whether the stack says that it is under way, from this very file."""
        return begun == self.sha256

    def digest(self) -> str:
        """What the stack is told."""
        return self.sha256

    def begin(self, roll: Roll, going: tuple[RollNode, ...], first: RollNode, *, again: bool) -> Steps:
        """Until the first master works."""
        if not again or first.out:
            yield from all_out(roll, going)
            yield roll.staged(RollStage.IN, (first,), "making it anew, from the snapshot")
            yield from told(roll, lambda now: out_of(now) - {first.id})
        yield from _first(roll, self.client, first, self.file)


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
