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
        "import": Command("imports", "import_", "Write a spec from a cluster of OpenStack Magnum."),
        "validate": Command("specs", "validate", "Report everything that is wrong with specs."),
        "compile": Command("build", "compile_", "Compile specs into Heat templates."),
        "show": Command("specs", "show", "Print a cluster as the compiler understands it."),
        "graph": Command("graph", "graph", "Draw the topology of a cluster."),
        "artifacts": Command(
            "artifacts",
            "artifacts",
            "List what clusters download and pull, or a script that mirrors it.",
        ),
        "lint-hot": Command("lint", "lint", "Report what Heat or a service would refuse of any template."),
        "schema": Command("reference", "schema", "Print the JSON Schema of cluster specs."),
        "explain": Command("reference", "explain", "Explain a property of cluster specs, or a finding."),
        "secrets": Command("secrets", "secrets", "Generate the secrets of a cluster."),
        "keypairs": Command(
            "keypairs", "keypairs", "Create the Nova keypairs that a stack created by hand needs."
        ),
        "preflight": Command(
            "preflight",
            "preflight",
            "Check whether a cloud can hold a cluster; nothing is created.",
        ),
        "diff": Command(
            "diff", "diff", "Show what an update of a cluster would do, and why, without doing it."
        ),
        "deploy": Command(
            "deploy", "deploy", "Create or update a cluster from its spec, and wait until it is ready."
        ),
        "roll": Command("roll", "roll", "Bring nodes to what the spec says, one after another."),
        "repair": Command("repair", "repair", "Make nodes anew that are dead, and touch nothing else."),
        "rotate": Command(
            "rotate", "rotate", "Replace a secret of a running cluster, while the cluster works on."
        ),
        "status": Command("status", "status", "Show the state of a cluster's stack and of each node."),
        "diagnose": Command("diagnose", "diagnose", "Explain why a stack failed or is stuck."),
        "snapshot": Command(
            "snapshot",
            "snapshot",
            "Copy the whole state of a running cluster to a file, or encrypted to an object store.",
        ),
        "restore": Command(
            "restore",
            "restore",
            "Have a cluster whose masters are lost go on, from a snapshot or from a master that is left.",
        ),
        "credentials": Command(
            "credentials", "credentials", "Write the credentials for a cluster, such as its kubeconfig."
        ),
        "delete": Command("delete", "delete", "Delete a cluster and wait until nothing of it is left."),
    }
)
"""By the name that is typed, in the order in which help lists them."""
