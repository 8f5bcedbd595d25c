"""A rotation from its first phase to its last: the table of contents.

Nothing here prints or asks: `run` yields what happens, and consent is a function of the request.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from jeroboam import plugins
from jeroboam.deploy.clock import Clock, steady
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.door import opened
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.events import Declined, Planned
from jeroboam.deploy.last_complete import lives, since_complete
from jeroboam.deploy.plan import Plan, Planning, planned
from jeroboam.deploy.request import Request, SentToHeat, require_ours, sent_to_heat
from jeroboam.deploy.retry import retried
from jeroboam.deploy.roll.events import Rolled, RollPlanned
from jeroboam.deploy.roll.look import look
from jeroboam.deploy.roll.order import require_order
from jeroboam.deploy.roll.plan import roll_plan
from jeroboam.deploy.roll.run import RollRequest, told_other_secrets
from jeroboam.deploy.roll.run import run as roll
from jeroboam.deploy.roll.types import World
from jeroboam.deploy.rotate import credential
from jeroboam.deploy.rotate.types import (
    Halted,
    PhaseBegun,
    RotateEvent,
    RotateRequest,
    RotationPlan,
    RotationPlanned,
    Turned,
)
from jeroboam.deploy.stacks import find
from jeroboam.deploy.tags import other_secrets, same_spec
from jeroboam.deploy.types import IN_PROGRESS, Note, Stack
from jeroboam.escape import shell
from jeroboam.hot.contract import MASTER
from jeroboam.model.client import Client, ClientError
from jeroboam.model.rotation import AfterPhase, JoinToken, Phase, Rotator, before
from jeroboam.model.secrets import Secret, WindowToken
from jeroboam.model.types import RoleKind, secrets_parameter
from jeroboam.secrets import Environment
from jeroboam.secrets.lifetime import window_end, windows
from jeroboam.secrets.rotating import Rotating

ANOTHER = "0" * 16
"""What no digest of secrets is: nodes that have those that will change are behind it."""


def run(request: RotateRequest, cloud: Cloud, clock: Clock | None = None) -> Iterator[RotateEvent]:
    """Carries out the phases that are left, as far as the iterator is consumed; yields what happens.

    The last event is Turned, Halted or Declined. Raises DeployError where it is refused or failed, CloudError
    where the cloud cannot be asked, ClientError where the COE cannot. Whoever stops consuming leaves things
    as they are, and the next run goes on from there.
    """
    clock = clock or steady()
    began = clock.now()
    rotation, store = request.rotation, request.store
    state = store.rotating()
    if state is not None and state.what != rotation.what:
        raise DeployError(
            f"'{request.deploy.secrets_file}' is in the middle of another rotation, {state.what}, "
            f"in phase {state.phase}",
            f"bring that to its end first: {request.command_of(state.what)}",
        )
    first = max(state.phase, 1) if state else 1
    stop = _stop(request, first)
    plan = yield from _plan(request, cloud, first, stop, resumed=state is not None)
    yield RotationPlanned(plan)
    if not request.approve(plan):
        yield Declined(Plan(plan.name, False, (), 0))
        return
    if state is None and rotation.secrets:
        yield from _begin(request, cloud)
    for number in range(first, stop + 1):
        phase = rotation.phases[number - 1]
        yield PhaseBegun(number, len(rotation.phases), phase)
        if rotation.secrets:
            store.enter(rotation, number)
            if phase.made_anew:
                yield from _rolled(request, cloud, clock, phase)
        if phase.then is not None:
            yield from _after(request, cloud, phase.then)
    if stop < len(rotation.phases):
        yield Halted(rotation.phases[stop], f"{request.command} --finish")
        return
    if rotation.secrets:
        store.end(rotation)
    yield Turned(rotation, clock.now() - began)


def _stop(request: RotateRequest, first: int) -> int:
    """The last phase that is carried out now: the one before the first that waits to be told."""
    phases = request.rotation.phases
    for number in range(first + 1, len(phases) + 1):
        if phases[number - 1].waits and not request.finish:
            return number - 1
    return len(phases)


def _plan(
    request: RotateRequest, cloud: Cloud, first: int, stop: int, *, resumed: bool
) -> Generator[RotateEvent, None, RotationPlan]:
    """What is going to be done. Raises DeployError where it may not begin."""
    deploy, rotation = request.deploy, request.rotation
    bundle, model = deploy.compiled.bundle, deploy.compiled.model
    stack = yield from retried(lambda: find(cloud, bundle.name))
    if stack is None or not lives((yield from retried(lambda: since_complete(cloud, stack)))):
        raise DeployError(
            f"there is no running cluster '{bundle.name}'",
            f"with new values from the start: {shell('jeroboam', 'secrets', deploy.spec)}",
        )
    require_ours(stack)
    secrets = _with_former(request).secrets(False)
    sent = sent_to_heat(deploy, secrets, stack)
    if other_secrets(stack, sent.tags):
        raise DeployError(
            f"the stack '{stack.name}' was created with other secrets than those in '{deploy.secrets_file}'",
            "pass the right file with --secrets",
        )
    driver = plugins.driver(model.spec.coe)
    assert driver is not None
    phases = rotation.phases[first - 1 : stop]
    with opened(cloud, stack, model.spec.name, model.spec.coe, secrets.values, deploy.at) as client:
        minutes = model.spec.timeouts.node_bootstrap_minutes
        world = yield from retried(lambda: look(cloud, stack, client, minutes))
        if not world.answers:
            raise DeployError(
                f"the cluster's API cannot be asked from here: {world.problem}",
                "run it from where network.api_allowed_cidrs lets you in, or through a tunnel: "
                "--api ADDRESS:PORT",
            )
        if not rotation.secrets:
            rotator = _rotator(client, model.spec.coe)
            notes = yield from retried(lambda: rotator.users_of_old(rotation.what, {}))
            return RotationPlan(stack.name, rotation, 1, rotation.phases, None, notes=notes)
        planning = yield from retried(lambda: planned(cloud, stack, bundle, sent.known))
        behind = told_other_secrets(stack, sent) or any(node.why or node.out for node in world.nodes)
        rolling = tuple(
            number
            for number, phase in enumerate(phases, first)
            if phase.made_anew and (behind or not resumed or number > first)
        )
        kinds = {kind for number in rolling for kind in rotation.phases[number - 1].made_anew}
        changed = {secrets_parameter(kind): ANOTHER for kind in kinds}
        if not resumed:
            _require_current(request, stack, world, planning, sent, changed)
        elif not same_spec(stack, sent.tags):
            # What else it would do was never agreed to.
            raise DeployError(
                f"'{deploy.spec}' has changed since the rotation was begun", _rolled_first(request)
            )
        roll_of_all = None
        if changed:
            then = yield from retried(lambda: look(cloud, stack, client, minutes, None, changed))
            order = any(rotation.phases[number - 1].made_anew[0] is RoleKind.WORKER for number in rolling)
            aim = replace(request.aim, workers_first=order or driver.workers_first)
            require_order(then, aim, model, driver, planning.plan)
            roll_of_all = roll_plan(then, aim, model, {})
        held = rotation.phases[stop] if stop < len(rotation.phases) else None
        old = request.store.rotating()
        notes = _of_cloud(request, cloud, secrets.values, old)
        if old is not None and request.finish and held is None and isinstance(client, Rotator):
            notes += client.users_of_old(rotation.what, old.old)
        return RotationPlan(
            stack.name,
            rotation,
            first,
            phases,
            roll_of_all,
            rolling,
            held,
            notes,
            resumed,
        )


def _of_cloud(
    request: RotateRequest, cloud: Cloud, values: Mapping[str, str], state: Rotating | None
) -> tuple[str, ...]:
    """What becomes of a value that the cloud makes. Raises DeployError where there can be no new one."""
    rotation, given = request.rotation, request.given
    if not rotation.of_cloud:
        return ()
    if state is not None:
        if given and dict(given) != dict(state.new):
            raise DeployError(
                "another application credential than the one that was given is on its way already",
                f"go on with that: {request.command_of(rotation.what)}",
            )
        return ()
    old = {name: values[name] for name in rotation.secrets}
    if given:
        return credential.checked(cloud, old, given)
    made = credential.offer(cloud, old, request.deploy.compiled.bundle.name, request.command)
    return (made.words,)


def _begin(request: RotateRequest, cloud: Cloud) -> Iterator[RotateEvent]:
    """Notes the new values down, before anybody has them."""
    if not request.rotation.of_cloud or request.given:
        request.store.begin(request.rotation, request.given)
        return
    name = request.deploy.compiled.bundle.name
    old = request.deploy.secrets(False).values
    made = credential.created(
        cloud, credential.offer(cloud, old, name, request.command), name, request.command
    )
    noted = False
    try:
        request.store.begin(request.rotation, made)
        state = request.store.rotating()
        noted = state is not None and dict(state.new) == made
    finally:
        if not noted:
            credential.remove(cloud, made, "nothing has it")
    if not noted:
        raise DeployError(
            "another run has begun the same rotation meanwhile", f"go on with it: {request.command}"
        )
    yield Note(f"{name}: application credential {credential.called(made)} created")


def _require_current(
    request: RotateRequest,
    stack: Stack,
    world: World,
    planning: Planning,
    sent: SentToHeat,
    changed: dict[str, str],
) -> None:
    """Refuses a cluster that is not what its spec and its secrets file say. Raises DeployError.

    A rotation changes one thing at a time; and what nodes have has to be known before it changes.
    """
    spec = request.deploy.spec
    if stack.status == IN_PROGRESS:
        raise DeployError(f"Heat still works on '{stack.name}': {stack.action}_{stack.status}", "wait for it")
    behind = [f"{node.name} ({', '.join(node.why)})" for node in world.nodes if node.why or node.out]
    if told_other_secrets(stack, sent) and not behind:
        behind = [f"it was told other secrets than '{request.deploy.secrets_file}' has"]
    if behind or planning.plan.different or not same_spec(stack, sent.tags):
        said = f": {', '.join(behind)}" if behind else ""
        raise DeployError(f"'{stack.name}' is not what '{spec}' says{said}", _rolled_first(request))
    silent = [
        node.name
        for node in world.nodes
        if node.made_from is not None
        and not node.made_from.secrets
        and secrets_parameter(RoleKind.MASTER if node.master else RoleKind.WORKER) in changed
    ]
    if silent:
        nodes = " ".join(f"--node {name}" for name in silent)
        raise DeployError(
            f"{', '.join(silent)}: it is not known which secrets it was made with",
            f"make it anew first: {shell('jeroboam', 'roll', spec)} {nodes}",
        )


def _rolled_first(request: RotateRequest) -> str:
    again = shell("jeroboam", "roll", request.deploy.spec, *request.deploy.options)
    return f"bring the cluster there first: {again}"


def _rolled(request: RotateRequest, cloud: Cloud, clock: Clock, phase: Phase) -> Iterator[RotateEvent]:
    """Brings the values of now to all nodes that take them in a phase; its own plans were shown before."""
    others = {kind for it in request.rotation.phases for kind in it.made_anew} - {*phase.made_anew}
    aim = replace(
        request.aim,
        group=MASTER if others and phase.made_anew == (RoleKind.MASTER,) else request.aim.group,
        workers_first=phase.made_anew[0] is RoleKind.WORKER,
    )

    def approve(*_: object) -> bool:
        return True

    asked = RollRequest(_with_former(request), aim, approve, lambda _: request.command)
    for event in roll(asked, cloud, clock):
        if not isinstance(event, Planned | RollPlanned | Rolled):
            yield event


def _with_former(request: RotateRequest) -> Request:
    """As asked for, with the values from before for clients: some nodes ask for those still."""

    def secrets(new: bool) -> Environment:
        made, state = request.deploy.secrets(new), request.store.rotating()
        former = {before(name): value for name, value in state.old.items()} if state else {}
        return made._replace(values={**made.values, **former})

    return replace(request.deploy, secrets=secrets)


def _after(request: RotateRequest, cloud: Cloud, what: AfterPhase) -> Iterator[RotateEvent]:
    """Has the COE, or the cloud, do what follows a phase."""
    deploy, model = request.deploy, request.deploy.compiled.model
    if what is AfterPhase.DELETE_CREDENTIAL:
        state = request.store.rotating()
        assert state is not None
        yield from credential.deleted(cloud, state.old, request.command)
        return
    stack = yield from retried(lambda: find(cloud, deploy.compiled.bundle.name), insist=True)
    if stack is None:
        raise DeployError(f"the stack '{deploy.compiled.bundle.name}' was deleted meanwhile, by someone else")
    values = _with_former(request).secrets(False).values
    with opened(cloud, stack, model.spec.name, model.spec.coe, values, deploy.at) as client:
        for said in _rotator(client, model.spec.coe).after_phase(
            what, _tokens(model.secrets, values, datetime.now(UTC)), values
        ):
            yield Note(f"{stack.name}: {said}")


def _rotator(client: Client, coe: str) -> Rotator:
    if not isinstance(client, Rotator):
        raise ClientError(f"this release has no rotation for '{coe}'")
    return client


def _tokens(secrets: tuple[Secret, ...], values: Mapping[str, str], now: datetime) -> tuple[JoinToken, ...]:
    """The join tokens that are valid now, as masters derive them."""
    found = []
    for secret in secrets:
        match secret.recipe:
            case WindowToken(key, hours):
                for number, token in windows(values[key], now, hours):
                    id_, _, text = token.partition(".")
                    found.append(JoinToken(id_, text, f"{window_end(number, hours):%Y-%m-%dT%H:%M:%SZ}"))
    return tuple(found)
