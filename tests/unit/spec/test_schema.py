"""The schema itself: complete, sound, and enough for editors and `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jeroboam import plugins
from jeroboam.spec.explain import default, explain, kind, suggestion
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import composed, file_patterns, flat, members, visits

PROPERTIES = paths()


def test_is_a_schema() -> None:
    Draft202012Validator.check_schema(composed())


def test_is_self_contained() -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    found = set(references(composed()))
    assert found
    assert all(reference.startswith("#/$defs/") for reference in found)
    assert {reference.rpartition("/")[2] for reference in found} == set(composed()["$defs"])


@pytest.mark.parametrize("path", PROPERTIES)
def test_property_is_documented(path: str) -> None:
    schema = PROPERTIES[path]
    assert schema["description"].endswith(".")
    assert schema["examples"]
    assert kind(schema)
    assert default(schema)


@pytest.mark.parametrize("path", PROPERTIES)
def test_defaults_and_examples_fit(path: str) -> None:
    schema = {**PROPERTIES[path], "$defs": composed()["$defs"]}
    for example in [*schema["examples"], *([schema["default"]] if "default" in schema else [])]:
        assert list(Draft202012Validator(schema).iter_errors(example)) == []


@pytest.mark.parametrize("path", PROPERTIES)
def test_objects_are_closed(path: str) -> None:
    schema = flat(PROPERTIES[path])
    for one in (schema, flat(schema.get("items"))):
        if members(one):
            assert one.get("additionalProperties") is False or one.get("unevaluatedProperties") is False


def unlimited(schema: Any) -> bool:
    """Whether a list, a text or a mapping of free keys may be of any size."""
    one = flat(schema)
    kinds, inner = one.get("type"), one.get("additionalProperties")
    if kinds == "string":
        return "maxLength" not in one and "enum" not in one
    if kinds == "array":
        return "maxItems" not in one or unlimited(one["items"])
    if kinds != "object" or members(one):
        return False
    return "maxProperties" not in one or unlimited(one["propertyNames"]) or unlimited(inner)


@pytest.mark.parametrize("path", PROPERTIES)
def test_nothing_may_be_of_any_size(path: str) -> None:
    assert not unlimited(PROPERTIES[path])


def test_values_of_coe_and_distro_are_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert composed()["properties"]["coe"]["enum"] == list(plugins.names("drivers"))
    # The old name is still one.
    assert set(composed()["properties"]["distro"]["enum"]) == {*plugins.names("platforms"), "coreos"}


def test_file_patterns() -> None:
    assert set(file_patterns()) == {
        ("hooks", "pre_bootstrap", "*"),
        ("hooks", "post_bootstrap", "*"),
        ("tls", "trusted_ca_files", "*"),
        ("masters", "hooks", "pre_bootstrap", "*"),
        ("masters", "hooks", "post_bootstrap", "*"),
        ("node_groups", "*", "hooks", "pre_bootstrap", "*"),
        ("node_groups", "*", "hooks", "post_bootstrap", "*"),
        ("runtime", "registries", "*", "ca_file"),
        ("kubernetes", "manifests", "*"),
        ("kubernetes", "api_server_files", "*"),
        ("kubernetes", "audit_policy_file"),
    }


def test_visits_know_each_value() -> None:
    data: Any = {"masters": {"flavor": "f", "nope": 1}, "node_groups": [{"name": "x"}]}
    assert [visit.pointer for visit in visits(data, composed())] == [
        "", "/masters", "/masters/flavor", "/node_groups", "/node_groups/0", "/node_groups/0/name",
    ]  # fmt: skip


def test_explain() -> None:
    page = explain("node_groups.flavor")
    assert page is not None
    assert "Nova flavor, name or id." in page
    assert "required  in a cluster, after the merge" in page
    assert "example   flavor: m1.medium" in page
    assert explain("masters.flavour") is None
    assert suggestion("masters.flavour") == "masters.flavor"
    assert suggestion("mtu") == "network.mtu"
    overview = explain()
    assert overview is not None
    assert all(path in overview for path in PROPERTIES)


def test_explain_every_property() -> None:
    for path in PROPERTIES:
        page = explain(path)
        assert page is not None
        assert all(len(line) <= 100 for line in page.splitlines())
