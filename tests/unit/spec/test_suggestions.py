"""What a finding suggests: names that exist here, examples that could stand there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jeroboam.diagnostics import Diagnostic
from jeroboam.resources import schemas
from jeroboam.spec import read
from jeroboam.spec.explain import explain
from jeroboam.spec.phrases import paths
from jeroboam.spec.schema import composed, flat, member, members
from jeroboam.spec.synonyms import synonym, synonyms
from tests.unit.spec.specs import BASE

TABLE: dict[str, dict[str, str]] = {
    owner: names
    for owner, names in json.loads((schemas() / "v1/synonyms.json").read_text(encoding="utf-8")).items()
    if isinstance(names, dict)
}
ROWS = [(owner, name, path) for owner, names in TABLE.items() for name, path in names.items()]


def found(data: dict[str, Any]) -> tuple[Diagnostic, ...]:
    return read("-", json.dumps(data).encode()).diagnostics


def hints(data: dict[str, Any], code: str = "JB0201") -> list[str | None]:
    return [d.hint for d in found(data) if d.code == code]


@pytest.mark.parametrize(("owner", "name", "path"), ROWS)
def test_every_target_is_a_property(owner: str, name: str, path: str) -> None:
    target = path.removeprefix("not ")
    assert target in paths()
    known = synonym(name)
    assert known is not None
    assert (known.path, known.opposite) == (target, path != target)
    # Where the target is, the name is no property; it would never be asked for.
    assert name not in {path.rpartition(".")[2] for path in paths() if path == target}


def test_four_programs_agree_on_what_a_name_means() -> None:
    assert set(TABLE) == {"Magnum", "kOps", "Cluster API Provider OpenStack", "kubespray"}
    meanings: dict[str, set[str]] = {}
    for _, name, path in ROWS:
        meanings.setdefault(name.replace("_", "").lower(), set()).add(path)
    assert [name for name, paths in meanings.items() if len(paths) > 1] == []
    assert len(synonyms()) == len(meanings)


@pytest.mark.parametrize(("owner", "name", "path"), ROWS)
def test_at_the_top_each_is_told(owner: str, name: str, path: str) -> None:
    (hint,) = hints({**BASE, name: "x"})
    assert hint is not None
    assert f"'{path.removeprefix('not ')}'" in hint


@pytest.mark.parametrize(
    ("at", "name", "hint"),
    [
        ("network", "externalNetwork", "did you mean 'external_network'?"),
        ("masters", "machineType", "did you mean 'flavor'?"),
        ("masters", "docker_volume_size", "did you mean 'docker_volume.size'?"),
        ("node_groups", "replicas", "did you mean 'count'?"),
        ("node_groups", "taints", "did you mean 'node_taints'?"),
        ("tls", "tls_disabled", "did you mean 'enabled', the other way round?"),
        ("tls", "kube_tag", "a name of Magnum: here it is 'coe_version'"),
        ("api", "kubernetesApiAccess", "a name of kOps: here it is 'network.api_allowed_cidrs'"),
        # What is nearly a name of ours is one of ours, misspelt.
        ("network", "external_netwrk", "did you mean 'external_network'?"),
    ],
)
def test_where_they_stand(at: str, name: str, hint: str) -> None:
    data = json.loads(json.dumps(BASE))
    held = data["node_groups"][0] if at == "node_groups" else data.setdefault(at, {})
    held[name] = "x"
    assert hints(data) == [hint]


def test_labels_of_magnum_are_translated() -> None:
    labels = {"kube_tag": "v1.30.1", "boot_volume_size": 40, "odd": 1}
    (hint,) = hints({**BASE, "labels": labels})
    assert hint == (
        "of Magnum; here 'kube_tag' is 'coe_version', 'boot_volume_size' is 'node_groups.boot_volume.size'"
    )
    (hint,) = hints({**BASE, "labels": dict.fromkeys(TABLE["Magnum"], "x")})
    assert hint is not None
    assert hint.endswith(f", and {len(TABLE['Magnum']) - 4} more are known")
    assert len(hint) < 300


def test_what_a_synonym_means_is_not_missing_too() -> None:
    data = json.loads(json.dumps(BASE))
    data["masters"] = {"machineType": "m"}
    data["node_groups"][0] = {"name": "default", "machineType": "m"}
    del data["image"], data["distro"]
    assert {d.code for d in found({**data, "cluster_distro": "ubuntu", "image_id": "x"})} >= {"JB0201"}
    assert hints({**data, "cluster_distro": "ubuntu", "image_id": "x"}, "JB0202") == []


def _wrong(schema: Any) -> Iterator[Any]:
    """A value of each type that a schema does not take, null among them."""
    kinds = schema.get("type", "string")
    taken = {kinds} if isinstance(kinds, str) else {*kinds}
    names = {"array": [], "object": {}, "string": "text", "integer": 1, "boolean": True, "null": None}
    yield from (value for name, value in names.items() if name not in taken)


@pytest.mark.parametrize("path", paths())
def test_no_example_is_null(path: str) -> None:
    page = explain(path)
    assert page is not None
    assert not [line for line in page.splitlines() if line.strip().startswith("example") and "null" in line]
    schema = flat(paths()[path])
    values: list[Any] = [*_wrong(schema)]
    if "items" in schema:
        values += [[wrong] for wrong in _wrong(member(schema, 0))]
    if isinstance(schema.get("additionalProperties"), dict):
        values += [{"key": wrong} for wrong in _wrong(member(schema, "key"))]
    for value in values:
        for d in found(_with(path, value)):
            assert not (d.hint or "").endswith(("null", ": None")), (value, d)


def _with(path: str, value: Any) -> dict[str, Any]:
    """BASE with a value at a dotted path."""
    data: dict[str, Any] = json.loads(json.dumps(BASE))
    if path.split(".")[0] in composed()["x-coes"]:
        data["coe"] = path.split(".")[0]
    held, schema = data, composed()
    *above, name = path.split(".")
    for token in above:
        schema = flat(members(schema)[token])
        if "items" in schema:
            schema = flat(schema["items"])
            if not isinstance(held.get(token), list):
                held[token] = [{}]
            held = held[token][0]
        else:
            held = held.setdefault(token, {})
    held[name] = value
    return data


def test_a_misspelt_group_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(json.dumps({**BASE, "kind": "cluster_template"}))
    for name, codes in (("defualt", ["JB0216"]), ("default", []), ("edge", ["JB0202"])):
        cluster = {"spec_version": 1, "kind": "cluster", "name": "a", "template": "base.yaml"}
        spec = tmp_path / "a.yaml"
        spec.write_text(json.dumps({**cluster, "node_groups": [{"name": name, "count": 2}]}))
        errors = [d for d in read(str(spec)).diagnostics if d.severity == "error"]
        assert [d.code for d in errors] == codes
    # A cluster of its own has no template to be meant.
    alone = {**BASE, "node_groups": [*BASE["node_groups"], {"name": "defualt"}]}
    assert [d.code for d in found(alone) if d.severity == "error"] == ["JB0202"]
