"""Checks of the load-balancer service."""

from __future__ import annotations

from collections.abc import Iterator

from jeroboam.deploy.preflight.facts import Facts, Unavailable
from jeroboam.deploy.preflight.findings import Check, CheckProblem, known
from jeroboam.deploy.preflight.requirements import Wanted

_FORBIDDEN = 403


def wants_balancer(wanted: Wanted) -> bool:
    """Whether the cluster has a load balancer."""
    return bool(wanted.total.load_balancers)


def _wants_provider(wanted: Wanted) -> bool:
    return wants_balancer(wanted) and wanted.model.spec.api.load_balancer_provider is not None


def _service(facts: Facts, _: Wanted) -> Iterator[CheckProblem]:
    where, without = "/api/load_balancer", "or set 'api.load_balancer' to false"
    if isinstance(facts.providers, Unavailable) and facts.providers.status == _FORBIDDEN:
        # Who may not look may not make one either: Octavia's roles build on each other.
        yield CheckProblem(
            "this user may not use the load-balancer service (Octavia)",
            f"ask for the role 'load-balancer_member' in this project, {without}",
            where,
        )
    elif not known(facts.providers):
        yield CheckProblem(
            "the cloud has no load-balancer service (Octavia)",
            f"use a cloud that has one, {without} and give the API a 'dns_name'",
            where,
        )


def _provider(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    providers, chosen = known(facts.providers), wanted.model.spec.api.load_balancer_provider
    if providers and chosen not in providers:
        yield CheckProblem(
            f"Octavia has no provider '{chosen}'",
            f"its providers: {', '.join(sorted(providers))}; without one Octavia takes its default",
            "/api/load_balancer_provider",
        )


CHECKS = (
    Check("load-balancer-service", "Octavia exists, and this user may use it", wants_balancer, _service),
    Check("load-balancer-provider", "Octavia has the provider", _wants_provider, _provider),
)
