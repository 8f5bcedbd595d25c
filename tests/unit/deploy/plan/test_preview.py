"""Heat's preview: what it is asked, and whose word counts. The answers are as a Heat 27 gave them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jeroboam.deploy.plan import ChangeKind
from jeroboam.deploy.plan.differ import Said, changes
from jeroboam.deploy.plan.preview import answers, keyed, overruled, question
from jeroboam.deploy.types import Stack, StackResource
from jeroboam.hot.flat import Key, Templates, flattened

NOW = datetime(2026, 11, 24, tzinfo=UTC)
STACK = Stack("f121", "prod", "CREATE", "COMPLETE", "", NOW, None, ("jeroboam",), 60, {}, {})
NET, SUBNET, PORT = Key("", "network"), Key("", "subnet"), Key("default-nodes", "default-0-port")


def listed(owner: str, name: str, kind: str, physical: str, state: str = "CREATE_COMPLETE") -> StackResource:
    action, _, status = state.partition("_")
    return StackResource(owner, name, kind, action, status, "", physical, NOW, ())


LISTED = (
    listed("prod-default-nodes-jv3r/77aa", "default-0-port", "OS::Neutron::Port", "p0"),
    listed("prod/f121", "default-nodes", "nested/default.yaml", "77aa"),
    listed("prod/f121", "network", "OS::Neutron::Net", "n0"),
    listed("prod/f121", "subnet", "OS::Neutron::Subnet", "s0"),
)


def templates(cidr: str = "10.0.0.0/24") -> Templates:
    child = {
        "parameters": {"network-id": {"type": "string"}, "subnet-id": {"type": "string"}},
        "resources": {
            "default-0-port": {
                "type": "OS::Neutron::Port",
                "properties": {
                    "network": {"get_param": "network-id"},
                    "fixed_ips": [{"subnet": {"get_param": "subnet-id"}}],
                },
            }
        },
    }
    reference: dict[str, Any] = {
        "network-id": {"get_resource": "network"},
        "subnet-id": {"get_resource": "subnet"},
    }
    resources = {
        "network": {"type": "OS::Neutron::Net", "properties": {"name": "prod"}},
        "subnet": {
            "type": "OS::Neutron::Subnet",
            "properties": {"network": {"get_resource": "network"}, "cidr": cidr},
        },
        "default-nodes": {"type": "nested/default.yaml", "properties": reference},
    }
    return Templates({"resources": resources, "outputs": {}}, {"nested/default.yaml": child})


LIVE = keyed(STACK, LISTED)


def test_resources_are_known_by_where_they_are() -> None:
    assert set(LIVE) == {NET, SUBNET, PORT, Key("", "default-nodes")}


def test_what_stays_is_named_by_its_id_what_goes_is_not() -> None:
    old, new = templates(), templates("10.1.0.0/24")
    main, files = question(new, LIVE, changes(flattened(old), flattened(new)))
    assert "outputs" not in main
    assert main["resources"]["subnet"]["properties"]["network"] == "n0"
    assert main["resources"]["default-nodes"]["properties"] == {
        "network-id": "n0",
        "subnet-id": {"get_resource": "subnet"},
    }
    assert files == new.files


def entry(name: str, stack: str, stack_id: str) -> dict[str, Any]:
    return {"resource_name": name, "stack_name": stack, "stack_identity": {"stack_id": stack_id}}


def test_answers_are_found_also_for_stacks_that_are_only_in_memory() -> None:
    raw = {
        "unchanged": [entry("network", "prod", "f121")],
        "updated": [entry("default-nodes", "prod", "f121")],
        "replaced": [entry("default-0-port", "prod-default-nodes", "none")],
        "added": [entry("default-1-port", "prod-default-nodes-jv3r", "77aa")],
        "deleted": [entry("stranger", "other", "0000")],
    }
    assert answers(STACK, LIVE, raw) == {
        NET: "unchanged",
        Key("", "default-nodes"): "updated",
        PORT: "replaced",
        Key("default-nodes", "default-1-port"): "added",
    }


@pytest.mark.parametrize(
    ("new", "key", "verdict", "said"),
    [
        ("10.0.0.0/24", NET, "unchanged", None),
        ("10.0.0.0/24", NET, "replaced", Said(ChangeKind.REPLACE, "replaced: Heat says so")),
        (
            "10.0.0.0/24",
            NET,
            "updated",
            Said(ChangeKind.CHANGE, "Heat says so; the templates say the same of it"),
        ),
        ("10.1.0.0/24", SUBNET, "replaced", None),
        ("10.1.0.0/24", SUBNET, "updated", Said(ChangeKind.CHANGE, "in place: Heat says so")),
        (
            "10.1.0.0/24",
            SUBNET,
            "unchanged",
            Said(None, "Heat sees no change in subnet, though the templates differ"),
        ),
    ],
)
def test_heats_word_counts(new: str, key: Key, verdict: str, said: Said | None) -> None:
    old, wanted = flattened(templates()), flattened(templates(new))
    ours = changes(old, wanted)
    assert overruled(old, wanted, LIVE, ours, {key: verdict}) == ({key: said} if said else {})
    told = changes(old, wanted, {key: said}) if said else ours
    kinds = {change.key: change.kind for change in told}
    assert kinds.get(key) is (said.kind if said else next((c.kind for c in ours if c.key == key), None))


def test_what_heat_replaces_is_followed() -> None:
    same = flattened(templates())
    found = {
        c.key: c for c in changes(same, same, {NET: Said(ChangeKind.REPLACE, "replaced: it is CHECK_FAILED")})
    }
    assert {key: change.kind for key, change in found.items()} == {
        NET: ChangeKind.REPLACE,
        SUBNET: ChangeKind.REPLACE,
        PORT: ChangeKind.REPLACE,
    }
    assert found[NET].causes[0].note == "replaced: it is CHECK_FAILED"
