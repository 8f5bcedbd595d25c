"""The golden cases: where they are, what they hold, and what the compiler makes of each today."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from jeroboam.diagnostics import Severity
from jeroboam.emit import Compiled
from jeroboam.pipeline import compile_spec

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "golden"


class Case(NamedTuple):
    """One golden case, `golden/<coe>/<distro>/<name>`."""

    coe: str
    distro: str
    name: str

    @property
    def folder(self) -> Path:
        return GOLDEN / self.coe / self.distro / self.name

    @property
    def spec(self) -> Path:
        return self.folder / "cluster.yaml"

    def __str__(self) -> str:
        return f"{self.coe}-{self.distro}-{self.name}"


class CompiledTexts(NamedTuple):
    """A bundle: the cluster's name and its texts by path relative to `build/<name>/`."""

    name: str
    files: Mapping[str, str]

    @property
    def hot(self) -> str:
        return f"{self.name}.hot.yaml"

    @property
    def templates(self) -> tuple[str, ...]:
        """Every HOT of the bundle, the parent first."""
        return (self.hot, *(path for path in self.files if path.startswith("nested/")))


class RefusedError(Exception):
    """The compiler found errors; the codes and messages are the arguments."""


CASES = tuple(Case(*path.relative_to(GOLDEN).parts[:3]) for path in sorted(GOLDEN.glob("*/*/*/cluster.yaml")))


BY_IGNITION = tuple(case for case in CASES if any(case.folder.glob("expected/user-data/*.ign")))
BY_CLOUD_INIT = tuple(case for case in CASES if case not in BY_IGNITION)
"""Who reads the user data of each case."""
MINIMAL = next(case for case in CASES if case.distro == "ubuntu" and case.name == "minimal")
"""The case to break on purpose."""


@functools.cache
def compiled_whole(path: Path, layout: str | None = None) -> Compiled:
    """What the spec at `path` compiles to. Raises RefusedError with what the compiler has against it."""
    outcome = compile_spec(str(path), layout=layout)
    errors = [
        f"{d.code} {d.pointer}: {d.message}" for d in outcome.diagnostics if d.severity is Severity.ERROR
    ]
    if outcome.value is None:
        assert errors, "no bundle, and no error that says why"
        raise RefusedError(*errors)
    assert not errors, errors
    return outcome.value


@functools.cache
def compiled(path: Path, layout: str | None = None) -> CompiledTexts:
    """The texts of that. Raises RefusedError."""
    return _texts(compiled_whole(path, layout))


def compiled_text(spec: str, folder: Path | str, layout: str | None = None) -> CompiledTexts:
    """The same for a spec given as text, written to `folder` beside the files that it names."""
    path = Path(folder, "cluster.yaml")
    path.write_text(spec, encoding="utf-8")
    return _texts(compiled_whole.__wrapped__(path, layout))


def _texts(found: Compiled) -> CompiledTexts:
    return CompiledTexts(found.bundle.name, {a.path: a.content for a in found.bundle.artifacts})
