"""Finds drivers and platforms: every package under `drivers` and `platforms`, and installed entry points.

A plug-in's folder is its name with underscores; what it exports as PLUGIN is what a spec can name.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Literal, cast

import jeroboam.drivers
import jeroboam.platforms
from jeroboam.model.protocols import Driver, Platform

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Kind = Literal["drivers", "platforms"]
_PACKAGES = {"drivers": jeroboam.drivers, "platforms": jeroboam.platforms}


def driver(name: str) -> Driver | None:
    """The driver of the COE `name`, or None."""
    return cast("Driver | None", _find("drivers", name))


def platform(name: str) -> Platform | None:
    """The platform of the distro `name`, or None."""
    return cast("Platform | None", _find("platforms", name))


def names(kind: Kind) -> tuple[str, ...]:
    """The names of all plug-ins, sorted. Raises ValueError for a name that two of them claim."""
    ours = [module.name.replace("_", "-") for module in iter_modules(_PACKAGES[kind].__path__)]
    all_names = sorted(ours + [point.name for point in _entry_points(kind)])
    twice = sorted({name for name in all_names if all_names.count(name) > 1})
    if twice:
        raise ValueError(f"two plug-ins in {kind} are named {', '.join(twice)}")
    return tuple(all_names)


def _find(kind: Kind, name: str) -> Any:
    module = f"jeroboam.{kind}.{name.replace('-', '_')}"
    if find_spec(module) is not None:
        return import_module(module).PLUGIN
    # Reading installed packages' metadata is slow, so it is left for names that are not ours.
    for point in _entry_points(kind):
        if point.name == name:
            return point.load()
    return None


def _entry_points(kind: Kind) -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group=f"jeroboam.{kind}"), key=lambda point: point.name))
