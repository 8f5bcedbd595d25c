"""Tests of what talks to a cloud, on that of `tests/labs/cloud`, and the nodes of its stacks, played."""
