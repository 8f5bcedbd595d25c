"""What hands a cluster to Heat without Jeroboam's own commands: each such command line is made here alone."""

from __future__ import annotations

from collections.abc import Iterable

from jeroboam.escape import shell
from jeroboam.hot.contract import STACK_TAG

_HEAT = ("openstack", "stack")


def stack_options(minutes: int, tags: Iterable[str] = ()) -> tuple[str, ...]:
    """What a template cannot say of its stack: how long it may take, and its tags, Jeroboam's first."""
    return ("--timeout", str(minutes), "--tags", ",".join((STACK_TAG, *tags)))


def create_line(
    name: str, template: str, secrets: str, options: Iterable[str], *further: str, verb: str = "create"
) -> str:
    """The command that makes the stack `name` from two files, to copy; `options` are of `stack_options`.

    `verb` is `create` or `update`: an update has the same options, since Heat drops tags that it is not told
    again. `further` are more options, such as `--wait`.
    """
    return shell(*_HEAT, verb, "-t", template, "-e", secrets, *options, *further, name)


def existing_line(name: str, *further: str) -> str:
    """The command that updates a stack with what Heat has of it, to copy, but for what `further` says.

    Fact: Heat's `_prepare_stack_updates` keeps the tags where `existing` is set and none are given.
    """
    return shell(*_HEAT, "update", "--existing", *further, name)
