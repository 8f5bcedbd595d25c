"""What all tests of the command line share."""

from tests.unit.cli.running import bad, run, spec

__all__ = ["bad", "run", "spec"]
