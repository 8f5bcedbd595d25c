"""What a spec is, and what it is made from, told by content."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jeroboam.source.found import FoundSpec, found_specs
from jeroboam.spec.schema import file_patterns
from jeroboam.storage.inputs import root_of


def _found(folder: Path, *names: str) -> list[FoundSpec]:
    return list(found_specs([str(folder / name) for name in names], file_patterns(), root_of(str(folder))))


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("spec_version: 1\nkind: cluster\n", False),
        ("kind: cluster_template\nspec_version: 1\n", True),
        ("spec_version: 1\nkind: clutser\n", False),
        ("spec_versoin: 1\nkind: cluster_template\n", True),
        ('{"kind": "cluster", "spec_version": 1}', False),
        ("{'kind' : !!str &a cluster_template, spec_versoin: 1}", True),
        ("\ufeff# ours\nkind: cluster # of production\n", False),
        ("spec_version: 1\r\nkind: cluster_template\r\n", True),
        ("kind: cluster_template\nname: [\n", True),
        ("spec_version: 1\n\tkind: cluster\n", False),
        ("kind: cluster\n---\nkind: cluster\n", False),
    ],
)
def test_a_spec_in_whatever_state(tmp_path: Path, text: str, template: bool) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8", newline="")
    assert [spec.is_template for spec in _found(tmp_path, "a.yaml")] == [template]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n",
        "- spec_version: 1\n  kind: cluster\n",
        "outer:\n  spec_version: 1\n  kind: cluster\n",
        "outer: {kind: cluster,\n",
        "outer:\n  kind: cluster\n\tx: [\n",
        "kind: cluster_of_something\nx: [\n",
    ],
)
def test_what_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert _found(tmp_path, "a.yaml") == []


def test_what_it_is_made_from(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/base.yaml").write_text(
        "kind: cluster_template\nhooks: {pre_bootstrap: [one.sh]}\nkubernetes: {manifests: [m.yaml]}\n"
    )
    (tmp_path / "mid.yaml").write_text("kind: cluster_template\ntemplate: shared/base.yaml\n")
    (tmp_path / "a.yaml").write_text(
        "kind: cluster\nname: a\ntemplate: mid.yaml\ntls: {trusted_ca_files: [b.pem]}\n"
    )
    (a,) = _found(tmp_path, "a.yaml")
    # Whether they are there or not: one that is removed is missed.
    assert (a.name, {os.path.relpath(path, tmp_path) for path in a.files}) == (
        "a", {"a.yaml", "mid.yaml", "b.pem", "shared/base.yaml", "shared/one.sh", "shared/m.yaml"}
    )  # fmt: skip


def test_a_cycle_and_a_link_end(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: cluster\ntemplate: b.yaml\n")
    (tmp_path / "b.yaml").write_text("kind: cluster_template\ntemplate: a.yaml\n")
    (tmp_path / "c.yaml").symlink_to("a.yaml")
    found = _found(tmp_path, "a.yaml", "b.yaml", "c.yaml")
    assert [Path(spec.path).name for spec in found] == ["a.yaml", "b.yaml"]
    assert found[0].files == found[1].files


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "out.yaml").write_text("kind: cluster\n")
    (inside / "a.yaml").symlink_to("../out.yaml")
    os.mkfifo(inside / "b.yaml")
    assert _found(inside, "a.yaml", "b.yaml", "missing.yaml") == []
