"""Floating IPs that are there already, for nodes: one each, by index, in both layouts."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from jeroboam.deploy.plan import ChangeKind, compared, templates_of
from jeroboam.pipeline import compile_spec
from jeroboam.serialize import yaml_text
from tests.unit.hot.compiled import template
from tests.unit.spec.specs import BASE, errors

KEPT = [
    {"id": f"5c3f1f4e-6a0b-4d1c-9b59-0f3a3c8f2d{index}0", "address": f"198.51.100.{40 + index}"}
    for index in range(5)
]


def _groups(**values: Any) -> list[dict[str, Any]]:
    return [{"name": "default", "flavor": "f", **values}]


def _masters(*given: dict[str, str]) -> dict[str, Any]:
    return {"flavor": "m1.medium", "existing_floating_ips": list(given)}


def _associated(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        name: (one["properties"]["floatingip_id"], one["properties"]["port_id"]["get_resource"])
        for name, one in found["resources"].items()
        if one["type"] == "OS::Neutron::FloatingIPAssociation"
    }


@pytest.mark.parametrize("layout", ["single", "nested"])
def test_each_node_has_that_of_its_index(layout: str) -> None:
    text = yaml_text(
        {**BASE, "node_groups": _groups(count=2, retired=[1], existing_floating_ips=KEPT[:3])}
    ).encode()
    found = compile_spec("-", stdin=text, layout=layout)
    assert found.value is not None, found.diagnostics
    bundle = found.value.bundle
    nested = {a.path: yaml.safe_load(a.content) for a in bundle.artifacts if a.path.startswith("nested/")}
    parent = yaml.safe_load(bundle.hot)
    home = nested["nested/default.yaml"] if layout == "nested" else parent
    assert _associated(home) == {
        f"default-{index}-floating-ip": (KEPT[index]["id"], f"default-{index}-port") for index in (0, 2)
    }
    told = parent["outputs"]["node_public_addresses"]["value"]
    assert told == {"default": [KEPT[0]["address"], KEPT[2]["address"]]}


def test_the_first_masters_is_the_apis_without_a_load_balancer() -> None:
    found = template(masters=_masters(KEPT[0]))
    assert _associated(found) == {"master-0-floating-ip": (KEPT[0]["id"], "master-0-port")}
    assert "api-floating-ip" not in found["resources"]
    assert found["outputs"]["api_address"]["value"] == KEPT[0]["address"]
    assert found["outputs"]["master_public_addresses"]["value"] == [KEPT[0]["address"]]


def test_behind_a_load_balancer_the_api_has_its_own() -> None:
    found = template(masters=_masters(KEPT[0]), api={"load_balancer": True})
    assert found["resources"]["api-floating-ip"]["type"] == "OS::Neutron::FloatingIP"
    assert set(_associated(found)) == {"master-0-floating-ip"}


@pytest.mark.parametrize("coe", ["kubernetes", "swarm"])
def test_certificates_and_proxies_know_the_masters(coe: str) -> None:
    changes: dict[str, Any] = {"coe": coe, "container_network": {"driver": "flannel"}}
    proxy = {"http": "http://proxy.example.org:3128"}

    def of(masters: dict[str, Any]) -> int:
        spec = {**BASE, **changes, "masters": masters, "proxy": proxy, "api": {"load_balancer": True}}
        found = compile_spec("-", stdin=yaml_text(spec).encode())
        assert found.value is not None, found.diagnostics
        config = found.value.model.roles[0].config
        return str(([file.content for file in config.files], config.environment)).count("198.51.100.40")

    assert of({"flavor": "m1.medium"}) == 0
    assert of(_masters(KEPT[0])) == 2


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"count": 2, "existing_floating_ips": KEPT[:2]}, []),
        ({"count": 2, "existing_floating_ips": KEPT[:1]}, ["JB0362"]),
        ({"count": 2, "existing_floating_ips": KEPT[:3]}, ["JB0362"]),
        ({"count": 0, "existing_floating_ips": KEPT[:1]}, ["JB0362"]),
        ({"count": 2, "retired": [0], "existing_floating_ips": KEPT[:3]}, []),
        ({"count": 2, "retired": [5], "existing_floating_ips": KEPT[:2]}, []),
        ({"count": 2, "retired": [0], "existing_floating_ips": KEPT[:2]}, ["JB0362"]),
        # What stands at a retired index leads nowhere, so its successor may have it.
        ({"count": 2, "retired": [0], "existing_floating_ips": [KEPT[2], KEPT[1], KEPT[2]]}, []),
        ({"count": 2, "existing_floating_ips": [KEPT[0], KEPT[0]]}, ["JB0363"]),
        ({"floating_ip": True, "existing_floating_ips": KEPT[:1]}, ["JB0364"]),
        ({"existing_floating_ips": [{"id": KEPT[0]["id"]}]}, ["JB0202"]),
        ({"existing_floating_ips": [{**KEPT[0], "address": "198.51.100"}]}, ["JB0303"]),
        ({"existing_floating_ips": [{**KEPT[0], "address": "2001:db8::1"}]}, ["JB0303"]),
    ],
)
def test_how_many_and_which(values: dict[str, Any], wrong: list[str]) -> None:
    found = errors(node_groups=_groups(**values))
    assert [code for code in found if code != "JB0362" or "JB0303" not in wrong] == wrong


@pytest.mark.parametrize(
    ("network", "wrong"),
    [
        ({"external_network": "public"}, []),
        ({"router": "r"}, []),
        ({"fixed_network": "n", "fixed_subnet": "s"}, []),
        ({}, ["JB0320"]),
    ],
)
def test_the_external_network_need_not_be_named(network: dict[str, str], wrong: list[str]) -> None:
    api = {} if "external_network" in network else {"floating_ip": False}
    assert errors(network=network, api=api, node_groups=_groups(existing_floating_ips=KEPT[:1])) == wrong


def test_one_that_moves_within_one_update_may_lead_nowhere() -> None:
    """Heat may take it off after it was put on: two updates do it."""

    def bundle(**values: Any) -> Any:
        text = yaml_text({**BASE, "node_groups": _groups(**values)}).encode()
        found = compile_spec("-", stdin=text)
        assert found.value is not None, found.diagnostics
        return templates_of(found.value.bundle)

    old = bundle(count=2, existing_floating_ips=KEPT[:2])
    moved = bundle(count=2, retired=[1], existing_floating_ips=[*KEPT[:2], KEPT[1]])
    between = bundle(count=1, retired=[1], existing_floating_ips=KEPT[:1])

    def notes(before: Any, after: Any) -> list[str]:
        return [
            cause.note for change in compared("demo", before, after).changes
            for cause in change.causes if change.kind is ChangeKind.ADD
        ]  # fmt: skip

    assert [note for note in notes(old, moved) if "may lead nowhere" in note and KEPT[1]["id"] in note]
    assert notes(old, between) + notes(between, moved) == []
    (added,) = (c for c in compared("demo", between, moved).changes if c.type.endswith("Association"))
    assert added.node == "default-2"
