"""Small bundles, an output folder with a user's own files in it, and what is in a folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from jeroboam.emit import Artifact, Bundle
from jeroboam.emit.compare import files

OWN = {"NOTES.md": "mine\n", "user-data/NOTES.md": "mine too\n", "own/deep/er/x": "x\n"}
"""A user's own files in a bundle's folder."""


def bundle(word: str, *more: str) -> Bundle:
    """The bundle `demo`, its files' contents of `word`; `more` are names of further roles."""
    artifacts = [Artifact("demo.hot.yaml", f"{word}: hot\n"), Artifact("flannel/net-conf.json", "{}\n")]
    artifacts += [Artifact(f"user-data/{role}.yaml", f"{word}: {role}\n") for role in ("master", *more)]
    return Bundle("demo", tuple(sorted(artifacts)), 3, ())


OLD, NEW = bundle("old", "retired"), bundle("new", "added")


def put(root: Path, contents: dict[str, str]) -> None:
    """Writes files below `root`."""
    for path, text in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def tree(root: Path) -> dict[str, str]:
    """What is below `root`: files' contents, links' targets, and kinds of the rest; no link is followed."""
    found = {}
    for folder, folders, names in os.walk(root):
        for name in (*folders, *names):
            path = Path(folder, name)
            mode = path.lstat().st_mode
            at = path.relative_to(root).as_posix()
            if stat.S_ISREG(mode):
                found[at] = path.read_text(encoding="utf-8")
            elif stat.S_ISLNK(mode):
                found[at] = f"-> {path.readlink()}"
            elif not stat.S_ISDIR(mode):
                found[at] = oct(stat.S_IFMT(mode))
    return found


def texts(of: Bundle) -> dict[str, str]:
    """The files that a bundle's folder holds, with their list."""
    return {path: content.decode() for path, content in files(of).items()}


def names(folder: Path) -> list[str]:
    """The names of a folder's entries, sorted."""
    return sorted(entry.name for entry in folder.iterdir())
