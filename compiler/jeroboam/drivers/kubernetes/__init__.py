"""Kubernetes by kubeadm, with containerd, and Flannel or Calico."""

from __future__ import annotations

from jeroboam.diagnostics import Outcome
from jeroboam.drivers.kubernetes.plan import plan
from jeroboam.model.types import ClusterModel
from jeroboam.spec.types import ClusterSpec


class Kubernetes:
    """The driver `kubernetes`."""

    name = "kubernetes"

    def plan(self, spec: ClusterSpec) -> Outcome[ClusterModel]:
        """The cluster that `spec` asks for."""
        return plan(spec)


PLUGIN = Kubernetes()
