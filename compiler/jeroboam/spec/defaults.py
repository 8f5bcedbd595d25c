"""Removes nulls and fills in defaults.

A default that is a value stands in the schema. One that follows from other properties is a rule of
`complete`; the schema tells users of it in words, by `x-default` or in the description.
"""

from __future__ import annotations

from copy import deepcopy

from jeroboam.source import Data
from jeroboam.spec.schema import Schema, composed, flat, member, members


def without_nulls(value: Data, schema: Schema) -> Data:
    """`value` less each null that means "back to the default": of a known property that allows none."""
    if isinstance(value, list):
        return [without_nulls(item, member(schema, 0)) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_nulls(inner, below)
        for key, inner in value.items()
        if not ((below := member(schema, key)) and inner is None and not _nullable(below))
    }


def filled(value: Data, schema: Schema) -> Data:
    """`value` with defaults, known properties first and in the schema's order.

    Whole floats of integer properties become integers.
    """
    if isinstance(value, list):
        return [filled(item, member(schema, 0)) for item in value]
    if not isinstance(value, dict):
        return int(value) if schema.get("type") == "integer" and isinstance(value, float) else value
    result: dict[str, Data] = {}
    for name, declared in members(schema).items():
        below = flat(declared)
        if name in value:
            result[name] = filled(value[name], below)
        elif "default" in below:
            result[name] = filled(deepcopy(below["default"]), below)
    for name, inner in value.items():
        if name not in result:
            result[name] = filled(inner, member(schema, name))
    return result


def complete(data: dict[str, Data]) -> dict[str, Data]:
    """The spec `data` with every default, those that depend on other properties included."""
    schema = composed()
    given_network = _mapping(data, "network")
    given_api = _mapping(data, "api")
    given_containers = _mapping(data, "container_network")
    coe = data.get("coe")
    unused = [name for name in schema["x-coes"] if name != coe]
    result = filled(data, schema)
    assert isinstance(result, dict)
    # Only the block of the cluster's own COE stays.
    result = {key: value for key, value in result.items() if key not in unused}
    network, api, containers = (_mapping(result, key) for key in ("network", "api", "container_network"))
    if "fixed_subnet" in network and "cidr" not in given_network:
        del network["cidr"]
    if "load_balancer" not in given_api:
        count = _mapping(result, "masters").get("count")
        result["api"] = api = {"load_balancer": isinstance(count, int) and count > 1, **api}
    if "floating_ip" not in given_api and "external_network" not in network:
        api["floating_ip"] = not ("router" in network or "fixed_network" in network)
    bastion = _mapping(result, "bastion")
    if "floating_ip" not in _mapping(data, "bastion") and "external_network" not in network:
        bastion["floating_ip"] = not ("router" in network or "fixed_network" in network)
    if containers.get("driver") == "flannel" and "backend" not in given_containers:
        containers["backend"] = filled({}, member(member(schema, "container_network"), "backend"))
    return result


def _nullable(schema: Schema) -> bool:
    kind = schema.get("type")
    return isinstance(kind, list) and "null" in kind


def _mapping(data: dict[str, Data], key: str) -> dict[str, Data]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}
