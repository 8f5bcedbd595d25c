"""Clusters whose nodes really boot, asked what works; the machines are those of `tests.labs.nodes`."""
