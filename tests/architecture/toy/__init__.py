"""A COE for the tests: its files, each below this folder where it goes in the project."""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).parent
PATHS = tuple(
    sorted(
        path.relative_to(HERE).as_posix()
        for path in HERE.glob("*/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    )
)
"""The paths of its files in the project."""


def add(project: Path, folders: tuple[str, ...] = ("",)) -> None:
    """Puts those of its files that are below `folders` into a copy of the project. Overwrites none."""
    for path in PATHS:
        if not path.startswith(folders):
            continue
        new = project / path
        assert not new.exists()
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / path, new)
