"""Finds drivers, platforms and clients: every package under `drivers`, `platforms` and `clients`.

A plug-in's folder is its name with underscores; what it exports as PLUGIN is what a spec can name.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal, cast

import jeroboam.clients
import jeroboam.drivers
import jeroboam.platforms
from jeroboam.model.client import Connect
from jeroboam.model.protocols import Driver, Platform

Kind = Literal["drivers", "platforms", "clients"]
_PACKAGES = {"drivers": jeroboam.drivers, "platforms": jeroboam.platforms, "clients": jeroboam.clients}


def driver(name: str) -> Driver | None:
    """The driver of the COE `name`, or None."""
    return cast("Driver | None", _find("drivers", name))


def platform(name: str) -> Platform | None:
    """The platform of the distro `name`, or None."""
    return cast("Platform | None", _find("platforms", name))


def client(name: str) -> Connect | None:
    """How to ask a running cluster of the COE `name`, or None."""
    return cast("Connect | None", _find("clients", name))


def names(kind: Kind) -> tuple[str, ...]:
    """The names of all plug-ins, sorted."""
    found = (module.name for module in iter_modules(_PACKAGES[kind].__path__) if module.ispkg)
    return tuple(sorted(name.replace("_", "-") for name in found))


def _find(kind: Kind, name: str) -> Any:
    if name not in names(kind):
        return None
    return import_module(f"jeroboam.{kind}.{name.replace('-', '_')}").PLUGIN
