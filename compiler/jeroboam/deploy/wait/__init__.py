"""Waiting for a stack: what a round of questions changed, whether it is over, and the loop that asks.

`state` and `verdict` are pure; `loop` asks Heat at a bounded rate.
"""
