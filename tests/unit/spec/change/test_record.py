"""A spec's record: what a template keeps of the properties that it was made from."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from jeroboam.hot.contract import OutputName
from jeroboam.pipeline import compile_spec
from jeroboam.spec import read
from jeroboam.spec.change.record import Record, parse, record, text
from tests.support.cases import CASES, Case

SPEC = """\
spec_version: 1
kind: cluster
name: prod
coe: kubernetes
distro: ubuntu
image: ubuntu-24.04
network: {external_network: public}
masters: {flavor: m1.medium}
node_groups:
- {name: default, flavor: m1.large}
- {name: gpu, flavor: g1.large, image: ubuntu-gpu, server_group_policy: null}
kubernetes: {manifests: [a/settings.yaml]}
"""


def _record(folder: Path, spec: str = SPEC, manifest: str = "{apiVersion: v1, kind: ConfigMap}\n") -> Record:
    (folder / "a").mkdir(exist_ok=True)
    (folder / "a" / "settings.yaml").write_text(manifest, encoding="utf-8")
    path = folder / "cluster.yaml"
    path.write_text(spec, encoding="utf-8")
    found = read(str(path))
    assert found.value is not None, found.diagnostics
    return record(found.value.document, "1.37.2", "single")


def test_a_group_is_in_the_path_and_each_role_has_its_image(tmp_path: Path) -> None:
    found = _record(tmp_path)
    assert found["node_groups.gpu.image"] == "ubuntu-gpu"
    assert found["node_groups.default.image"] == found["masters.image"] == "ubuntu-24.04"
    assert "image" not in found
    assert found["coe_version"] == "1.37.2"


def test_a_file_is_its_name_and_what_it_holds(tmp_path: Path) -> None:
    one, other = _record(tmp_path), _record(tmp_path, manifest="{apiVersion: v1, kind: Secret}\n")
    assert str(one["kubernetes.manifests"]).startswith("['settings.yaml sha256:")
    assert [path for path in one if one[path] != other[path]] == ["kubernetes.manifests"]


def test_the_text_leaves_out_defaults_and_is_read_back_whole(tmp_path: Path) -> None:
    found = _record(tmp_path)
    told = text(found)
    assert parse(told) == found
    assert "kubernetes.service_cidr" in found
    assert "kubernetes.service_cidr" not in told
    assert "node_groups.gpu.server_group_policy: null\n" in told
    assert "node_groups.default.server_group_policy" not in told
    assert "swarm" not in told


def test_a_default_that_the_cluster_has_not_is_told_as_null(tmp_path: Path) -> None:
    spec = SPEC.replace("{external_network: public}", "{fixed_network: a, fixed_subnet: b}")
    found = _record(tmp_path, spec)
    assert "network.cidr" not in found
    assert "network.cidr: null\n" in text(found)
    assert parse(text(found)) == found


@pytest.mark.parametrize("told", ["prod\n", "name: {\n"])
def test_another_text_is_no_record(told: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(told)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_template_has_the_record_of_its_spec(case: Case) -> None:
    reading, compiled = read(str(case.spec)), compile_spec(str(case.spec))
    assert reading.value
    assert compiled.value
    template = yaml.safe_load(compiled.value.bundle.hot)
    told = template["outputs"][OutputName.SPEC]["value"]
    model = compiled.value.model
    assert parse(told) == record(
        reading.value.document, model.coe_version, reading.value.spec.heat.layout, model.versions
    )
    addons = {path: value for path, value in parse(told).items() if path.startswith("kubernetes.addons.")}
    assert all(it["version"] for it in addons.values() if isinstance(it, dict) and it["enabled"])


def test_the_layout_is_the_one_that_was_compiled(tmp_path: Path) -> None:
    _record(tmp_path)
    compiled = compile_spec(str(tmp_path / "cluster.yaml"), layout="nested")
    assert compiled.value
    assert 'heat.layout: "nested"' in compiled.value.bundle.hot
