"""Tests of what changes do to a living cluster."""
