"""What each minor version's programs take: flags, feature gates, admission plug-ins; read from programs.json.

`python -m tests.labs.kubernetes_programs` writes that file, asking the programs themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from jeroboam import resources


class Names(NamedTuple):
    """The names of one kind that a minor version knows, and the first version without each that is gone."""

    known: frozenset[str]
    gone: Mapping[str, str]


def flags(component: str, minor: str) -> Names:
    """The flags of kube-apiserver, kube-controller-manager, kube-scheduler or kubelet."""
    tables = _data()
    return _names(tables["flags"][component], tables["gone"]["flags"][component], minor)


def feature_gates(minor: str) -> Names:
    """The feature gates."""
    return _names(_data()["feature_gates"], _data()["gone"]["feature_gates"], minor)


def locked_gates(minor: str) -> Mapping[str, bool]:
    """The feature gates that take one value alone, each with it."""
    locked: Mapping[str, bool] = _data()["locked"][minor]
    return locked


def admission_plugins(minor: str) -> Names:
    """The admission plug-ins of kube-apiserver."""
    return _names(_data()["admission_plugins"], _data()["gone"]["admission_plugins"], minor)


def _names(table: Mapping[str, list[str]], gone: Mapping[str, str], minor: str) -> Names:
    known = frozenset((*table["every"], *table.get(minor, ())))
    return Names(known, {name: since for name, since in gone.items() if name not in known})


@cache
def _data() -> Any:
    return json.loads(resources.data(__file__, "programs.json"))
