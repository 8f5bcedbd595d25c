"""Steps and the values they read: what is asked for is supplied, what is not is left out."""

from __future__ import annotations

import re

import pytest

from jeroboam.model.types import HeatFact, HeatValue, NodeConfig, SecretRef
from jeroboam.parts.bootstrap import Step, hook_files, libraries_used, names_read, node_config
from jeroboam.resources import fragment

VALUES: dict[str, str | HeatValue] = {
    "JEROBOAM_SIGNAL": HeatFact.SIGNAL,
    "JEROBOAM_PROGRESS": HeatFact.PROGRESS,
    "JEROBOAM_BOOTSTRAP_SECONDS": "1800",
    "JEROBOAM_CLUSTER": "prod",
    "JEROBOAM_COE_VERSION": "1.37.2",
    "JEROBOAM_CONFIG": HeatFact.CONFIG,
    "JEROBOAM_SECRETS": HeatFact.SECRETS,
    "JEROBOAM_VERIFY_OPENSTACK_CA": "true",
    "JEROBOAM_ETCD_VOLUMES": HeatFact.ETCD_VOLUMES,
    "JEROBOAM_CA_KEY": SecretRef("cluster_ca_key"),
}


def _config(*steps: Step) -> NodeConfig:
    return node_config(
        steps=steps,
        files=(),
        units=(),
        values=VALUES,
        ssh_authorized_keys=(),
        requires=frozenset(),
    )


def test_a_node_gets_only_what_its_scripts_read() -> None:
    config = _config(Step(20, "common/steps/kernel"))
    assert config.environment == {
        "JEROBOAM_BOOTSTRAP_SECONDS": "1800",
        "JEROBOAM_CLUSTER": "prod",
        "JEROBOAM_COE_VERSION": "1.37.2",
        "JEROBOAM_VERIFY_OPENSTACK_CA": "true",
    }
    assert config.heat_values == {
        "JEROBOAM_CONFIG": HeatFact.CONFIG,
        "JEROBOAM_SECRETS": HeatFact.SECRETS,
        "JEROBOAM_SIGNAL": HeatFact.SIGNAL,
        "JEROBOAM_PROGRESS": HeatFact.PROGRESS,
    }


def test_a_step_brings_its_values() -> None:
    assert "JEROBOAM_ETCD_VOLUMES" in _config(Step(30, "common/steps/etcd-volume")).heat_values


def test_what_nobody_supplies_is_a_fault() -> None:
    with pytest.raises(KeyError, match="JEROBOAM_MASTER_ADDRESSES"):
        _config(Step(95, "swarm/steps/health"))


def test_comments_below_a_scripts_head_stay_with_the_compiler() -> None:
    """They are a tenth of what Nova takes; what a script says of itself first is for who logs in."""
    (runner,) = (file for file in _config().files if file.path == "/opt/jeroboam/bootstrap.sh")
    source = fragment("common/bootstrap.sh")
    assert runner.content.splitlines()[:3] == source.splitlines()[:3]
    assert re.findall(r"^ *# .*", runner.content, re.MULTILINE) == source.splitlines()[1:3]
    code = [line for line in source.splitlines() if not re.match(r" *# ", line)]
    assert [line for line in runner.content.splitlines() if not line.startswith("# ")] == code


def test_steps_are_files_in_the_order_of_their_numbers() -> None:
    config = _config(Step(5, "common/steps/kernel"), Step(30, "common/steps/etcd-volume"))
    paths = [file.path for file in config.files if "/steps/" in file.path]
    assert sorted(paths) == [
        "/opt/jeroboam/steps/05-kernel.sh",
        "/opt/jeroboam/steps/22-metadata.sh",
        "/opt/jeroboam/steps/30-etcd-volume.sh",
    ]
    assert {file.mode for file in config.files} == {0o755, 0o644}


def test_a_node_gets_the_libraries_that_its_steps_use_and_what_these_use() -> None:
    config = _config(Step(30, "common/steps/etcd-volume"))
    libraries = {
        file.path.removeprefix("/opt/jeroboam/lib/") for file in config.files if "/lib/" in file.path
    }
    assert {file.mode for file in config.files if "/lib/" in file.path} == {0o644}
    assert {"node.sh", "log.sh", "volumes.sh", "files.sh", "retry.sh"} <= libraries
    assert libraries.isdisjoint({"etcd.sh", "kubernetes.sh", "template.sh", "download.sh"})


def test_a_library_is_its_coes_or_common() -> None:
    assert libraries_used([]) == ("common/lib/log.sh", "common/lib/node.sh")
    used = libraries_used(["mesos/steps/zookeeper.sh"])
    assert {"mesos/lib/masters.sh", "mesos/lib/mesos.sh", "common/lib/addresses.sh"} <= set(used)
    assert "kubernetes/lib/masters.sh" not in used


def test_the_units_are_started_the_one_that_closes_the_metadata_service_first() -> None:
    units = [(unit.name, unit.enabled) for unit in _config().units]
    assert units == [
        ("jeroboam-metadata.service", True),
        ("jeroboam-ends.service", False),
        ("jeroboam-ends.timer", True),
        ("jeroboam-bootstrap.service", True),
    ]


def test_names_read() -> None:
    script = ': "${JEROBOAM_A:?}" "${JEROBOAM_B?}"\necho "${JEROBOAM_C:-x}" "$JEROBOAM_D"\n'
    assert names_read([script]) == {"JEROBOAM_A", "JEROBOAM_B"}


def test_hooks_keep_their_order_and_end_in_a_newline() -> None:
    files = hook_files("pre", [("b/z one.sh", "#!/bin/sh"), ("a.sh", "#!/bin/sh\n"), ("..", "x\n")])
    assert [file.path.rpartition("/")[2] for file in files] == ["00-z-one.sh", "01-a.sh", "02-.."]
    assert {file.content[-1] for file in files} == {"\n"}
    assert {file.mode for file in files} == {0o755}


def test_a_hook_keeps_its_comments() -> None:
    """It is the user's file."""
    text = "#!/bin/bash\nset -e\n  # why\ncat <<END\n# kept\nEND\n"
    assert [file.content for file in hook_files("post", [("a.sh", text)])] == [text]
