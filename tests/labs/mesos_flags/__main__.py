"""Writes what Mesos' daemons take, for the compiler: `python -m tests.labs.mesos_flags REPOSITORY`.

The repository is git's of apache/mesos, with its tags. No registry has Mesos' programs, so their declarations
are read: names and former names in flags.cpp, the types of their values in flags.hpp.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import NamedTuple

from jeroboam.drivers.mesos.catalogue import supported_versions
from tests.support.cases import ROOT

TARGET = ROOT / "compiler/jeroboam/drivers/mesos/programs.json"
SHARED = "logging"
"""Whose flags all daemons have."""
SOURCES = {"mesos-master": "master", "mesos-agent": "slave"}
CHECKED = ("bool", "Duration", "Bytes", "int", "size_t", "uint16_t", "double")
"""Types of values that the compiler reads as Mesos does; all else is `text`."""
_FIELD = re.compile(r"^  (?P<type>[\w:<>, ]+?) (?P<field>\w+);", re.MULTILINE)
_FLAG = re.compile(
    r'add\(&(?:\w+::)*Flags::(?P<field>\w+),(?: //.*)?\s*"(?P<name>\w+)"'
    r'(?:,\s*flags::DeprecatedName\("(?P<former>\w+)"\))?'
)


UNUSED = frozenset({"version"})
"""With it a program says something and ends."""


def main(repository: str) -> None:
    """Read and write."""
    (version,) = supported_versions()
    tables = {
        program: {**_declared(repository, version, SHARED), **_declared(repository, version, folder)}
        for program, folder in SOURCES.items()
    }
    assembled = {
        "flags": {p: {name: it.type for name, it in flags.items()} for p, flags in tables.items()},
        "former": {
            p: {it.former: name for name, it in flags.items() if it.former} for p, flags in tables.items()
        },
        "version": version,
    }
    TARGET.write_text(json.dumps(assembled, indent=1, sort_keys=True) + "\n", encoding="utf-8")


class Flag(NamedTuple):
    """The type of its values, and the name that it had before."""

    type: str
    former: str | None


def _declared(repository: str, version: str, folder: str) -> dict[str, Flag]:
    """The flags that a folder of the sources declares."""
    header, body = (
        _source(repository, f"{version}:src/{folder}/flags.{ending}") for ending in ("hpp", "cpp")
    )
    types = {found["field"]: found["type"] for found in _FIELD.finditer(header)}
    declared = list(_FLAG.finditer(body))
    assert len(declared) == body.count("add(&"), f"a declaration in {folder} has another form"
    return {
        it["name"]: Flag(_type(types[it["field"]]), it["former"])
        for it in declared
        if it["name"] not in UNUSED
    }


def _type(declared: str) -> str:
    of = declared.removeprefix("Option<").removesuffix(">") if "Option<" in declared else declared
    return of if of in CHECKED else "text"


def _source(repository: str, name: str) -> str:
    return subprocess.check_output(("git", "-C", repository, "show", name), text=True)


if __name__ == "__main__":
    main(sys.argv[1])
