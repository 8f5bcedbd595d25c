"""Where `schemas/` and `fragments/` are: inside an installed wheel, or beside `compiler/` in a checkout."""

from __future__ import annotations

import re
from pathlib import Path

# A wheel is always unpacked, and importlib.resources costs a tenth of a cold start.
_PACKAGE = Path(__file__).parent
_HEAD = re.compile(r"(?:#.*\n)*")
_ASIDE = re.compile(r"^ *# .*\n", re.MULTILINE)


def schemas() -> Path:
    """The root of the JSON Schemas."""
    return _tree("schemas")


def fragments() -> Path:
    """The root of the text files that are placed on nodes."""
    return _tree("fragments")


def fragment(path: str) -> str:
    """The text of one fragment, `path` relative to `fragments/`. Raises FileNotFoundError."""
    return (fragments() / path).read_text(encoding="utf-8")


def script(path: str) -> str:
    """The text of a script or unit among the fragments as nodes have it: with the comments at its head alone.

    Those further down are for who changes it, and a tenth of the user data that Nova takes.
    Raises FileNotFoundError.
    """
    text = fragment(path)
    head = _HEAD.match(text)
    below = head.end() if head else 0
    return text[:below] + _ASIDE.sub("", text[below:])


def data(module_file: str, name: str) -> str:
    """The text of a data file that stands beside a module, given the module's `__file__`."""
    return (Path(module_file).parent / name).read_text(encoding="utf-8")


def of_plugins(name: str) -> tuple[Path, ...]:
    """The file called `name` in the folder of each plug-in that has one, drivers first."""
    return tuple(
        path for kind in ("drivers", "platforms") for path in sorted((_PACKAGE / kind).glob(f"*/{name}"))
    )


def _tree(name: str) -> Path:
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent.parent / name
