"""Nodes that really boot: a virtual machine for every server of a stack, in a network of the tests' own."""
