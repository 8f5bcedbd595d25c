"""Asks Nova, Cinder, Octavia and Neutron about what belongs to a stack; `gather` calls it within `asking`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.diagnosis.types import Address, Balancer, Port, Quota, Server, Volume
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.nodes import SERVER
from jeroboam.deploy.types import COMPLETE, Stack, StackResource
from jeroboam.spec.metadata import CLUSTER_METADATA

VOLUME, BALANCER, PORT = "OS::Cinder::Volume", "OS::Octavia::LoadBalancer", "OS::Neutron::Port"
FLOATING_IP, NETWORK = "OS::Neutron::FloatingIP", "OS::Neutron::Net"

_ASKED_AT_MOST = 20
"""Of volumes, balancers and addresses each: enough to see what is wrong with them all."""


def servers(cloud: Cloud, stack: Stack, resources: Iterable[StackResource]) -> tuple[Server, ...]:
    """The stack's servers, and those that bear the cluster's name and are in no stack."""
    known = {r.physical_id: r.name for r in resources if r.type == SERVER and r.physical_id}
    found = []
    # Nova's filter is a regular expression that may match anywhere.
    for raw in cloud.sdk.compute.servers(details=True, name=f"^{stack.name}-"):
        ours = (raw.metadata or {}).get(CLUSTER_METADATA) == stack.name
        if raw.id not in known and not ours:
            continue
        found.append(_server(raw, known.pop(raw.id, "")))
    # A stack of another name than its cluster's.
    for server, name in known.items():
        raw = cloud.sdk.compute.find_server(server, ignore_missing=True)
        if raw is not None:
            found.append(_server(raw, name))
    return tuple(sorted(found, key=lambda server: (server.name, server.id)))


def _server(raw: Any, resource: str) -> Server:
    return Server(
        id=raw.id,
        name=raw.name,
        resource=resource,
        state=raw.status or "",
        fault=str((raw.fault or {}).get("message") or ""),
        created=_time(raw.created_at),
        launched=_time(raw.launched_at),
    )


def _unwell(resources: Iterable[StackResource], *types: str) -> list[StackResource]:
    return [r for r in resources if r.type in types and r.physical_id and r.status != COMPLETE][
        :_ASKED_AT_MOST
    ]


def volumes(cloud: Cloud, resources: Iterable[StackResource]) -> tuple[Volume, ...]:
    """Volumes that are not there yet, as Cinder has them."""
    found = []
    for resource in _unwell(resources, VOLUME):
        raw = cloud.sdk.block_storage.find_volume(resource.physical_id, ignore_missing=True)
        if raw is None:
            continue
        found.append(
            Volume(raw.id, raw.name or "", resource.name, raw.status or "", _messages(cloud, raw.id))
        )
    return tuple(found)


def _messages(cloud: Cloud, volume: str) -> tuple[str, ...]:
    """What Cinder told its user about a volume; clouds before Pike and some policies have none."""
    try:
        with asking("ask Cinder for its messages"):
            answer = cloud.sdk.block_storage.get("/messages", microversion="3.3")
            told = answer.json().get("messages", []) if answer.status_code == 200 else []
    except CloudError:
        return ()
    return tuple(dict.fromkeys(m["user_message"] for m in told if m.get("resource_uuid") == volume))


def balancers(cloud: Cloud, stack: Stack, resources: Iterable[StackResource]) -> tuple[Balancer, ...]:
    """Load balancers as Octavia has them, where something of theirs is not complete."""
    listed = list(resources)
    # A member or listener that waits or fails does so for its balancer.
    troubled = stack.status != COMPLETE and any(
        r.type.startswith("OS::Octavia::") and r.status != COMPLETE for r in listed
    )
    wanted = [
        r for r in listed if r.type == BALANCER and r.physical_id and (troubled or stack.status == COMPLETE)
    ]
    found = []
    for resource in wanted[:_ASKED_AT_MOST]:
        raw = cloud.sdk.load_balancer.find_load_balancer(resource.physical_id, ignore_missing=True)
        if raw is None:
            continue
        found.append(
            Balancer(
                id=raw.id,
                name=raw.name or "",
                resource=resource.name,
                provisioning=raw.provisioning_status or "",
                operating=raw.operating_status or "",
                parts=_parts(cloud, raw.id) if raw.provisioning_status != "ACTIVE" else (),
            )
        )
    return tuple(found)


def _parts(cloud: Cloud, balancer: str) -> tuple[str, ...]:
    answer = cloud.sdk.load_balancer.get(f"/lbaas/loadbalancers/{balancer}/status")
    if answer.status_code != 200:
        return ()
    parts: list[str] = []
    _collect("load balancer", answer.json().get("statuses", {}).get("loadbalancer", {}), parts)
    return tuple(parts)


def _collect(kind: str, part: Mapping[str, Any], parts: list[str]) -> None:
    state = part.get("provisioning_status", "")
    if kind != "load balancer" and state not in ("ACTIVE", ""):
        parts.append(f"{kind} {part.get('name') or part.get('id')}: {state}")
    for key, below in part.items():
        for child in below if isinstance(below, list) else ():
            if isinstance(child, Mapping):
                _collect(key.rstrip("s"), child, parts)


def ports(
    cloud: Cloud, stack: Stack, resources: tuple[StackResource, ...], servers: Sequence[Server]
) -> tuple[Port, ...]:
    """Ports of servers in error; while a stack is being deleted, also those that it does not know."""
    known = {r.physical_id: r.name for r in resources if r.type == PORT}
    raw = [
        port
        for server in [s for s in servers if s.state == "ERROR"][:_ASKED_AT_MOST]
        for port in cloud.sdk.network.ports(device_id=server.id)
    ]
    if stack.action == "DELETE":
        for network in (r for r in resources if r.type == NETWORK and r.physical_id):
            raw += [
                port
                for port in cloud.sdk.network.ports(network_id=network.physical_id)
                if port.id not in known and not str(port.device_owner).startswith("network:")
            ]
    return tuple(
        Port(
            id=port.id,
            name=port.name or "",
            resource=known.get(port.id, ""),
            owner=port.device_owner or "",
            device=port.device_id or "",
            binding=port.binding_vif_type or "",
        )
        for port in raw
    )


def addresses(cloud: Cloud, resources: Iterable[StackResource]) -> tuple[Address, ...]:
    """Floating IPs that are not there yet, as Neutron has them."""
    found = []
    for resource in _unwell(resources, FLOATING_IP):
        raw = cloud.sdk.network.find_ip(resource.physical_id, ignore_missing=True)
        if raw is not None:
            found.append(Address(raw.id, resource.name, raw.floating_ip_address or "", raw.status or ""))
    return tuple(found)


def compute_quotas(cloud: Cloud) -> tuple[Quota, ...]:
    """Nova's quotas that a cluster meets."""
    absolute = cloud.sdk.compute.get_limits().absolute
    return tuple(
        Quota("compute", name, int(used or 0), int(limit))
        for name, used, limit in (
            ("instances", absolute.instances_used, absolute.instances),
            ("cores", absolute.total_cores_used, absolute.total_cores),
            ("RAM in MiB", absolute.total_ram_used, absolute.total_ram),
            ("server groups", absolute.server_groups_used, absolute.server_groups),
        )
        if limit is not None
    )


def network_quotas(cloud: Cloud) -> tuple[Quota, ...]:
    """Neutron's quotas that a cluster meets."""
    answer = cloud.sdk.network.get(f"/quotas/{cloud.sdk.current_project_id}/details.json")
    told = answer.json().get("quota", {}) if answer.status_code == 200 else {}
    return tuple(
        Quota("network", name.replace("_", " ") + "s", int(of["used"]), int(of["limit"]))
        for name, of in sorted(told.items())
        if name
        in ("network", "subnet", "router", "port", "floatingip", "security_group", "security_group_rule")
    )


def volume_quotas(cloud: Cloud) -> tuple[Quota, ...]:
    """Cinder's quotas that a cluster meets."""
    absolute = cloud.sdk.block_storage.get_limits().absolute
    return (
        Quota("volume", "volumes", absolute.total_volumes_used, absolute.max_total_volumes),
        Quota("volume", "gigabytes", absolute.total_gigabytes_used, absolute.max_total_volume_gigabytes),
    )


def _time(text: str | None) -> datetime | None:
    return stacks.time_of(text) if text else None
