"""Worlds that tests are run in: what stands for a cloud and for its machines; see README.md."""
