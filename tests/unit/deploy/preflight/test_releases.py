"""The check of the images' releases: what Mesos' agents need, and which release gave it up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jeroboam.deploy.preflight.findings import CheckResult, Level, findings
from jeroboam.deploy.preflight.releases import CHECKS
from jeroboam.deploy.preflight.requirements import Wanted
from tests.unit.deploy.preflight.clusters import CLOUD, OWN, image, wanted

(CHECK,) = CHECKS
UBUNTU = "mesos/ubuntu/minimal"


def found(case: str, version: str | None) -> tuple[CheckResult, ...]:
    asked = wanted(case)
    names = {role.node.image for role in asked.roles}
    images = {name: (replace(image(name), os_version=version),) for name in names}
    return findings(CHECK, replace(CLOUD, images=images), asked)


def test_a_release_that_has_it_passes() -> None:
    (finding,) = found(UBUNTU, "24.04")
    assert finding.level is Level.OK


@pytest.mark.parametrize("version", ["26.04", "26.10"])
def test_a_release_without_is_an_error_of_the_agents_alone(version: str) -> None:
    (finding,) = found(UBUNTU, version)
    assert finding.level is Level.ERROR
    assert f"of default is ubuntu {version}, which has no cgroup-v1" in finding.message
    assert finding.pointer == "/node_groups/0/image"
    assert finding.hint is not None
    assert "containerizers: [mesos]" in finding.hint


def test_an_image_that_does_not_say_is_not_judged() -> None:
    (finding,) = found(UBUNTU, None)
    assert finding.level is Level.UNCHECKED


@pytest.mark.parametrize("case", ["mesos/fedora_coreos/minimal", "mesos/fedora_atomic/minimal", OWN])
def test_who_needs_nothing_is_not_asked(case: str) -> None:
    asked: Wanted = wanted(case)
    assert not CHECK.needed(asked)
