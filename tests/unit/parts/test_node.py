"""parts.node: what nodes of one kind are given."""

from __future__ import annotations

from pathlib import Path

from jeroboam.pipeline import plan_spec

SPEC = """
spec_version: 1
kind: cluster
name: demo
coe: swarm
distro: ubuntu
image: ubuntu-24.04
keypair: ops
network: {external_network: public, api_allowed_cidrs: [192.0.2.0/24]}
masters: {flavor: m, hooks: {post_bootstrap: [own.sh]}}
node_groups: [{name: gpu, flavor: g, hooks: {pre_bootstrap: [own.sh]}}, {name: plain, flavor: m}]
hooks: {pre_bootstrap: [all.sh]}
"""


def test_hooks_of_some_nodes_run_there_alone_and_after_the_clusters(tmp_path: Path) -> None:
    for name in ("all", "own"):
        (tmp_path / f"{name}.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "cluster.yaml").write_text(SPEC, encoding="utf-8")
    model = plan_spec(str(tmp_path / "cluster.yaml")).value
    assert model is not None
    folder = "/etc/jeroboam/hooks/"
    hooks = {
        role.name: sorted(file.path.removeprefix(folder) for file in role.config.files if folder in file.path)
        for role in model.roles
    }
    assert hooks == {
        "master": ["post/00-own.sh", "pre/00-all.sh"],
        "gpu": ["pre/00-all.sh", "pre/01-own.sh"],
        "plain": ["pre/00-all.sh"],
    }
    steps = {role.name: {Path(file.path).name for file in role.config.files} for role in model.roles}
    assert ["80-post-hooks.sh" in steps[name] for name in ("master", "gpu", "plain")] == [True, False, False]
