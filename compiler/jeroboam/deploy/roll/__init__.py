"""Rolls a cluster: node by node out and in, drained before and counted in after (ADR 16).

`look` sees how things stand, `steps` decides what is next, `carry_out` does it: by `servers` in Nova, by
`updates` in Heat, by the COE's client. Nothing is remembered but by the stack and the cluster themselves, so
that the next run goes on where one was killed.
"""
