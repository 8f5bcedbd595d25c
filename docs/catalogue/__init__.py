"""Keeps the versions that nodes download, and their digests, up to date: `make catalogue`."""
