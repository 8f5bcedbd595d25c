"""parts.engine: which Docker a version names on which processor, and what needs a pin."""

import re

import pytest

from jeroboam.parts import engine
from jeroboam.parts.artifacts import pinned


@pytest.mark.parametrize(
    ("wanted", "arch", "version"),
    [
        (None, "amd64", "29.8.2"),
        (None, "arm64", "29.8.2"),
        ("29", "amd64", "29.8.2"),
        ("29.6", "arm64", "29.6.2"),
        ("28", "amd64", "28.5.2"),
        ("28", "arm64", "28.5.2"),
        ("29.2.0", "arm64", "29.2.0"),
        ("28.4.0", "amd64", "28.4.0"),
        ("29.99.0", "amd64", "29.99.0"),
    ],
)
def test_a_version_names_an_engine(wanted: str | None, arch: str, version: str) -> None:
    artifact = engine.docker_artifact(wanted, arch)
    assert artifact is not None
    assert artifact.version == version
    machine = {"amd64": "x86_64", "arm64": "aarch64"}[arch]
    assert artifact.url.endswith(f"/static/stable/{machine}/docker-{version}.tgz")


@pytest.mark.parametrize(
    "wanted", ["28.1.1", "27.5.1", "30.0.0", "28.3", "29.2", "29.6.2-rc.1", "v29", "29.06.2", "latest"]
)
def test_other_texts_name_none(wanted: str) -> None:
    assert engine.docker_artifact(wanted, "amd64") is None


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_what_is_installed_by_default_can_be_verified(arch: str) -> None:
    docker = engine.docker_artifact(None, arch)
    assert docker is not None
    artifacts = (docker, engine.etcd_artifact(arch), engine.flanneld_artifact(arch))
    assert not engine.without_digest(artifacts, {})
    assert all(re.fullmatch("[0-9a-f]{64}", a.sha256 or "") for a in artifacts)


def test_a_version_without_a_digest_needs_a_pin() -> None:
    docker = engine.docker_artifact("28.4.0", "amd64")
    assert docker is not None
    assert engine.without_digest((docker,), {}) == (docker,)
    pins = {"docker": "AB" * 32}
    assert not engine.without_digest((docker,), pins)
    assert pinned((docker,), pins)[0].sha256 == "ab" * 32
