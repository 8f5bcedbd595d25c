"""Where `schemas/` and `fragments/` are: inside an installed wheel, or beside `compiler/` in a checkout."""

from __future__ import annotations

from pathlib import Path

# A wheel is always unpacked, and importlib.resources costs a tenth of a cold start.
_PACKAGE = Path(__file__).parent


def schemas() -> Path:
    """The root of the JSON Schemas."""
    return _tree("schemas")


def fragments() -> Path:
    """The root of the text files that are placed on nodes."""
    return _tree("fragments")


def fragment(path: str) -> str:
    """The text of one fragment, `path` relative to `fragments/`. Raises FileNotFoundError."""
    return (fragments() / path).read_text(encoding="utf-8")


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
