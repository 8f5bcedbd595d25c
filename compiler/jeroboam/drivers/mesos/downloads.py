"""What the nodes of a Mesos cluster download themselves; images are Docker's to pull."""

from __future__ import annotations

from jeroboam.parts import engine
from jeroboam.parts.artifacts import Artifact
from jeroboam.spec.types import ClusterSpec


def artifacts(spec: ClusterSpec) -> tuple[Artifact, ...]:
    """All that some node downloads; its processor is one that Docker's default version is known for."""
    engine_itself = engine.docker_artifact(None, spec.arch)
    assert engine_itself is not None
    flannel = (engine.etcd_artifact(spec.arch), engine.flanneld_artifact(spec.arch))
    return (engine_itself, *(flannel if spec.container_network.driver == "flannel" else ()))
