"""Evidence as a real cloud gave it: words and shapes captured from OpenStack 2026.2, times laid out anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from jeroboam.deploy.diagnosis.types import Console, Evidence, Server
from jeroboam.deploy.types import (
    COMPLETE,
    CONDITION,
    FAILED,
    HANDLE,
    IN_PROGRESS,
    Event,
    NodeReport,
    Stack,
    StackResource,
)

BEGAN = datetime(2026, 11, 24, 4, 33, 24, tzinfo=UTC)
SERVER, PORT, NETWORK = "OS::Nova::Server", "OS::Neutron::Port", "OS::Neutron::Net"
VOLUME, BALANCER = "OS::Cinder::Volume", "OS::Octavia::LoadBalancer"

NO_HOST = (
    "ResourceInError: resources.default-0: Went to status ERROR due to "
    '"Message: No valid host was found. , Code: 500"'
)
UNKNOWN_VOLUME = 'ResourceInError: resources.master-0-etcd-volume: Went to status error due to "Unknown"'
UNKNOWN_BALANCER = 'ResourceInError: resources.api-load-balancer: Went to status ERROR due to "Unknown"'
STEP_FAILED = (
    "step 40-install-kubernetes failed (exit 22): "
    "https://dl.k8s.io/v1.36.3/kubernetes-node-linux-amd64.tar.gz: "
    "curl exit 22: the server answered with an error"
)
TIMED_OUT = (
    "WaitConditionTimeout: resources.default-ready: 1 of 3 received - node prod-default-0 is up, 8 steps"
)
STEPS = (
    "10-preflight",
    "20-kernel",
    "30-containerd",
    "40-install-kubernetes",
    "50-join",
    "60-health",
    "70-manifests",
    "80-post-hooks",
)


def at(seconds: float) -> datetime:
    """So many seconds into the operation."""
    return BEGAN + timedelta(seconds=seconds)


def stack(status: str = FAILED, action: str = "CREATE", reason: str = "", name: str = "prod") -> Stack:
    return Stack(
        id="8263201f-224e-4588-a1bd-ade33f375137",
        name=name,
        action=action,
        status=status,
        reason=reason,
        created=BEGAN,
        updated=None,
        tags=("jeroboam",),
        timeout_minutes=60,
        parameters={"keypair": "lab", "bootstrap_token": "******"},
        outputs={},
    )


IDENTITY = stack().identity


def resource(
    name: str,
    kind: str,
    status: str = COMPLETE,
    reason: str = "state changed",
    action: str = "CREATE",
    physical_id: str | None = None,
    needed_by: tuple[str, ...] = (),
) -> StackResource:
    """A resource; Heat leaves its time at the stack's creation while it works on it."""
    physical = (
        physical_id
        if physical_id is not None
        else ("" if kind == CONDITION or action == "INIT" else f"id-{name}")
    )
    return StackResource(IDENTITY, name, kind, action, status, reason, physical, BEGAN, needed_by)


def event(
    seconds: float, name: str, status: str, action: str = "CREATE", reason: str = "state changed"
) -> Event:
    whole = name == "prod"
    return Event(
        id=f"event-{seconds}-{name}-{status}",
        time=at(seconds),
        stack=IDENTITY,
        resource=name,
        physical_id=stack().id if whole else f"id-{name}",
        action=action,
        status=status,
        reason=reason[:255],
    )


def server(name: str, state: str = "ACTIVE", fault: str = "", seconds: float = 22) -> Server:
    return Server(
        id=f"id-{name.removeprefix('prod-')}",
        name=name,
        resource=name.removeprefix("prod-"),
        state=state,
        fault=fault,
        created=at(seconds - 8),
        launched=at(seconds) if state == "ACTIVE" else None,
    )


def progress(node: str, step: int, seconds: int = 60) -> NodeReport:
    role = node.removeprefix("prod-").rpartition("-")[0]
    name = STEPS[step - 1]
    return NodeReport(node, role, False, "SUCCESS", f"step {step}/8 {name}", step, 8, name, seconds)


def final(node: str, status: str = "SUCCESS", reason: str = "") -> NodeReport:
    role = node.removeprefix("prod-").rpartition("-")[0]
    said = reason or f"node {node} is up, 8 steps, 210 seconds"
    return NodeReport(node, role, True, status, said, None, None, None, None)


def signal(seconds: float, report: NodeReport) -> Event:
    """The event that Heat makes of a report."""
    handle = f"{report.role}-{'ready' if report.final else 'progress'}-handle"
    said = f"Signal: status:{report.status} reason:{report.reason}"
    return event(seconds, handle, COMPLETE, "SIGNAL", said)


def console(node: str, upto: int, ending: str = "", reason: str = "") -> Console:
    """A console with the bootstrap's lines up to a step; `ending` is that step's status, if it has one."""
    lines = [
        "[    0.000000] Linux version 6.8.0-45-generic",
        "cloud-init[612]: Cloud-init v. 24.3.1 running 'init'",
    ]
    for number in range(1, upto + 1):
        head = f"jeroboam: node={node} step={number}/8 name={STEPS[number - 1]}"
        lines.append(f"{head} status=start seconds=0")
        if number < upto:
            lines.append(f"{head} status=ok seconds={9 * number}")
        elif ending:
            lines.append(f'{head} status={ending} seconds=51 reason="{reason}"')
    return Console(node, tuple(lines))


