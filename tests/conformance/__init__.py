"""Upstream's conformance tests of Kubernetes on a cluster whose nodes boot; see docs/testing.md."""
