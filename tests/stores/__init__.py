"""Snapshots in a real Swift, and in the S3 that it speaks: see tests/labs/swift."""
