"""Clients of running clusters: a folder per COE, that asks its own API about nodes and moves work off them.

Nothing here knows Heat, and no module outside of a folder knows which library its COE is asked by.
"""
