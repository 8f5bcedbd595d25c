"""What a name or id in a spec stands for, where it is one thing."""

from __future__ import annotations

from jeroboam.deploy.preflight.facts import Facts, Network, Subnet
from jeroboam.deploy.preflight.findings import known


def one_network(facts: Facts, reference: str | None) -> Network | None:
    """The network of that name or id. Raises UnknownFactError where the cloud did not tell."""
    found = known(facts.networks).get(reference or "", ())
    return found[0] if len(found) == 1 else None


def one_subnet(facts: Facts, reference: str | None) -> Subnet | None:
    """The subnet of that name or id. Raises UnknownFactError where the cloud did not tell."""
    found = known(facts.subnets).get(reference or "", ())
    return found[0] if len(found) == 1 else None
