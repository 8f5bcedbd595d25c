"""What an update does, from templates alone: the golden case and what is edited in it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from jeroboam.deploy.plan import ChangeKind, compared, created, templates_of
from jeroboam.deploy.plan.plans import lasting
from jeroboam.deploy.plan.refusals import losses
from jeroboam.hot.flat import Templates
from jeroboam.model.secrets import RandomBytes, Secret, WindowToken
from tests.unit.deploy.diagnosis.facts import stack
from tests.unit.deploy.plan.specs import Edit, bundle, change, names, plan

DEFAULT = "    count: 3\n    flavor: m1.xlarge"
MASTERS = "  count: 3\n  flavor: m1.large"


class Case(NamedTuple):
    """An edit and all that it does; what is only noted down is left out."""

    name: str
    edit: Edit
    add: AbstractSet[str] = frozenset()
    change: AbstractSet[str] = frozenset()
    replace: AbstractSet[str] = frozenset()
    remove: AbstractSet[str] = frozenset()
    refused: AbstractSet[str] = frozenset()


def node(name: str, *parts: str) -> set[str]:
    """A node and what belongs to it."""
    return {name, *(f"{name}-{part}" for part in parts)}


PARTS = ("port", "docker-volume", "docker-volume-attachment")
MASTER_PARTS = ("port", "etcd-volume", "etcd-volume-attachment", "api-member")
PAYMENTS = {f"payments-master-{i}" for i in range(3)}
SERVERS = {f"{role}-{i}" for role, n in (("master", 3), ("default", 3), ("gpu", 2)) for i in range(n)}
MOVED = {f"{s}-{'etcd' if s.startswith('master') else 'docker'}-volume-attachment" for s in SERVERS}
"""The attachments of volumes that go from a replaced server to its successor."""
CASES = (
    Case(
        "a group grows",
        (DEFAULT, "    count: 4\n    flavor: m1.xlarge"),
        add=node("default-3", *PARTS),
        change={"default-ready"},
    ),
    Case(
        "a group shrinks, and its volume goes with it on purpose",
        (DEFAULT, "    count: 2\n    flavor: m1.xlarge"),
        remove=node("default-2", *PARTS),
        change={"default-ready"},
    ),
    Case(
        "a node is retired",
        (DEFAULT, "    count: 3\n    retired: [1]\n    flavor: m1.xlarge"),
        add=node("default-3", *PARTS),
        remove=node("default-1", *PARTS),
    ),
    Case(
        "a flavor resizes",
        ("m1.xlarge", "m1.huge"),
        change={f"default-{i}" for i in range(3)},
    ),
    Case(
        "a new image writes the disk anew, unless the disk is a volume",
        ("image: ubuntu-24.04", "image: ubuntu-26.04"),
        change={f"default-{i}" for i in range(3)}
        | MOVED - {f"default-{i}-docker-volume-attachment" for i in range(3)},
        replace={f"master-{i}" for i in range(3)} | {f"gpu-{i}" for i in range(2)},
        refused=PAYMENTS,
    ),
    # The keypairs through which nodes get it are made anew; servers that exist keep what they have.
    Case("another login key", ("keypair: ops", "keypair: night")),
    Case(
        "fewer masters",
        (MASTERS, "  count: 1\n  flavor: m1.large"),
        remove=node("master-1", *MASTER_PARTS) | node("master-2", *MASTER_PARTS),
        change={"master-ready"},
        refused=PAYMENTS - {"payments-master-0"},
    ),
    Case(
        "volumes grow in place",
        ("docker_volume: {size: 100, type: ssd}", "docker_volume: {size: 150, type: ssd}"),
        change={f"default-{i}-docker-volume" for i in range(3)},
    ),
    Case(
        "a kept node's volume is removed",
        ("    docker_volume: {size: 200}\n", ""),
        remove={f"gpu-{i}-docker-volume{part}" for i in range(2) for part in ("", "-attachment")},
        refused={"gpu-0-docker-volume", "gpu-1-docker-volume"},
    ),
    Case(
        "who may log in",
        ("ssh_allowed_cidrs: [192.0.2.0/24]", "ssh_allowed_cidrs: [192.0.2.0/25]"),
        add={f"{group}-allow-ssh-from-192-0-2-0-25" for group in ("master", "worker")},
        remove={f"{group}-allow-ssh-from-192-0-2-0-24" for group in ("master", "worker")},
    ),
    Case(
        "name servers",
        ("dns_nameservers: [9.9.9.9, 1.1.1.1]", "dns_nameservers: [9.9.9.9]"),
        change={"subnet"},
    ),
    Case(
        "who reaches the API",
        ("192.0.2.0/24, 198.51.100.7/32]", "192.0.2.0/24]"),
        remove={"master-allow-api-public-from-198-51-100-7-32"},
        change={"api-listener"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=[case.name.replace(" ", "-") for case in CASES])
def test_what_an_edit_does(case: Case) -> None:
    found = plan(case.edit)
    configs = {change.resource for change in found.changes if change.type == "OS::Heat::SoftwareConfig"}
    assert names(found, ChangeKind.ADD) == case.add
    assert names(found, ChangeKind.REMOVE) == case.remove
    assert names(found, ChangeKind.CHANGE) == case.change
    assert names(found, ChangeKind.REPLACE) - configs == case.replace
    assert {refusal.name for refusal in losses(found.changes)} == case.refused
    assert losses(found.changes, case.refused) == ()


def test_what_stays_of_what_is_removed_is_said_of_volumes_alone() -> None:
    """A condition is retained for what its deletion would do to others; it leaves nothing."""
    gone = plan(
        ("  - name: gpu\n    count: 2\n", "  - name: gpu\n    count: 0\n"),
    )
    assert change(gone, "gpu-ready").causes == ()
    fewer = plan(("masters:\n  count: 3", "masters:\n  count: 1"))
    (cause,) = change(fewer, "master-2-etcd-volume").causes
    assert cause.note.startswith("deletion_policy retain")


def test_no_edit_is_no_difference() -> None:
    found = plan()
    assert (found.changes, found.sections, found.different) == ((), (), False)
    assert found.unchanged == bundle().resources


def test_the_layouts_hold_the_same_resources() -> None:
    single, nested = created("x", templates_of(bundle())), created("x", templates_of(bundle(layout="nested")))
    assert {c.resource for c in single.changes} == {c.resource for c in nested.changes}


def test_a_nested_group_grows() -> None:
    found = plan((DEFAULT, "    count: 4\n    flavor: m1.xlarge"), layout="nested")
    assert names(found, ChangeKind.ADD) == {f"default-nodes/{name}" for name in node("default-3", *PARTS)}
    assert names(found, ChangeKind.CHANGE) == {"default-nodes/default-ready"}
    # Its user data names the volumes of all its nodes.
    assert names(found, ChangeKind.REPLACE) == {"default-nodes/default-config"}


def test_files_named_by_url_are_the_same() -> None:
    new = templates_of(bundle(layout="nested"))
    files = {f"file:///srv/build/payments/{name}": child for name, child in new.files.items()}
    resources = {
        name: {**r, "type": f"file:///srv/build/payments/{r['type']}"} if r["type"] in new.files else r
        for name, r in new.main["resources"].items()
    }
    old = Templates({**new.main, "resources": resources}, files)
    assert not compared("payments", old, new).different


def test_a_changed_parameter_is_named() -> None:
    found = change(plan(("m1.xlarge", "m1.huge")), "default-0")
    assert found.causes[0][:3] == ("flavor", "m1.xlarge", "m1.huge")
    assert found.causes[0].note == "parameter default_flavor; resized: the server restarts"
    assert "Heat resizes all 3 servers of 'default' at the same time" in plan(("m1.xlarge", "m1.huge")).notes


def test_what_the_stack_was_given_counts_not_the_default() -> None:
    old, new = templates_of(bundle()), templates_of(bundle(), {"default_flavor": "m1.tiny"})
    given = Templates(old.main, old.files, {"default_flavor": "m1.tiny"})
    assert names(compared("payments", old, new), ChangeKind.CHANGE) == {f"default-{i}" for i in range(3)}
    assert not compared("payments", given, new).different


def test_a_new_network_range_is_followed_to_all_that_hangs_on_it() -> None:
    found = plan(("cidr: 10.20.0.0/24", "cidr: 10.21.0.0/24"))
    assert {"subnet", "router-interface", "api-load-balancer", "api-listener", "api-pool"} <= names(
        found, ChangeKind.REPLACE
    )
    assert {f"master-{i}-api-member" for i in range(3)} <= names(found, ChangeKind.REPLACE)
    assert {f"master-{i}-port" for i in range(3)} <= names(found, ChangeKind.CHANGE)
    assert "network" not in {c.resource for c in found.changes}
    assert change(found, "router-interface").causes[0].note == "subnet is replaced, so its id changes"


def test_user_data_is_for_nodes_to_come() -> None:
    found = plan(('coe_version: "1.36"', 'coe_version: "1.37"'))
    assert names(found, ChangeKind.REPLACE) == {"master-config", "default-config", "gpu-config"}
    kept = change(found, "default-0")
    assert kept.harmless
    assert kept.causes[0].note == (
        "user data of existing servers: not applied to them (user_data_update_policy IGNORE)"
    )
    assert "more lines" in change(found, "default-config").causes[0].note


def test_a_hidden_value_is_never_shown_and_known_only_where_it_can_be() -> None:
    old, secret = templates_of(bundle()), {"bootstrap_token": "Y29ycmVjdCBob3JzZQ=="}
    unknown = compared("payments", old, templates_of(bundle(), secret))
    assert not unknown.different
    known = compared("payments", old, templates_of(bundle(), secret, fresh=frozenset({"bootstrap_token"})))
    assert "hidden value changes: bootstrap_token" in change(known, "default-config").causes[0].note
    assert secret["bootstrap_token"] not in repr(known)


@pytest.mark.parametrize(
    ("given", "left"),
    [({}, {"key", "token"}), ({"token": "******"}, {"key"}), ({"key": "******"}, {"key", "token"})],
)
def test_a_value_that_ends_by_itself_is_no_difference_to_what_a_stack_was_given(
    given: dict[str, str], left: set[str]
) -> None:
    """One that a stack was given none of has to be there for Heat's preview."""
    secrets = (Secret("key", "", RandomBytes(32)), Secret("token", "", WindowToken("key", 24)))
    values = {"key": "QQ==", "token": "Qg=="}
    assert lasting(values, secrets, replace(stack(), parameters=given)).keys() == left
    assert lasting(values, secrets, None) == values


