"""Which commands there are; the module of one is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Command(NamedTuple):
    """Where the function of a command is, and its line in the list of commands."""

    module: str
    function: str
    summary: str


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "init": Command("starters", "init", "Write a commented spec to start from."),
        "validate": Command("specs", "validate", "Report everything that is wrong with specs."),
        "compile": Command("build", "compile_", "Compile specs into Heat templates."),
        "show": Command("specs", "show", "Print a cluster as the compiler understands it."),
        "schema": Command("reference", "schema", "Print the JSON Schema of cluster specs."),
        "explain": Command("reference", "explain", "Explain a property of cluster specs."),
        "secrets": Command("secrets", "secrets", "Make the secrets of a cluster."),
        "keypairs": Command("keypairs", "keypairs", "Make the keypairs that a stack created by hand needs."),
        "preflight": Command(
            "preflight",
            "preflight",
            "Ask a cloud whether a cluster can be made there; nothing is created.",
        ),
        "diff": Command(
            "diff", "diff", "Show what an update of a cluster would do, and why, without doing it."
        ),
        "deploy": Command("deploy", "deploy", "Make a cluster what its spec says, and wait until it is."),
        "status": Command(
            "status", "status", "Say where a cluster's stack stands, and what each node is at."
        ),
        "diagnose": Command("diagnose", "diagnose", "Say why a stack failed or does not move."),
        "credentials": Command("credentials", "credentials", "Make the files by which you use a cluster."),
        "delete": Command("delete", "delete", "Delete a cluster and wait until nothing of it is left."),
    }
)
"""By the name that is typed, in the order in which help lists them."""
