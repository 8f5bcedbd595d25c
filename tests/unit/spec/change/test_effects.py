"""Every property says what a change of it does, and says what the compiler then really does."""

from __future__ import annotations

import pytest

from jeroboam import plugins
from jeroboam.deploy.plan import ChangeKind, compared, templates_of
from jeroboam.hot.contract import OfRole, parse_node_id, parse_role_id
from jeroboam.serialize import load_yaml_all
from jeroboam.spec.change.effects import effects, rules_named
from jeroboam.spec.change.rules import GENERAL
from jeroboam.spec.change.types import ChangeEffect, Effects
from jeroboam.spec.explain import explain
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import composed, flat, members
from tests.support.variations import UNREACHED, Variation, names, variation

COES = tuple(composed()["x-coes"])
_THROUGH_THE_CLUSTER = {
    "kubernetes.max_pods",
    "kubernetes.feature_gates",
    "runtime.log_max_size",
    "runtime.log_max_files",
}
"""All nodes have these from what masters have stored; only masters' files say them."""
_OF_FLANNEL = frozenset(
    f"container_network.backend.{name}" for name in ("direct_routing", "keepalive", "mtu")
)
_STORED_BY_MASTERS = {"swarm": {*_OF_FLANNEL, "swarm.autolock"}, "mesos": _OF_FLANNEL}
"""Nothing tells a running cluster of these but masters that are made with them."""
_IN_NOVA = {"keypair"}
"""No template has it: what it holds becomes part of the cluster's own keypairs."""


def test_every_property_has_an_effect() -> None:
    leaves = [
        name
        for name, schema in paths().items()
        if not members(flat(schema["items"]) if "items" in schema else schema)
    ]
    assert leaves
    assert [name for name in leaves if effects(name) is None] == []


def test_every_rule_that_the_schema_names_is_there_and_used() -> None:
    drivers = [plugins.driver(coe) for coe in COES]
    own = {name for driver in drivers if driver for name in driver.changes}
    assert rules_named() <= GENERAL.keys() | own
    assert own <= rules_named()


def test_what_no_schema_knows_has_none() -> None:
    assert effects("network.colour") is None
    assert effects("network") is None


def test_explain_says_it() -> None:
    assert "never: a living cluster cannot change it" in (explain("container_network.cidr") or "")
    assert "roll: masters have to be made anew" in (explain("kubernetes.scheduler_args") or "")
    assert "depends on the values" in (explain("masters.count") or "")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(names()) - UNREACHED))
def test_the_table_says_what_the_compiler_does(name: str) -> None:
    """Which nodes a changed property reaches, by the resources and the node files that differ."""
    said = effects(name)
    assert said is not None
    taken = [found for coe in COES if (found := variation(coe, name))]
    assert taken, "no COE takes the varied value; tests/support/variations.py should say one that it does"
    reached = {found.coe: _reached(found) for found in taken}
    for coe, roles in reached.items():
        assert roles <= _allowed(name, said), f"{coe}: {roles}"
    if said.effect in (ChangeEffect.NEW, ChangeEffect.ROLL) and not said.rule and name not in _IN_NOVA:
        assert any(reached.values()), "no node differs, so there is nothing to be made anew"
    if said.effect is ChangeEffect.API and not said.rule:
        for found in taken:
            assert not _behind(found) or name in _STORED_BY_MASTERS.get(found.coe, ()), found.coe
    if name in _THROUGH_THE_CLUSTER:
        assert reached["kubernetes"] == {"master"}


def _reached(found: Variation) -> set[str]:
    """The roles whose servers boot with something else, or would be made anew, restarted or written anew."""
    plan = compared("prod", templates_of(found.before), templates_of(found.after))
    roles: set[str] = set()
    for change in plan.changes:
        of_role, of_node = parse_role_id(change.resource), parse_node_id(change.resource)
        if of_role and of_role[1] is OfRole.CONFIG:
            roles.add(of_role[0])
        elif (
            of_node
            and change.type == "OS::Nova::Server"
            and change.kind in (ChangeKind.REPLACE, ChangeKind.CHANGE)
        ):
            causes = {cause.path.split("/")[0] for cause in change.causes if not cause.harmless}
            if causes - {"metadata"}:
                roles.add(of_node[0])
    return roles


def _behind(found: Variation) -> set[str]:
    """The roles whose running nodes would be called behind."""
    before, after = (
        load_yaml_all(bundle.hot)[0]["outputs"]["node_configs"]["value"]
        for bundle in (found.before, found.after)
    )
    return {role for role, digest in after.items() if before.get(role) != digest}


def _allowed(name: str, said: Effects) -> set[str]:
    """The roles that it may reach: of `prod`, with its groups `default`, which varies, and `other`."""
    everybody = {"master", "default", "other"}
    if said.effect is ChangeEffect.NEVER or said.rule:
        return everybody
    if said.effect is ChangeEffect.API:
        # A node that joins later is told by its own files.
        return {"default"} if name.startswith("node_groups.") else {"master"}
    if said.effect is ChangeEffect.LIVE:
        return set()
    mine = {"all": everybody, "masters": {"master"}, "workers": {"default", "other"}}[said.nodes]
    return mine & {"default"} if name.startswith("node_groups.") else mine
