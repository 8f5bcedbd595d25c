"""Both validators agree, nothing raises, and one mistake is one finding."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeroboam.serialize import yaml_text
from jeroboam.source import Data, load_spec
from jeroboam.spec import judged, read, validate
from jeroboam.spec.schema import composed
from tests.unit.spec.specs import BASE, codes, errors, reading

FOLDER = Path(__file__).parents[2] / "errors"
SPECS = sorted(FOLDER.glob("*/cluster.yaml"))

ODD = st.sampled_from(
    [None, True, 0, -1, 7, 1.5, 2.0, "", "x", "a\n", "10.0.0.0/8", "1.30",
     [], ["x"], ["x", "x"], [None], {}, {"x": 1}]
)  # fmt: skip
FULL: dict[str, Any] = {
    **BASE,
    "tags": ["a"],
    "api": {"port": 6443},
    "container_network": {"backend": {"type": "vxlan", "vni": 1}, "ipv6": {"cidr": "fd00::/48"}},
    "runtime": {"storage_driver": "overlay2"},
    "kubernetes": {"addons": {"cinder_csi": {"enabled": True}}, "feature_gates": {"A": True}},
    "hooks": {"pre_bootstrap": []},
    "tls": {"enabled": True},
}


def pointers(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(p for key, inner in items for p in pointers(inner, (*at, key)))]


def changed(at: tuple[Any, ...], value: Any, key: str | None) -> Any:
    data = copy.deepcopy(FULL)
    if not at:
        return data
    holder: Any = data
    for token in at[:-1]:
        holder = holder[token]
    if key is not None and isinstance(holder, dict):
        holder[key] = value
    else:
        holder[at[-1]] = value
    return data


MUTANTS = st.builds(
    changed,
    st.sampled_from(pointers(FULL)),
    ODD,
    st.none() | st.sampled_from(["x", "flavor", "token", "a b"]),
)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name)
def test_both_agree_on_every_fixture(path: Path) -> None:
    document = load_spec(str(path)).value
    if document is not None:
        assert validate.fits(document.data) == (validate.violations(document.data) == [])


@given(MUTANTS)
def test_both_agree_on_mutants(data: Any) -> None:
    assert validate.fits(data) == (validate.violations(data) == [])


@pytest.mark.slow
@given(MUTANTS, MUTANTS)
def test_nothing_raises(one: Any, two: Any) -> None:
    for template in (one, two):
        mixed = {**one, **{key: template[key] for key in list(template)[::2]}}
        result = read("-", yaml_text(mixed).encode())
        assert all(d.span and d.hint for d in result.diagnostics)
        judged("-", yaml_text({**mixed, "kind": "cluster_template"}).encode())


def test_without_jsonschema_rs(monkeypatch: pytest.MonkeyPatch) -> None:
    validate._gate.cache_clear()
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    assert validate.fits(BASE)
    assert not validate.fits({**BASE, "name": "Bad"})
    validate._gate.cache_clear()


def test_the_end_of_a_pattern_is_the_end_of_the_text() -> None:
    data = {**BASE, "name": "demo\n"}
    assert not validate.fits(data)
    assert [violation.keyword for violation in validate.violations(data)] == ["pattern"]


def test_one_mistake_is_one_finding() -> None:
    assert codes(name="A" * 50) == ["JB0209"]
    assert codes(container_network={"backend": {"type": "vxlann", "vni": 5}}) == ["JB0204"]
    assert codes(container_network={"backend": {"vnii": 5}}) == ["JB0201"]
    assert codes(node_groups=[{"name": "a", "flavour": "x"}]) == ["JB0201"]
    assert codes(network={"external_netwrk": "public"}) == ["JB0201"]
    assert codes(masters={"flavor": "f", "password": "x"}) == ["JB0213"]


@pytest.mark.parametrize(
    "changes",
    [
        *({name: 2024} for name in ("name", "coe", "distro", "image", "keypair")),
        {"network": {**BASE["network"], "external_network": 5}},
        {"masters": {"flavor": 4}},
        {"masters": {"flavor": "m", "image": 24.04}},
        {"node_groups": [{"name": 3, "flavor": "l"}]},
        {"node_groups": [{"name": "default", "flavor": 1e3}]},
        {"node_groups": [{"name": "default", "flavor": "l", "node_labels": {"a": 1}}]},
    ],
    ids=str,
)
def test_a_number_where_a_name_belongs_is_one_finding(changes: dict[str, Any]) -> None:
    assert errors(**changes) == ["JB0203"]


def test_later_checks_still_speak_of_what_is_right() -> None:
    assert errors(name="Bad_Name", masters={"flavor": "f", "count": 2}) == ["JB0205", "JB0330"]


def test_later_checks_are_silent_on_what_is_wrong() -> None:
    network = {**BASE["network"], "cidr": "10.100.0.0/33"}
    assert errors(network=network) == ["JB0301"]
    many = [{"name": "default", "flavor": "f", "count": "300"}]
    assert errors(node_groups=many) == ["JB0203"]


def test_every_required_thing_is_asked_for_in_clusters_only() -> None:
    assert errors(coe=None, distro=None, masters=None, image=None)[:3] == ["JB0202"] * 3
    template = {"spec_version": 1, "kind": "cluster_template", "name": "t"}
    assert judged("-", yaml_text(template).encode()).diagnostics == ()


def test_unquoted_versions_are_shown_as_written() -> None:
    result = read("-", (yaml_text(BASE) + "coe_version: 1.30\n").encode())
    assert [d.code for d in result.diagnostics] == ["JB0206"]
    assert "1.30" in result.diagnostics[0].message
    assert result.diagnostics[0].hint == 'write "1.30", with the quotes'


def test_whole_floats_are_integers() -> None:
    result = read("-", yaml_text({**BASE, "masters": {"flavor": "f", "count": 3.0}}).encode())
    assert result.value is not None
    assert result.value.spec.masters.count == 3
    assert isinstance(result.value.spec.masters.count, int)


def test_secrets_are_not_printed() -> None:
    from jeroboam.diagnostics.text import text

    result = reading(masters={"flavor": "f", "api_key": "hunter2"})
    assert "hunter2" not in text(result.diagnostics, result.sources)


def test_schema_keywords_are_all_explained() -> None:
    from jeroboam.spec.problems import _SAYINGS

    judging = {
        "type", "enum", "const", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems",
        "maxItems", "maxProperties", "uniqueItems", "required", "additionalProperties",
        "unevaluatedProperties",
    }  # fmt: skip
    quiet = {"properties", "items", "propertyNames", "allOf", "if", "then", "$ref", "$defs", "$schema"}
    notes = {"title", "description", "default", "examples", "enumDescriptions"}

    def keywords(schema: Any, *, names: bool = False) -> set[str]:
        if isinstance(schema, list):
            return set().union(*(keywords(inner) for inner in schema))
        if not isinstance(schema, dict):
            return set()
        found = set() if names else {key for key in schema if not key.startswith("x-")}
        for key, inner in schema.items():
            if names or key not in {"default", "examples", "const", "enum", "x-aliases"}:
                found |= keywords(inner, names=not names and key in {"properties", "$defs"})
        return found

    assert keywords(composed()) <= judging | quiet | notes
    assert judging - {"type"} == set(_SAYINGS)


def test_items_are_compared_as_json_schema_has_it() -> None:
    items: list[Data] = [1, True, 1.0, "1", [1], [True], [1.0], {"a": 1}, {"a": True}, {"a": 1.0}, None, None]
    assert validate.repeated(items) == [2, 6, 9, 11]


@pytest.mark.parametrize("url", ["a://b:c@d", "a://:c@d", "a://b:c:d@e", "a+b://b::@d"])
def test_password_in_a_url(url: str) -> None:
    assert codes(description=url) == ["JB0213"]


@pytest.mark.parametrize("url", ["a://b@d", "a://b:@d", "a://b:c/d@e", "a://b:c d@e", "://b:c@d", "a:b:c@d"])
def test_no_password_in_a_url(url: str) -> None:
    assert codes(description=url) == []


def test_what_is_too_long_is_said_beside_what_else_is_wrong() -> None:
    tags = ["a" * 200, "b", "b", "c,d", *(f"t{n}" for n in range(60))]
    found = [(d.code, d.pointer) for d in reading(tags=tags).diagnostics]
    assert found == [("JB0209", "/tags"), ("JB0209", "/tags/0"), ("JB0210", "/tags/2"), ("JB0205", "/tags/3")]


def test_hopeless_specs_are_explained_in_part() -> None:
    found = reading(**{f"x{n}": 1 for n in range(5000)}).diagnostics
    assert sum(d.code == "JB0201" for d in found) == validate.MAX_EXPLAINED
    assert sum(d.code == "JB0215" for d in found) == 1
