"""The nested layout says the same as the single one, cut at the node groups."""

from __future__ import annotations

from jeroboam.hot.lower import lower
from jeroboam.hot.nested import nested
from jeroboam.hot.references import references
from jeroboam.hot.types import GetAttr, GetParam
from jeroboam.platforms.ubuntu import PLUGIN
from tests.unit.hot.samples import SPEC, model


def test_a_group_moves_out_whole() -> None:
    cluster = model(SPEC)
    single = lower(cluster, {role.name: PLUGIN.user_data(role.config, 0) for role in cluster.roles})
    ids = single.owned_by("/node_groups/0")
    assert {"default-0", "default-0-port", "default-config", "default-ready"} <= ids
    result = nested(single, {"default": ids})
    child = result.children["nested/default.yaml"]
    holder = next(r for r in result.parent.resources if r.id == "default-nodes")
    assert holder.type == "nested/default.yaml"
    assert {r.id for r in child.resources} == ids
    assert not {r.id for r in result.parent.resources} & ids
    assert set(holder.properties) == {p.name for p in child.parameters}
    for template in (result.parent, child):
        parameters = {p.name for p in template.parameters}
        known = {r.id for r in template.resources}
        for r in template.resources:
            assert set(r.depends_on) <= known
            for ref in references(r.properties):
                assert (ref.name in parameters) if isinstance(ref, GetParam) else (ref.id in known)


def test_outputs_are_read_through_the_group() -> None:
    cluster = model(SPEC)
    single = lower(cluster, {role.name: PLUGIN.user_data(role.config, 0) for role in cluster.roles})
    result = nested(single, {"default": single.owned_by("/node_groups/0")})
    addresses = next(o for o in result.parent.outputs if o.name == "node_private_addresses")
    read = list(references(addresses.value))
    assert all(isinstance(ref, GetAttr) and ref.id == "default-nodes" for ref in read)
    exported = {o.name for o in result.children["nested/default.yaml"].outputs}
    assert {ref.path[0] for ref in read if isinstance(ref, GetAttr)} == exported


def test_hidden_parameters_stay_hidden_and_without_default() -> None:
    cluster = model(SPEC)
    single = lower(cluster, {role.name: PLUGIN.user_data(role.config, 0) for role in cluster.roles})
    child = nested(single, {"default": single.owned_by("/node_groups/0")}).children["nested/default.yaml"]
    ca = next(p for p in child.parameters if p.name == "ca_cert")
    assert ca.hidden
    assert ca.default is None
