"""Repairing a cluster: nodes that are dead are made anew, out and in, and nothing else is touched.

`judge` is pure: which nodes are dead, and which of them may go, by facts alone. `gather` asks for the facts,
`run` is the table of contents; what is done to a node is a roll's.
"""
