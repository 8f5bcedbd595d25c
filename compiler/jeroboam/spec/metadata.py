"""The metadata of servers that the compiler writes itself."""

from __future__ import annotations

CLUSTER_METADATA, GROUP_METADATA = "jeroboam-cluster", "jeroboam-group"
"""The cluster, and the role in it."""
OWN_METADATA = frozenset({CLUSTER_METADATA, GROUP_METADATA})
"""Keys that a spec cannot set: clean-up and diagnosis find a cluster's servers by them."""
