"""Tests of what stands in the way of a cluster's end."""
