"""Copies of snapshots in object stores, Swift's and S3's: written, listed, read and deleted by a command.

No node knows of a store: it has no credentials of one, and who takes a node cannot delete its backups.
"""
