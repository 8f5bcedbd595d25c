"""Where `schemas/` and `fragments/` are: inside an installed wheel, or beside `compiler/` in a checkout."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def schemas() -> Traversable:
    """The root of the JSON Schemas."""
    return _tree("schemas")


def fragments() -> Traversable:
    """The root of everything that ends up on a node as text."""
    return _tree("fragments")


def fragment(path: str) -> str:
    """The text of one fragment, `path` relative to `fragments/`. Raises FileNotFoundError."""
    return fragments().joinpath(*path.split("/")).read_text(encoding="utf-8")


def _tree(name: str) -> Traversable:
    package = files("jeroboam")
    shipped = package / "_data" / name
    if shipped.is_dir():
        return shipped
    return Path(str(package)).parent.parent / name
