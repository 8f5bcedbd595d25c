"""The wall around a cloud: which modules of `deploy` ask, act or wait; all others are pure."""

from __future__ import annotations

import grimp
import pytest

DEPLOY = "jeroboam.deploy"
ASKING = frozenset(
    f"{DEPLOY}.{name}"
    for name in (
        "actions", "connection", "errors", "exchange", "keypairs", "retry", "run", "settings", "stacks",
        "stale_signals", "submit", "clock", "clouds_yaml", "clouds_mistakes", "login_options", "tls_probe",
        "transport",
        "diagnosis.gather", "diagnosis.gather_services", "last_complete",
        "leftovers.gather", "leftovers.removal",
        "door", "drain", "gather_endings", "shrink", "through_api",
        "plan.gather", "plan.gather_drift",
        "repair.gather", "repair.run",
        "roll.carry_out", "roll.look", "roll.restore", "roll.run", "roll.servers", "roll.under_way",
        "roll.survivor", "roll.updates",
        "rotate.credential", "rotate.run",
        "stores.apis", "stores.copies", "stores.refusals", "stores.store",
        "preflight", "preflight.gather", "preflight.gather.balancer", "preflight.gather.compute",
        "preflight.gather.control", "preflight.gather.network", "preflight.gather.queries",
        "preflight.gather.storage",
        "wait.follow", "wait.loop",
    )
)  # fmt: skip
"""What may ask a cloud, tell it something, or let time pass."""
PACKAGES = frozenset({f"{DEPLOY}.diagnosis", f"{DEPLOY}.plan"})
"""What only offers the names of its modules."""
EFFECTS = frozenset(
    {"concurrent", "heatclient", "http", "keystoneauth1", "openstack", "random", "requests", "secrets"}
    | {"socket", "ssl", "subprocess", "threading", "time", "urllib3"}
)
FACTS = frozenset({f"{DEPLOY}.errors"})
"""Of what asks, what may be a fact to others: that a question failed, and why."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("jeroboam", include_external_packages=True, exclude_type_checking_imports=True)


def test_what_judges_neither_asks_a_cloud_nor_waits(graph: grimp.ImportGraph) -> None:
    pure = {m for m in graph.modules if m.startswith(f"{DEPLOY}.")} - ASKING - PACKAGES
    assert len(pure) > 40
    wrong = {
        module: sorted(found)
        for module in sorted(pure)
        if (found := graph.find_modules_directly_imported_by(module) & (EFFECTS | ASKING - FACTS))
    }
    assert wrong == {}


def test_every_module_that_may_ask_is_there(graph: grimp.ImportGraph) -> None:
    assert graph.modules >= ASKING | PACKAGES


@pytest.mark.parametrize("module", sorted(EFFECTS & {"openstack", "heatclient", "socket", "time"}))
def test_the_wall_stands_where_something_would_pass(graph: grimp.ImportGraph, module: str) -> None:
    """Each of these is imported on one side of it."""
    assert graph.find_modules_that_directly_import(module) & ASKING
