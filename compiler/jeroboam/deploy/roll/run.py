"""A cluster to what its spec says, node by node: the table of contents.

Nothing here prints or asks: `run` yields what happens, and consent is a function of the request.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_hex
from typing import Any

from jeroboam import plugins
from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.clusters import out_of
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.door import opened
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.events import Checked, Declined, Planned
from jeroboam.deploy.keypairs import ensured
from jeroboam.deploy.last_complete import lives, since_complete
from jeroboam.deploy.plan import Plan, planned
from jeroboam.deploy.preflight import failed, preflight, without
from jeroboam.deploy.request import (
    Request,
    SentToHeat,
    require_no_loss,
    require_ours,
    require_possible,
    sent_to_heat,
)
from jeroboam.deploy.retry import retried
from jeroboam.deploy.roll.carry_out import carried_out, departed, forgotten
from jeroboam.deploy.roll.events import Rolled, RollEvent, RollPlanned
from jeroboam.deploy.roll.look import not_answering
from jeroboam.deploy.roll.order import require_list, require_order
from jeroboam.deploy.roll.plan import RollPlan, roll_plan
from jeroboam.deploy.roll.servers import may_answer
from jeroboam.deploy.roll.steps import is_coming, next_step, targets
from jeroboam.deploy.roll.types import Aim, Finish, RollNode, World
from jeroboam.deploy.roll.under_way import Roll, seen
from jeroboam.deploy.roll.updates import settled, told
from jeroboam.deploy.stacks import find
from jeroboam.deploy.tags import other_secrets, roll_mark, rolled_by, same_spec
from jeroboam.deploy.through_api import through_api
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.escape import shell
from jeroboam.hot.contract import node_id
from jeroboam.model.client import ClientError
from jeroboam.model.types import ClusterModel, RoleKind, secrets_parameter
from jeroboam.secrets.seal import keypairs
from jeroboam.serialize import load_yaml_all

ASKED_ABOUT = 40
"""Of how many nodes the COE is asked what a drain of them meets; of more it would take long."""


@dataclass(frozen=True, slots=True)
class RollRequest:
    """What is asked for: `deploy` as for a deployment; `approve` is asked for consent to both plans.

    `command` gives the command that goes on with it, once the nodes of these names are made anew.
    """

    deploy: Request
    aim: Aim
    approve: Callable[[Plan, RollPlan], bool]
    command: Callable[[Container[str]], str]


def run(request: RollRequest, cloud: Cloud, clock: Clock | None = None) -> Iterator[RollEvent]:
    """Makes the nodes anew that are behind, as far as the iterator is consumed; yields what happens.

    The last event is Rolled or Declined. Raises DeployError where it is refused or failed, CloudError where
    the cloud cannot be asked, ClientError where the COE cannot. Whoever stops consuming leaves things as they
    are, and the next run goes on from there.
    """
    clock = clock or steady()
    began = clock.now()
    bundle, model = request.deploy.compiled.bundle, request.deploy.compiled.model
    stack = yield from retried(lambda: find(cloud, bundle.name))
    since = None if stack is None else (yield from retried(partial(since_complete, cloud, stack)))
    if stack is None or not lives(since):
        raise DeployError(
            f"there is no running cluster '{bundle.name}'",
            f"create it first: {shell('jeroboam', 'deploy', request.deploy.spec)}",
        )
    require_ours(stack)
    secrets = request.deploy.secrets(False)
    sent = sent_to_heat(request.deploy, secrets, stack)
    if other_secrets(stack, sent.tags):
        raise DeployError(
            f"the stack '{stack.name}' was created with other secrets than those in "
            f"'{request.deploy.secrets_file}'",
            "pass the right file with --secrets; with these, new nodes could not join the old ones",
        )
    mine = roll_mark(token_hex(4))
    with opened(cloud, stack, model.spec.name, model.spec.coe, secrets.values, request.deploy.at) as client:
        roll = Roll(
            request=request.deploy,
            aim=request.aim,
            cloud=cloud,
            client=client,
            clock=clock,
            stack=stack,
            sent=replace(sent, tags=(*sent.tags, mine)),
            mine=mine,
            seen=rolled_by(stack),
            command=request.command,
            bootstrap_minutes=model.spec.timeouts.node_bootstrap_minutes,
        )
        now = yield from settled(roll)
        findings = without(preflight(cloud, model, bundle, now), request.deploy.ignore)
        yield Checked(findings)
        if failed(findings):
            raise DeployError(
                "nothing was changed: the cloud would refuse it, or it would fail later",
                "fix the errors above, or skip a check with --ignore ID",
            )
        yield from ensured(cloud, model, tuple(keypairs(model.spec.name, secrets.seal).values()))
        planning = yield from retried(lambda: planned(cloud, now, bundle, sent.known))
        yield Planned(planning.plan)
        require_possible(planning)
        world = yield from seen(roll, _outputs(planning.bundle))
        driver = plugins.driver(model.spec.coe)
        assert driver is not None
        roll.aim = aim = replace(
            _by_name(world, request.aim), workers_first=request.aim.workers_first or driver.workers_first
        )
        going = _going(world, model)
        _require_answer(roll, world, going)
        require_no_loss(planning.plan, _allowing(request.deploy, going))
        world = replace(world, nodes=tuple(node for node in world.nodes if node not in going))
        require_list(now, going)
        require_order(world, aim, model, driver, planning.plan)
        plan = roll_plan(world, aim, model, _obstacles(roll, world), going, _objections(roll, world, model))
        yield RollPlanned(plan)
        roll.count = len(plan.nodes)
        new = not same_spec(now, sent.tags) or planning.plan.different or told_other_secrets(now, sent)
        if (new or not plan.empty) and not request.approve(planning.plan, plan):
            yield Declined(planning.plan)
            return
        roll.current = not new
        if going:
            yield from departed(roll, going)
        if new or going:
            yield from told(roll, lambda now: out_of(now) - {node.id for node in going})
        yield from forgotten(roll, going)
        while True:
            world = yield from seen(roll)
            step = next_step(world, aim, frozenset(roll.done))
            yield from carried_out(roll, step)
            if isinstance(step, Finish):
                break
        yield from through_api(request.deploy, cloud, world.stack, secrets.values)
        yield Rolled(world.stack, tuple(sorted(roll.done)), clock.now() - began)


def told_other_secrets(stack: Stack, sent: SentToHeat) -> bool:
    """Whether the stack was told of other secrets for nodes that are made from now on."""
    told_of = (secrets_parameter(kind) for kind in RoleKind)
    return any(stack.parameters.get(name, "") != sent.parameters.get(name, "") for name in told_of)


def _going(world: World, model: ClusterModel) -> tuple[RollNode, ...]:
    """The nodes that the spec has no more."""
    ids = {node_id(role.name, index) for role in model.roles for index in role.indexes}
    return tuple(node for node in world.nodes if node.id not in ids)


def _allowing(request: Request, going: tuple[RollNode, ...]) -> Request:
    """The request with the nodes that leave in their order as ones that may go."""
    return replace(request, allow_replace=(*request.allow_replace, *(node.name for node in going)))


def _outputs(bundle: Bundle) -> Mapping[str, Any]:
    """The outputs of a template that need nothing of Heat's: what the compiler wrote down itself."""
    told_of = load_yaml_all(bundle.hot)[0].get("outputs") or {}
    return {name: output.get("value") for name, output in told_of.items()}