def test_a_type_that_changes_is_replaced() -> None:
    def template(kind: str) -> dict[str, Any]:
        return {
            "resources": {
                "a": {"type": kind},
                "b": {"type": "OS::X", "properties": {"of": {"get_resource": "a"}}},
            }
        }

    found = compared("x", Templates(template("OS::Neutron::Net")), Templates(template("OS::Neutron::Router")))
    assert names(found, ChangeKind.REPLACE) == {"a", "b"}


@pytest.mark.parametrize(
    ("policies", "kind"),
    [
        ({}, ChangeKind.REPLACE),
        ({"user_data_update_policy": "IGNORE"}, ChangeKind.CHANGE),
        ({"user_data_update_policy": "REPLACE"}, ChangeKind.REPLACE),
    ],
)
def test_policies_decide(policies: dict[str, str], kind: ChangeKind) -> None:
    def template(text: str) -> Templates:
        properties = {"user_data": text, **policies}
        return Templates({"resources": {"a-0": {"type": "OS::Nova::Server", "properties": properties}}})

    assert compared("x", template("one"), template("two")).changes[0].kind is kind


@pytest.mark.parametrize("layout", [None, "nested"])
def test_a_node_that_is_out_is_put_back_by_an_update_without_the_parameter(layout: str | None) -> None:
    new = templates_of(bundle(layout=layout))
    old = replace(new, parameters={"out": "default-1,master-0"})
    found = compared("payments", old, new)
    added = {change.resource for change in found.changes if change.kind is ChangeKind.ADD}
    assert added == {
        "default-1", "default-1-docker-volume-attachment", "master-0", "master-0-etcd-volume-attachment"
    }  # fmt: skip
    assert len(found.changes) == 4
    assert compared("payments", new, new).changes == ()
