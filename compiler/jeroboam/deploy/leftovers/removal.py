"""Removes what was found, one at a time, each until it is gone: the next may depend on it."""

from __future__ import annotations

from typing import Any

from jeroboam.deploy import stacks
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.leftovers.types import Leftover, LeftoverKind
from jeroboam.deploy.retry import pause_after
from jeroboam.deploy.types import Stack

GONE_SECONDS = 300.0
"""How long a load balancer, a server or a volume may take to go."""
HEARD_SECONDS = 20.0
"""How long Heat may take to begin with what it was told."""
_PAUSE = 2.0


def remove(cloud: Cloud, finding: Leftover, clock: Clock) -> None:
    """Removes it and returns when it is gone; one that is gone already is as good.

    Raises CloudError where the cloud refuses, or where it is still there after GONE_SECONDS.
    """
    sdk = cloud.sdk
    with asking(f"remove the {finding.kind} '{finding.name or finding.id}'"):
        match finding.kind:
            case LeftoverKind.FLOATING_IP:
                sdk.network.delete_ip(finding.id)
            case LeftoverKind.ATTACHED_FLOATING_IP:
                sdk.network.update_ip(finding.id, port_id=None)
            case LeftoverKind.BALANCER:
                _delete_balancer(sdk, finding, clock)
            case LeftoverKind.SERVER:
                sdk.compute.delete_server(finding.id)
            case LeftoverKind.SERVER_PORT:
                _detach(sdk, finding, clock)
            case LeftoverKind.PORT:
                sdk.network.delete_port(finding.id)
            case LeftoverKind.INTERFACE:
                sdk.network.remove_interface_from_router(finding.owner, port_id=finding.id)
            case LeftoverKind.GROUPED_PORT:
                port = sdk.network.get_port(finding.id)
                kept = [group for group in port.security_group_ids if group != finding.owner]
                sdk.network.update_port(port, security_groups=kept)
            case LeftoverKind.GROUP:
                sdk.network.delete_security_group(finding.id)
            case LeftoverKind.VOLUME:
                sdk.block_storage.delete_volume(finding.id)
    _await(cloud, finding, clock)


def end(cloud: Cloud, stack: Stack, clock: Clock) -> None:
    """Has Heat delete the stack, though Heat may be out of reach for a while, or drop what it was sent.

    A delete that meets another change of the stack as that is written down is answered with 204 and given up
    (heat/engine/stack.py, converge_stack), so it is sent again until the stack is seen to go. Deleting twice
    does no harm. Raises CloudError.
    """
    until = clock.now() + GONE_SECONDS
    while clock.now() < until:
        try:
            with asking(f"delete the stack '{stack.name}'"):
                cloud.heat.stacks.delete(stack.identity)
        except CloudError as problem:
            if problem.missing:
                return
            if not problem.temporary:
                raise
            clock.sleep(pause_after(problem, 0.0))
        if _is_ending(cloud, stack, clock):
            return
    raise CloudError(
        f"Heat does not start to delete the stack '{stack.name}', though asked for {GONE_SECONDS:g} seconds",
        "look at the Orchestration service: its engine may not run",
    )


def _is_ending(cloud: Cloud, stack: Stack, clock: Clock) -> bool:
    """Whether the stack goes, or is gone, within a while; no answer is none."""
    until = clock.now() + HEARD_SECONDS
    while clock.now() < until:
        clock.sleep(_PAUSE)
        try:
            now = stacks.find(cloud, stack.identity)
        except CloudError:
            continue
        # One that failed to go before may have failed again by now.
        if now is None or now.action == "DELETE":
            return True
    return False


def _delete_balancer(sdk: Any, finding: Leftover, clock: Clock) -> None:
    """With all that it has; one that is being changed refuses until that is done (409)."""
    from openstack.exceptions import ConflictException

    until = clock.now() + GONE_SECONDS
    while True:
        try:
            sdk.load_balancer.delete_load_balancer(finding.id, cascade=True)
            return
        except ConflictException:
            if clock.now() > until:
                raise
            clock.sleep(_PAUSE)


def _detach(sdk: Any, finding: Leftover, clock: Clock) -> None:
    """Takes the port from its server, which lives on; one that Nova did not make is left, and deleted."""
    sdk.compute.delete_server_interface(finding.id, server=finding.owner)
    until = clock.now() + GONE_SECONDS
    while clock.now() < until:
        port = sdk.network.find_port(finding.id, ignore_missing=True)
        if port is None:
            return
        if not port.device_id:
            sdk.network.delete_port(finding.id)
            return
        clock.sleep(_PAUSE)


def _await(cloud: Cloud, finding: Leftover, clock: Clock) -> None:
    sdk = cloud.sdk
    getters = {
        LeftoverKind.BALANCER: lambda: sdk.load_balancer.get_load_balancer(finding.id),
        LeftoverKind.SERVER: lambda: sdk.compute.get_server(finding.id),
        LeftoverKind.VOLUME: lambda: sdk.block_storage.get_volume(finding.id),
    }
    getter = getters.get(finding.kind)
    if getter is None:
        return
    last: CloudError | None = None
    until = clock.now() + GONE_SECONDS
    while clock.now() < until:
        try:
            with asking(f"ask whether the {finding.kind} '{finding.name or finding.id}' is gone"):
                status = _status(getter())
        except CloudError as problem:
            if problem.missing:
                return
            last = problem
        else:
            last = None
            if status == "DELETED":
                return
            if status == "ERROR_DELETING":
                raise CloudError(f"the {finding.kind} '{finding.name or finding.id}' went to {status}")
        clock.sleep(pause_after(last, _PAUSE) if last else _PAUSE)
    if last is not None:
        raise last
    raise CloudError(
        f"the {finding.kind} '{finding.name or finding.id}' is still there after {GONE_SECONDS:g} seconds"
    )


def _status(raw: Any) -> str:
    return str(getattr(raw, "provisioning_status", None) or raw.status or "").upper()
