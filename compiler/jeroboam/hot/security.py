"""Security groups, one per kind of node, and a resource per rule that Neutron tells from all others.

Heat replaces a rule whose description is reworded, and the new one is refused while the old one exists: a
test holds the descriptions as they are, since taking them out would replace every rule of today's stacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jeroboam.hot.network import Attachment
from jeroboam.hot.types import BUILTIN, GetResource, Resource, Value
from jeroboam.model.types import ClusterModel, PeerKind, RoleKind, RuleTarget, SecurityRule

# Heat's rule resource has no way to say "any protocol"; these are all that containers speak.
_ANY = ("tcp", "udp", "sctp")


def group_id(kind: RuleTarget) -> str:
    """The id of the security group that nodes of this kind are in, or the bastion."""
    return f"{kind}-security-group"


def security(model: ClusterModel, attachment: Attachment) -> tuple[Resource, ...]:
    """The groups, then their rules in the model's order; none where ports have none."""
    if not model.spec.network.port_security:
        return ()
    kinds = [kind for kind in RoleKind if any(role.kind is kind and role.indexes for role in model.roles)]
    groups = [_group(model, kind, f"Nodes of cluster {model.spec.name}: {kind}") for kind in kinds]
    if model.bastion is not None:
        groups.append(_group(model, PeerKind.BASTION, f"Bastion of cluster {model.spec.name}"))
    rules = [
        _rule(rule, protocol, attachment)
        for rule in model.rules
        if (rule.to is PeerKind.BASTION or rule.to in kinds)
        and (rule.peer is not PeerKind.WORKER or RoleKind.WORKER in kinds)
        for protocol in ((rule.protocol,) if rule.protocol else _ANY)
    ]
    return (*groups, *_once(rules))


def _group(model: ClusterModel, kind: RuleTarget, description: str) -> Resource:
    return Resource(
        id=group_id(kind),
        type="OS::Neutron::SecurityGroup",
        properties={"name": f"{model.spec.name}-{kind}", "description": description},
        origin=BUILTIN if isinstance(kind, RoleKind) else "/bastion",
    )


def _once(rules: Iterable[Resource]) -> Iterator[Resource]:
    """The rules less each that Neutron would call one of the earlier ones.

    Fact: Neutron compares all but the description (`_rule_to_key` of neutron/db/securitygroups_db.py), and
    answers 409 to the second.
    """
    known: set[tuple[tuple[str, Value], ...]] = set()
    for rule in rules:
        compared = tuple((name, value) for name, value in rule.properties.items() if name != "description")
        if compared not in known:
            known.add(compared)
            yield rule


def _rule(rule: SecurityRule, protocol: str, attachment: Attachment) -> Resource:
    properties: dict[str, Value] = {
        "security_group": GetResource(group_id(rule.to)),
        "description": rule.description,
        "direction": "ingress",
        "ethertype": "IPv6" if rule.ipv6 or (rule.cidr is not None and rule.cidr.version == 6) else "IPv4",
        "protocol": protocol,
    }
    if rule.ports is not None:
        properties["port_range_min"], properties["port_range_max"] = rule.ports
    match rule.peer:
        case PeerKind.MASTER | PeerKind.WORKER:
            properties["remote_group"] = GetResource(group_id(RoleKind(rule.peer.value)))
        case PeerKind.BASTION:
            properties["remote_group"] = GetResource(group_id(rule.peer))
        case PeerKind.SUBNET:
            properties["remote_ip_prefix"] = attachment.cidr
        case PeerKind.CIDR:
            properties["remote_ip_prefix"] = str(rule.cidr)
    suffix = "" if rule.protocol else f"-{protocol}"
    return Resource(
        id=f"{rule.to}-allow-{rule.name}{suffix}",
        type="OS::Neutron::SecurityGroupRule",
        properties=properties,
        origin=rule.origin,
    )
