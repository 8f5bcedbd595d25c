"""Kubernetes by kubeadm, with containerd, and Flannel or Calico."""

from __future__ import annotations

from jeroboam.drivers.kubernetes.applied import applied
from jeroboam.drivers.kubernetes.catalogue import support
from jeroboam.drivers.kubernetes.changes import CHANGES
from jeroboam.drivers.kubernetes.credentials import COPYING, credentials
from jeroboam.drivers.kubernetes.plan import plan
from jeroboam.drivers.kubernetes.rotations import ROTATIONS
from jeroboam.model.protocols import Driver

PLUGIN = Driver(
    "kubernetes",
    plan,
    credentials,
    CHANGES,
    state_volume="etcd_volume",
    applied=applied,
    support=support,
    copying=COPYING,
    rotations=ROTATIONS,
)
