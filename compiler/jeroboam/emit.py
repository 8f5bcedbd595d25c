"""Bundle to files: written whole or not at all, and only where the bytes differ."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

STACK_TAG = "jeroboam"
"""By this tag a stack made from a bundle is known again."""


class Artifact(NamedTuple):
    """A file of the result; `path` is relative to the cluster's folder, with forward slashes."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a spec compiles to, sorted by path; `resources` counts those of all templates.

    `create_options` are what `openstack stack create` needs besides template and secrets.
    """

    name: str
    artifacts: tuple[Artifact, ...]
    resources: int
    create_options: tuple[str, ...]

    @property
    def hot(self) -> str:
        """The text of the template."""
        return next(a.content for a in self.artifacts if a.path == f"{self.name}.hot.yaml")


def write(bundle: Bundle, out_dir: Path) -> tuple[Path, ...]:
    """Makes `out_dir/<name>/` hold exactly the bundle; gives the paths written or removed.

    A file that already has the right bytes keeps its time stamp, for make. Raises OSError.
    """
    root = out_dir / bundle.name
    changed: list[Path] = []
    for artifact in bundle.artifacts:
        target = root / artifact.path
        if _bytes(target) != artifact.content.encode():
            _replace(target, artifact.content.encode())
            changed.append(target)
    for stale in _stale(bundle, root):
        stale.unlink()
        changed.append(stale)
    return tuple(changed)


def differences(bundle: Bundle, out_dir: Path) -> str:
    """A unified diff from the files in `out_dir/<name>/` to the bundle; empty when they agree."""
    from difflib import unified_diff

    root = out_dir / bundle.name
    wanted = {artifact.path: artifact.content for artifact in bundle.artifacts}
    found = {path.relative_to(root).as_posix(): _text(path) for path in _stale(bundle, root)}
    found |= {path: _text(root / path) for path in wanted}
    return "".join(
        line if line.endswith("\n") else line + "\n"
        for path in sorted(found)
        for line in unified_diff(
            found[path].splitlines(keepends=True),
            wanted.get(path, "").splitlines(keepends=True),
            f"{bundle.name}/{path} (on disk)",
            f"{bundle.name}/{path} (compiled)",
        )
    )


def _stale(bundle: Bundle, root: Path) -> list[Path]:
    """Files of an earlier compile: only in places that a compile owns, never a stranger's."""
    wanted = {root / artifact.path for artifact in bundle.artifacts}
    owned = [path for folder in ("user-data", "flannel", "nested") for path in (root / folder).rglob("*")]
    return sorted(path for path in owned if path.is_file() and path not in wanted)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _text(path: Path) -> str:
    return (_bytes(path) or b"").decode(errors="backslashreplace")


def _replace(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
