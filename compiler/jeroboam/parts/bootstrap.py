"""The bootstrap of a node: runner, units, numbered steps, their libraries and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from jeroboam.model.types import (
    Capability,
    FileEntry,
    HeatFact,
    HeatValue,
    NodeConfig,
    SecretRef,
    Unit,
    ended,
)
from jeroboam.resources import fragment, fragments, script

PLATFORM_VALUES = frozenset(
    {
        "JEROBOAM_BIN_DIR",
        "JEROBOAM_CA_BUNDLE",
        "JEROBOAM_CA_DIR",
        "JEROBOAM_CA_SUFFIX",
        "JEROBOAM_CA_UPDATE",
        "JEROBOAM_KERNEL_ARGUMENT",
        "JEROBOAM_KERNEL_ARGUMENT_APPLY",
        "JEROBOAM_KERNEL_ARGUMENT_FILE",
        "JEROBOAM_RELABEL",
    }
)
"""What scripts may read that every platform supplies."""
HOOKS = "/etc/jeroboam/hooks"

_HOME = "/opt/jeroboam"
_LIBRARIES = f"{_HOME}/lib"
_PROGRAMS = ("common/bootstrap.sh", "common/run.sh", "common/metadata.sh", "common/ends.sh")
_BASE = "common/lib/node.sh"
"""What `run.sh` has every script start from."""
_SEALED = "JEROBOAM_SEALED"
# In the order in which a first boot starts them: no container before the metadata service is closed to it.
_UNITS = ("jeroboam-metadata.service", "jeroboam-bootstrap.service")
_ENDS = ("jeroboam-ends.service", "jeroboam-ends.timer")
# A script says on its first lines what it reads: `: "${NAME:?}"`, or `?}` where it may be empty.
_READ = re.compile(r"\$\{([A-Z][A-Z0-9_]*):?\?\}")
# And which libraries it uses: `use files retry`.
_USED = re.compile(r"^use (.+)$", re.MULTILINE)


class Step(NamedTuple):
    """A numbered step; `fragment` is the path of its script, without `.sh`."""

    number: int
    fragment: str

    @property
    def path(self) -> str:
        """Where it is on the node: in the order of the numbers."""
        return f"{_HOME}/steps/{self.number:02}-{self.fragment.rpartition('/')[2]}.sh"


_OPENING = Step(8, "common/steps/secrets")
"""After the CAs that a node speaks to the cloud with, before all that reads a secret."""
_METADATA = Step(22, "common/steps/metadata")
"""Once the kernel forwards, before there is a container."""


def node_config(
    *,
    steps: Iterable[Step],
    programs: Iterable[str] = (),
    files: Iterable[FileEntry],
    units: Iterable[Unit],
    values: Mapping[str, str | HeatValue],
    ssh_authorized_keys: tuple[str, ...],
    requires: frozenset[Capability],
    told: frozenset[str] = frozenset(),
    has_upkeep: bool = False,
) -> NodeConfig:
    """A node that runs `steps`, given exactly those of `values` that its scripts read.

    On every node containers find the metadata service closed, before the first of them (ADR 11).
    `programs` are fragments that the runner or timers run, `told` as in a NodeConfig; `has_upkeep` is whether
    one of those timers runs ends.sh too. Where there are secrets
    among the values, a first step opens them: those that JEROBOAM_SEALED names. Raises KeyError for a value
    that is read and not known, FileNotFoundError for a library that is not there.
    """
    numbered = (_METADATA, *sorted(steps, key=lambda step: step.number))
    scripts = programs_and_steps((*_PROGRAMS, *programs), numbered, maybe=(_OPENING,))
    metadata, bootstrap = (Unit(name, script(f"common/{name}"), enabled=True) for name in _UNITS)
    ends = (Unit(name, script(f"common/{name}"), enabled=name.endswith(".timer")) for name in _ENDS)
    read = sorted(names_read(script.content for script in scripts) - PLATFORM_VALUES)
    sealed = " ".join(name for name in read if isinstance(values[name], SecretRef))
    return NodeConfig(
        files=(*files, *scripts, *((_script(_OPENING),) if sealed else ())),
        units=(metadata, *units, *(() if has_upkeep else ends), bootstrap),
        environment={
            **{n: v for n in read if isinstance(v := values[n], str) and not _is_heat(v)},
            **({_SEALED: sealed} if sealed else {}),
        },
        heat_values={n: v for n in read if isinstance(v := values[n], HeatFact | SecretRef)},
        ssh_authorized_keys=ssh_authorized_keys,
        requires=requires | {Capability.SYSTEMD},
        told=told,
    )


def programs_and_steps(
    programs: Iterable[str], steps: Iterable[Step], *, maybe: Iterable[Step] = ()
) -> tuple[FileEntry, ...]:
    """What is run, with the libraries that it uses; of the steps `maybe` these alone."""
    programs, steps = tuple(programs), tuple(steps)
    libraries = libraries_used((*programs, *(f"{step.fragment}.sh" for step in (*maybe, *steps))))
    return (
        *(_placed(path, _HOME) for path in programs),
        *(_placed(path, _LIBRARIES, 0o644) for path in libraries),
        *map(_script, steps),
    )


def _script(step: Step) -> FileEntry:
    return FileEntry(step.path, script(f"{step.fragment}.sh"), 0o755)


def _placed(path: str, folder: str, mode: int = 0o755) -> FileEntry:
    return FileEntry(f"{folder}/{path.rpartition('/')[2]}", script(path), mode)


def libraries_used(scripts: Iterable[str]) -> tuple[str, ...]:
    """The libraries that scripts use, and those that these use in turn; all are paths of fragments.

    A script's library is in `lib/` of its own folder of `fragments/`, or of `common/`.
    """
    found: set[str] = set()
    named = {_BASE, *(path for script in scripts for path in _uses(script))}
    while named:
        found |= named
        named = {path for library in named for path in _uses(library)} - found
    return tuple(sorted(found))


@cache
def _uses(script: str) -> tuple[str, ...]:
    own = f"{script.partition('/')[0]}/lib"
    names = (name for used in _USED.findall(fragment(script)) for name in used.split())
    paths = (f"{own}/{name}.sh" for name in names)
    return tuple(
        path if (fragments() / path).is_file() else path.replace(own, "common/lib", 1) for path in paths
    )


def names_read(scripts: Iterable[str]) -> frozenset[str]:
    """The names of all values that the scripts ask for."""
    return frozenset(name for script in scripts for name in _READ.findall(script))


def hook_files(phase: str, scripts: Iterable[tuple[str, str]]) -> tuple[FileEntry, ...]:
    """The spec's scripts, `(path, text)` each, for the step that runs `phase` (pre, post) in this order."""
    return tuple(
        FileEntry(f"{HOOKS}/{phase}/{number:02}-{_file_name(path)}", ended(text), 0o755)
        for number, (path, text) in enumerate(scripts)
    )


def _file_name(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", path.rpartition("/")[2]) or "hook"


def _is_heat(value: str) -> bool:
    return isinstance(value, HeatFact)
