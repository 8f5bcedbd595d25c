"""A real OpenStack on the loopback, the nodes of its stacks played by a script, and the tests of both."""
