"""A running Kubernetes cluster, asked by the official client library."""

from __future__ import annotations

from jeroboam.clients.kubernetes.cluster import connect

PLUGIN = connect
