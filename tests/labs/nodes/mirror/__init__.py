"""The mirror: what nodes download, built on this machine and served under the paths that upstream has."""
