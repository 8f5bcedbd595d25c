"""The bastion: that whoever is meant to reaches it, and that its name is its own."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Related, diagnose
from jeroboam.source.pointers import child
from jeroboam.spec.types import ClusterSpec

_NAME = "bastion"


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """What is said of it, against the network that it is on."""
    if spec.bastion is None:
        return
    network = spec.network
    if not spec.bastion.floating_ip and network.router is None and network.fixed_network is None:
        # Others' routers may lead to its fixed address; one of the stack's own translates.
        why = "it has no floating IP, and no router that is there already leads to the nodes' network"
        yield diagnose("JB0365", "/bastion/floating_ip", why=why, advice="give it a floating IP")
    if network.port_security and not network.ssh_allowed_cidrs:
        related = (Related("/bastion", "the bastion is requested here"),)
        advice = "list the ranges that you log in from, for example [192.0.2.0/24]"
        where = "/network/ssh_allowed_cidrs"
        yield diagnose("JB0365", where, related=related, why=f"'{where[9:]}' is empty", advice=advice)
    for index, group in enumerate(spec.node_groups):
        if group.name == _NAME:
            related = (Related("/bastion", "the bastion is requested here"),)
            where = child(child("/node_groups", index), "name")
            yield diagnose("JB0334", where, related=related, name=group.name, owner="bastion")
