"""What runs in the environment of the tests' cloud, each module a process that answers JSON lines.

`heat` makes of a template the requests that Heat would send; the others judge those of one service each. They
are processes of their own as OpenStack's services declare options of the same names.
"""
