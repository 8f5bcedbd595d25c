"""Asks Heat to check a stack, and Nova and Neutron for what Heat does not look at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.plan.drift import GROUP, Drift, Rule, ServerFlavor, drift
from jeroboam.deploy.plan.effects import SERVER
from jeroboam.deploy.plan.preview import keyed
from jeroboam.deploy.types import IN_PROGRESS, Event, Stack, StackResource
from jeroboam.hot.flat import Key, flattened

PAUSE_SECONDS = 2.0


def drifted(cloud: Cloud, stack: Stack, *, seconds: float = 600) -> tuple[Drift, ...]:
    """What Heat's check finds, and what of servers and security groups is not as the stack says.

    The stack's action becomes CHECK. Raises CloudError, also where the stack is busy or the check takes
    longer than `seconds`.
    """
    if stack.status == IN_PROGRESS:
        raise CloudError(
            f"the stack '{stack.name}' is {stack.action}_{stack.status}: a check would interrupt it",
            f"wait until it has ended: jeroboam status --watch {stack.name}",
        )
    _check(cloud, stack, seconds)
    live = keyed(stack, stacks.resources(cloud, stack))
    expected = flattened(stacks.live_templates(cloud, stack))
    return drift(expected, live, _servers(cloud, live), _rules(cloud, live))


def _check(cloud: Cloud, stack: Stack, seconds: float) -> None:
    before = {event.id for event in _own_events(cloud, stack)}
    with asking(f"have Heat check the stack '{stack.name}'"):
        cloud.heat.actions.check(stack.identity)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        # The status alone does not tell this check from the one before.
        if any(
            e.action == "CHECK" and e.status != IN_PROGRESS and e.id not in before
            for e in _own_events(cloud, stack)
        ):
            return
        time.sleep(PAUSE_SECONDS)
    raise CloudError(
        f"Heat's check of '{stack.name}' took longer than {seconds:.0f} s", "look again later", temporary=True
    )


def _own_events(cloud: Cloud, stack: Stack) -> tuple[Event, ...]:
    """Those of the stack itself, not of its resources."""
    return tuple(event for event in stacks.events(cloud, stack) if event.resource == stack.name)


def _servers(cloud: Cloud, live: Mapping[Key, StackResource]) -> dict[str, ServerFlavor]:
    ids = {r.physical_id for r in live.values() if r.type == SERVER}
    if not ids:
        return {}
    with asking("ask Nova for the servers"):
        return {
            server.id: ServerFlavor(
                server.status, str(server.flavor.get("original_name") or server.flavor.get("name"))
            )
            for server in cloud.sdk.compute.servers()
            if server.id in ids
        }


def _rules(cloud: Cloud, live: Mapping[Key, StackResource]) -> tuple[Rule, ...]:
    groups = [r.physical_id for r in live.values() if r.type == GROUP and r.physical_id]
    with asking("ask Neutron for the security groups' rules"):
        return tuple(
            _rule(rule)
            for group in groups
            for rule in cloud.sdk.network.security_group_rules(security_group_id=group)
        )


def _rule(raw: Any) -> Rule:
    ports = [str(port) for port in (raw.port_range_min, raw.port_range_max) if port is not None]
    source = raw.remote_ip_prefix or raw.remote_group_id
    words = (raw.direction, raw.ether_type, raw.protocol or "any protocol", "-".join(dict.fromkeys(ports)))
    text = (
        " ".join(filter(None, words))
        + f" {'to' if raw.direction == 'egress' else 'from'} {source or 'anywhere'}"
    )
    return Rule(
        raw.id,
        raw.security_group_id,
        text,
        raw.direction == "egress" and not (raw.protocol or source or ports),
    )