def _by_name(world: World, aim: Aim) -> Aim:
    """The aim, each node by its server's name. Raises DeployError for a node or group that is not there."""
    names = {node.id: node.name for node in world.nodes} | {node.name: node.name for node in world.nodes}
    roles = {node.role for node in world.nodes}
    if aim.group and aim.group not in roles:
        raise DeployError(
            f"'{world.stack.name}' has no nodes of a group '{aim.group}'",
            f"it has: {', '.join(sorted(roles))}",
        )
    unknown = [name for name in aim.nodes if name not in names]
    if unknown:
        raise DeployError(
            f"'{world.stack.name}' has no node {', '.join(unknown)}",
            f"see them by: {shell('jeroboam', 'status', world.stack.name)}",
        )
    return replace(aim, nodes=tuple(dict.fromkeys(names[name] for name in aim.nodes)))


def _require_answer(roll: Roll, world: World, going: tuple[RollNode, ...]) -> None:
    """Refuses to begin blind: without its COE nothing is known of a cluster's health, and nothing drained."""
    if world.answers or (not going and (roll.aim.drain_minutes is None or _under_way(roll, world))):
        return
    raise not_answering(world)


def _under_way(roll: Roll, world: World) -> bool:
    """Whether a COE may be silent: nodes are on their way, or its lone master is next and does not work."""
    if any(node.out or is_coming(node) for node in world.nodes):
        return True
    masters = tuple(node for node in world.nodes if node.master)
    if len(masters) != 1 or masters[0] not in targets(world, roll.aim, frozenset()):
        return False
    return not may_answer(roll, masters)


def _objections(roll: Roll, world: World, model: ClusterModel) -> tuple[str, ...]:
    """What the COE has against the spec's version, where masters are to change to it."""
    version = model.coe_version
    changes = any(it.master and it.made_from and it.made_from.coe_version != version for it in world.nodes)
    if not world.answers or not changes:
        return ()
    try:
        return roll.client.objections(version)
    except ClientError as error:
        return (f"what {version} has no more could not be asked: {error.message}",)


def _obstacles(roll: Roll, world: World) -> Mapping[str, tuple[str, ...]]:
    """What a drain of each node meets, as far as the COE answers."""
    if not world.answers or roll.aim.drain_minutes is None:
        return {}
    found = {}
    for node in targets(world, roll.aim, frozenset())[:ASKED_ABOUT]:
        if node.member is not None and node.works:
            try:
                found[node.name] = roll.client.obstacles(node.name)
            except ClientError as error:
                if not error.unreachable:
                    raise
    return found
