"""Names that a template and its deployment agree on: what is read of one is what it was made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeroboam.hot.contract import (
    Identity,
    OfNode,
    OfRole,
    cluster_of,
    identity_output,
    node_id,
    parse_handle,
    parse_identity,
    parse_node_id,
    parse_role_id,
    role_id,
    server_name,
)

ROLES = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
INDEXES = st.integers(0, 9999)


@pytest.mark.slow
@given(ROLES, st.sampled_from(OfRole))
def test_a_roles_resource(role: str, what: OfRole) -> None:
    assert parse_role_id(role_id(role, what)) == (role, what)


@pytest.mark.slow
@given(ROLES, INDEXES, st.sampled_from(OfNode))
def test_a_nodes_resource(role: str, index: int, what: OfNode) -> None:
    assert parse_node_id(node_id(role, index, what)) == (role, index, what)


@given(ROLES, ROLES, INDEXES)
def test_a_servers_name(cluster: str, role: str, index: int) -> None:
    assert cluster_of(server_name(cluster, role, index), node_id(role, index)) == cluster


@given(st.builds(Identity, st.text(), st.text(), st.text()))
def test_an_identity(identity: Identity) -> None:
    assert parse_identity(identity_output(identity)) == identity


@pytest.mark.parametrize(
    "name", ["", "network", "master-allow-ssh", "default-nodes", "api-floating-ip", "Jo's own-1", "a.b-1"]
)
def test_what_is_nobodys(name: str) -> None:
    assert parse_role_id(name) is None
    assert parse_node_id(name) is None
    assert cluster_of("prod-default-0", name) is None


def test_handles_are_the_two_that_nodes_report_on() -> None:
    assert parse_handle("gpu-1-ready-handle") == ("gpu-1", OfRole.READY_HANDLE)
    assert parse_handle("gpu-1-progress-handle") == ("gpu-1", OfRole.PROGRESS_HANDLE)
    assert parse_handle("gpu-1-ready") is None
