"""What a stack holds, from Heat's own list of its resources; and which cluster a template describes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jeroboam.deploy.clusters import Endpoint, described, endpoint
from jeroboam.deploy.leftovers.gather import held
from jeroboam.deploy.leftovers.types import NETWORK, SERVER, VOLUME
from jeroboam.deploy.types import Stack, StackResource
from jeroboam.hot.contract import Identity

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def resource(name: str, kind: str, physical_id: str, stack: str = "prod/1") -> StackResource:
    return StackResource(stack, name, kind, "CREATE", "COMPLETE", "", physical_id, NOW, ())


def test_ids_by_type_of_nested_stacks_too() -> None:
    found = held(
        "prod",
        [
            resource("network", NETWORK, "n1"),
            resource("master-0", SERVER, "s1"),
            resource("default-0", SERVER, "s2", "prod-default-abc/2"),
            resource("default-1", SERVER, ""),
            resource("master-0-etcd-volume", VOLUME, "v1"),
            resource("default-0-docker-volume", VOLUME, "v2"),
        ],
    )
    assert found.of(SERVER) == {"s1", "s2"}
    assert found.of("OS::Neutron::Router") == frozenset()
    assert found.retained == {"v1"}
    assert found.every == {"n1", "s1", "s2", "v1", "v2"}


PROD = {"name": "prod", "coe": "kubernetes", "distro": "ubuntu"}


@pytest.mark.parametrize(
    ("outputs", "cluster"),
    [
        ({"jeroboam_cluster": {"value": PROD}}, Identity("prod", "kubernetes", "ubuntu")),
        ({"jeroboam_cluster": {"value": {"name": "prod"}}}, None),
        ({"jeroboam_cluster": {"value": "prod"}}, None),
        ({"jeroboam_cluster": None}, None),
        ({"url": {"value": PROD}}, None),
        (None, None),
    ],
)
def test_which_cluster_a_template_is(outputs: object, cluster: Identity | None) -> None:
    assert described({"description": "A web server", "outputs": outputs}) == cluster


def stack(**outputs: object) -> Stack:
    return Stack("1", "prod", "CREATE", "COMPLETE", "", NOW, None, ("jeroboam",), 60, {}, outputs)


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ({}, None),
        ({"api_url": None}, None),
        ({"api_url": "https://:6443"}, None),
        (
            {"api_url": "https://192.0.2.7:6443", "master_public_addresses": []},
            Endpoint("https", "192.0.2.7", 6443, ()),
        ),
        (
            {
                "api_url": "http://[2001:db8::7]:8080",
                "master_public_addresses": [],
                "master_private_addresses": ["10.0.0.5"],
            },
            Endpoint("http", "2001:db8::7", 8080, ("10.0.0.5",)),
        ),
    ],
)
def test_where_the_api_is(outputs: dict[str, object], found: Endpoint | None) -> None:
    assert endpoint(stack(**outputs)) == found
