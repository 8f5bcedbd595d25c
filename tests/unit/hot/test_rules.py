"""No two rules of a cluster are one to Neutron, which looks at everything but the description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.parts import ports
from tests.support.hot import conflicts
from tests.unit.hot.compiled import template

DESCRIPTIONS = Path(__file__).parent / "rule_descriptions.json"
"""By package and row; a new row is added, none is ever reworded (see jeroboam.hot.security)."""
OWN = "10.0.0.0/24"
SPECS: dict[str, dict[str, Any]] = {
    "kubernetes-own-range": {"network": {"api_allowed_cidrs": [OWN]}, "masters": {"count": 3, "flavor": "m"}},
    "kubernetes-node-ports-and-octavia": {
        "network": {"node_port_allowed_cidrs": [OWN]},
        "kubernetes": {"addons": {"cloud_controller_manager": {"enabled": True}}},
    },
    "swarm-own-range": {
        "coe": "swarm",
        "network": {"api_allowed_cidrs": [OWN]},
        "masters": {"count": 3, "flavor": "m"},
    },
    "mesos-own-range": {
        "coe": "mesos",
        "network": {"api_allowed_cidrs": [OWN], "node_port_allowed_cidrs": [OWN]},
        "masters": {"count": 3, "flavor": "m"},
        "container_network": {"driver": "docker"},
    },
    "brought-network-of-a-stated-range": {
        "network": {
            "fixed_network": "n", "fixed_subnet": "s", "cidr": "10.9.0.0/24",
            "api_allowed_cidrs": ["10.9.0.0/24"],
        },
        "masters": {"count": 3, "flavor": "m"},
    },
}  # fmt: skip


def _template(changes: dict[str, Any]) -> dict[str, Any]:
    return template(**{**changes, "network": {"external_network": "public", **changes.get("network", {})}})


@pytest.mark.parametrize("case", SPECS)
def test_rules_that_neutron_counts_as_one(case: str) -> None:
    assert conflicts(_template(SPECS[case])) == []


def test_of_two_that_are_one_the_earlier_stays() -> None:
    rules = _template(SPECS["kubernetes-own-range"])["resources"]
    assert "master-allow-api-balanced-from-subnet" in rules
    assert not [name for name in rules if name.startswith("master-allow-api-public-")]


def test_the_description_of_a_rule_never_changes() -> None:
    """Heat replaces a rule whose description does, and Neutron refuses the new one beside the old."""
    packages = ["jeroboam.parts", *(f"jeroboam.drivers.{name}" for name in plugins.names("drivers"))]
    found = {
        f"{package.rpartition('.')[2]}/{row['name']}": row["description"]
        for package in packages
        for row in ports.rows(package)
    }
    assert found == json.loads(DESCRIPTIONS.read_text(encoding="utf-8"))
