"""Asks every service what it knows of a stack; one that is down or forbids is noted, not fatal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.diagnosis import gather_services as services
from jeroboam.deploy.diagnosis.types import (
    REPORTS,
    Console,
    Evidence,
    Quota,
    Server,
    Unasked,
)
from jeroboam.deploy.errors import SHAPE, CloudError, asking
from jeroboam.deploy.redaction import cleaned
from jeroboam.deploy.types import COMPLETE, CONDITION, FAILED, NodeReport, Stack, StackResource
from jeroboam.topology.build import topology
from jeroboam.topology.types import Topology

CONSOLES_AT_MOST = 10
RUNNING_AT_MOST = 40
"""Of consoles of a complete stack, whose nodes say there what has ended."""
CONSOLE_LINES = 300
_AT_ONCE = 5

Fact = TypeVar("Fact")


class _Asker:
    """Asks, and keeps what got no answer."""

    def __init__(self) -> None:
        self.unasked: list[Unasked] = []

    def ask(self, what: str, question: Callable[[], tuple[Fact, ...]]) -> tuple[Fact, ...]:
        """The answer; nothing where there was none."""
        try:
            with asking(f"ask for {what}"):
                return question()
        except CloudError as problem:
            self.unasked.append(Unasked(what, _why(what, problem)))
            return ()


def evidence(cloud: Cloud, stack: Stack) -> Evidence:
    """What the cloud knows of `stack` and of what belongs to it.

    Asks Heat first, then of each service only about what is not well; a request or two for each part. Raises
    CloudError only where Heat does not even tell the stack's resources.
    """
    asker = _Asker()
    resources = stacks.resources(cloud, stack)
    events = asker.ask("the stack's events", lambda: stacks.events(cloud, stack))
    reports = _reports(cloud, resources, asker)
    drawn = _topology(cloud, stack, asker)
    servers = asker.ask("servers", lambda: services.servers(cloud, stack, resources))
    reasons = (
        stack.reason,
        *(r.reason for r in resources if r.status == FAILED),
        *(s.fault for s in servers),
    )
    return cleaned(
        Evidence(
            stack=stack,
            resources=resources,
            events=events,
            reports=reports,
            limits=_limits(cloud, resources, asker),
            servers=servers,
            volumes=asker.ask("volumes", lambda: services.volumes(cloud, resources)),
            balancers=asker.ask("load balancers", lambda: services.balancers(cloud, stack, resources)),
            ports=asker.ask("ports", lambda: services.ports(cloud, stack, resources, servers)),
            addresses=asker.ask("floating IPs", lambda: services.addresses(cloud, resources)),
            quotas=_quotas(cloud, asker) if any("uota" in reason for reason in reasons) else (),
            consoles=_consoles(cloud, stack, servers, reports, asker),
            engines=_engines(cloud),
            unasked=tuple(asker.unasked),
            topology=drawn,
        )
    )


def _reports(cloud: Cloud, resources: tuple[StackResource, ...], asker: _Asker) -> tuple[NodeReport, ...]:
    found: list[NodeReport] = []
    for handle in stacks.handles(resources):
        found += asker.ask(f"{REPORTS} '{handle.name}'", partial(stacks.reports, cloud, handle))
    return tuple(found)


def _topology(cloud: Cloud, stack: Stack, asker: _Asker) -> Topology | None:
    """What the stack's templates make; nothing where they were made, or changed, by others."""
    for templates in asker.ask("the stack's templates", lambda: (stacks.live_templates(cloud, stack),)):
        try:
            return topology(templates)
        except SHAPE:
            return None
    return None


def _limits(cloud: Cloud, resources: tuple[StackResource, ...], asker: _Asker) -> Mapping[str, timedelta]:
    limits: dict[str, timedelta] = {}
    waiting = [r for r in resources if r.type == CONDITION and r.status != COMPLETE]
    for owner in dict.fromkeys(r.stack for r in waiting):
        for template in asker.ask("the stack's template", partial(_template, cloud, owner)):
            kept = template.get("resources", {})
            for resource in waiting:
                timeout = kept.get(resource.name, {}).get("properties", {}).get("timeout")
                if resource.stack == owner and isinstance(timeout, int):
                    limits[resource.name] = timedelta(seconds=timeout)
    return limits


def _template(cloud: Cloud, identity: str) -> tuple[Mapping[str, Any]]:
    return (cloud.heat.stacks.template(identity),)


def _quotas(cloud: Cloud, asker: _Asker) -> tuple[Quota, ...]:
    return (
        *asker.ask("compute quotas", lambda: services.compute_quotas(cloud)),
        *asker.ask("network quotas", lambda: services.network_quotas(cloud)),
        *asker.ask("volume quotas", lambda: services.volume_quotas(cloud)),
    )


def _consoles(
    cloud: Cloud,
    stack: Stack,
    servers: Sequence[Server],
    reports: Iterable[NodeReport],
    asker: _Asker,
) -> tuple[Console, ...]:
    """Of servers whose nodes have not said that they are ready: those that failed first, then the silent.

    Of a stack that is complete the others' as well, masters' first.
    """
    if stack.action == "DELETE":
        return ()
    listed = tuple(reports)
    ready = {r.node for r in listed if r.final and r.status == "SUCCESS"}
    gave_up = {r.node for r in listed if r.final and r.status != "SUCCESS"}
    heard = {r.node for r in listed}
    wanted = sorted(
        (s for s in servers if s.name not in ready and s.launched is not None),
        key=lambda s: (s.name not in gave_up, s.name in heard, s.name),
    )[:CONSOLES_AT_MOST]
    if stack.status == COMPLETE:
        running = (s for s in servers if s.name in ready and s.launched is not None)
        wanted += sorted(running, key=lambda s: ("-master-" not in s.name, s.name))[:RUNNING_AT_MOST]
    if not wanted:
        return ()
    # The client is made before threads share it.
    compute = cloud.sdk.compute

    def read(server: Server) -> Console | Unasked:
        try:
            with asking(f"read the console of '{server.name}'"):
                said = compute.get_server_console_output(server.id, length=CONSOLE_LINES) or {}
        except CloudError as problem:
            return Unasked(f"the console of '{server.name}'", problem.message)
        return Console(server.name, tuple((said.get("output") or "").splitlines()[-CONSOLE_LINES:]))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        told = list(pool.map(read, wanted))
    asker.unasked += [answer for answer in told if isinstance(answer, Unasked)]
    return tuple(answer for answer in told if isinstance(answer, Console))


def _engines(cloud: Cloud) -> tuple[str, ...]:
    """Heat's engines that are down; usually only administrators may know, so a refusal goes unsaid."""
    try:
        with asking("ask for Heat's engines"):
            return tuple(s.hostname for s in cloud.heat.services.list() if s.status != "up")
    except CloudError:
        return ()


def _why(what: str, problem: CloudError) -> str:
    # What the HTTP library adds says it all again.
    said = problem.message.removeprefix(f"cannot ask for {what}: ")
    return said.partition(": HTTPConnectionPool")[0].partition(": HTTPSConnectionPool")[0]
