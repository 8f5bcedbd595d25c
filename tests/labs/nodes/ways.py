"""Which way servers become machines: namespaces, or virtual machines with a kernel of their own."""

from __future__ import annotations

import os

from tests.labs.nodes import emulated
from tests.labs.nodes.clock import started
from tests.labs.nodes.machine import Way
from tests.labs.nodes.namespaces import node

EMULATED = "emulated"
NAMESPACES = "namespaces"
VARIABLE = "NODES_BY"


def is_emulated() -> bool:
    """Whether the environment asks for virtual machines. Raises SystemExit at a word that is none."""
    word = os.environ.get(VARIABLE) or NAMESPACES
    if word not in (NAMESPACES, EMULATED):
        raise SystemExit(f"{VARIABLE} is '{word}'; it can be {NAMESPACES} or {EMULATED}")
    return word == EMULATED


def chosen(slowness: int = 1) -> Way:
    """The way that the environment asks for; `slowness` is that of an emulated machine's clock."""
    return emulated.by(started(slowness)) if is_emulated() else node.running