def evidence(
    of: Stack,
    resources: tuple[StackResource, ...] = (),
    events: tuple[Event, ...] = (),
    **more: object,
) -> Evidence:
    """Evidence with the stack's own first event, in the order of time."""
    begun = event(0, "prod", IN_PROGRESS, of.action, f"Stack {of.action} started")
    empty = Evidence(
        stack=of,
        resources=resources,
        events=tuple(sorted((begun, *events), key=lambda e: e.time)),
        reports=(),
        limits={},
        servers=(),
        volumes=(),
        balancers=(),
        ports=(),
        addresses=(),
        quotas=(),
        consoles=(),
        engines=(),
        unasked=(),
    )
    return replace(empty, **more)  # type: ignore[arg-type]


def base(masters: int, workers: int, condition: str = IN_PROGRESS) -> tuple[StackResource, ...]:
    """The resources of a cluster whose servers are there and whose conditions wait."""
    names = [*(f"master-{i}" for i in range(masters)), *(f"default-{i}" for i in range(workers))]
    return (
        resource("network", NETWORK, needed_by=("subnet",)),
        resource("subnet", "OS::Neutron::Subnet", needed_by=tuple(f"{n}-port" for n in names)),
        resource("router", "OS::Neutron::Router"),
        resource("api-load-balancer", BALANCER),
        *(
            resource(f"{role}-{h}-handle", HANDLE)
            for role in ("master", "default")
            for h in ("ready", "progress")
        ),
        *(resource(f"{n}-port", PORT, needed_by=(n,)) for n in names),
        *(resource(n, SERVER, needed_by=(f"{n.rpartition('-')[0]}-ready",)) for n in names),
        *(resource(f"{role}-ready", CONDITION, condition) for role in ("master", "default")),
    )


def building(masters: int, workers: int) -> tuple[Event, ...]:
    """The events up to where the conditions wait."""
    names = [*(f"master-{i}" for i in range(masters)), *(f"default-{i}" for i in range(workers))]
    found = [event(1, "network", IN_PROGRESS), event(2, "network", COMPLETE)]
    found += [event(2, "subnet", IN_PROGRESS), event(4, "subnet", COMPLETE)]
    found += [event(1, "router", IN_PROGRESS), event(6, "router", COMPLETE)]
    found += [event(4, "api-load-balancer", IN_PROGRESS), event(28, "api-load-balancer", COMPLETE)]
    for number, name in enumerate(names):
        start = 6 + number * 0.7
        found += [event(start, f"{name}-port", IN_PROGRESS), event(start + 2, f"{name}-port", COMPLETE)]
        found += [event(start + 2, name, IN_PROGRESS), event(start + 16, name, COMPLETE)]
    latest = 6 + len(names) * 0.7 + 16
    found += [event(latest, f"{role}-ready", IN_PROGRESS) for role in ("master", "default")]
    return tuple(found)


def failed_cluster(masters: int = 3, workers: int = 3) -> Evidence:
    """A cluster of which one node failed in a step, one never began, one fell silent; the others are up."""
    names = [*(f"prod-master-{i}" for i in range(masters)), *(f"prod-default-{i}" for i in range(workers))]
    bad, mute, slow = names[-1], names[-2], names[-3]
    reports, events, consoles = [], list(building(masters, workers)), []
    for number, name in enumerate(names):
        if name == mute:
            consoles.append(
                Console(
                    name,
                    (
                        "[    1.2] Linux",
                        "cc_final_message.py[WARNING]: Used fallback datasource",
                    ),
                )
            )
            continue
        upto = 4 if name == bad else 5 if name == slow else 8
        began = 62 + number * 1.5
        events += [signal(began + step * 26, progress(name, step)) for step in range(1, upto + 1)]
        reports.append(progress(name, upto, (upto - 1) * 26))
        if name == bad:
            reports.append(final(name, "FAILURE", STEP_FAILED))
            consoles.append(console(name, 4, "failed", STEP_FAILED))
        elif name == slow:
            consoles.append(console(name, 5))
        else:
            reports.append(final(name))
            events.append(signal(began + 230, final(name)))
    end = 62 + len(names) * 1.5 + 4 * 26 + 190
    events.append(signal(end, final(bad, "FAILURE", STEP_FAILED)))
    reason = f"WaitConditionFailure: resources.default-ready: {STEP_FAILED}"
    events += [
        event(end - 20, "master-ready", COMPLETE),
        event(end + 1, "default-ready", FAILED, reason=reason),
    ]
    events.append(event(end + 1, "prod", FAILED, reason=f"Resource CREATE failed: {reason}"))
    resources = tuple(
        replace(r, status=FAILED, reason=reason)
        if r.name == "default-ready"
        else replace(r, status=COMPLETE)
        if r.name == "master-ready"
        else r
        for r in base(masters, workers)
    )
    return evidence(
        stack(reason=f"Resource CREATE failed: {reason}"),
        resources,
        tuple(events),
        reports=tuple(reports),
        servers=tuple(server(n, seconds=22 + i * 0.7) for i, n in enumerate(names)),
        consoles=tuple(consoles),
    )
