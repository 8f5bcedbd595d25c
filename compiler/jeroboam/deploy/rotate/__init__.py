"""Rotates a secret of a living cluster: phase by phase, each a roll of the nodes that have it (ADR 16).

What is old, what is new and how far it is stands in the secrets file; which nodes have what, they say
themselves. So whoever is killed anywhere goes on by the same command.
"""
