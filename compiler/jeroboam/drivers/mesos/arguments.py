"""Options that mesos-master and mesos-agent would not take as they are: JB0454, JB0465 to JB0467.

Facts: Mesos reads options of its environment in lower case and passes over those that it does not know; a
switch is turned off by `no-` before its name, and takes no value then (stout/flags/flags.hpp of Mesos 1.11,
and parse.hpp, duration.hpp and bytes.hpp beside it for values).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from jeroboam.diagnostics import Diagnostic, diagnose
from jeroboam.drivers.mesos import daemons, programs
from jeroboam.drivers.mesos.options import MesosOptions
from jeroboam.parts.problems import meant
from jeroboam.source.pointers import child
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import ClusterSpec

_OFF = "no-"


def argument_problems(spec: ClusterSpec, options: MesosOptions, version: str) -> Iterator[Diagnostic]:
    """Of both programs."""
    node = spec.masters.node
    for block, program, given, own in (
        ("master_args", "mesos-master", options.master_args, daemons.own_master_options(spec, options)),
        ("agent_args", "mesos-agent", options.agent_args, daemons.own_agent_options(spec, options, node)),
    ):
        known, seen = programs.flags(program), dict[str, str]()
        for written, value in given.items():
            at = child(f"/mesos/{block}", written)
            off, name = _read(written)
            name = known.former.get(name, name)
            # Whatever the spelling: who tries to set it should not be sent to another one.
            if name.replace("-", "_").removeprefix("no_") in own:
                yield diagnose("JB0454", at, at_key=True, name=written)
            elif (kind := known.types.get(name)) is None:
                hint = meant(name, sorted(known.types))
                what = shown(written)
                yield diagnose(
                    "JB0465", at, at_key=True, hint=hint, name=what, program=program, version=version
                )
            elif name in seen:
                yield diagnose("JB0467", at, at_key=True, name=written, other=seen[name], program=program)
            elif wanted := _wanted(kind, value, off=off):
                yield diagnose("JB0466", at, name=written, program=program, value=shown(value), wanted=wanted)
            seen[name] = written


def _read(written: str) -> tuple[bool, str]:
    """Whether a name turns a switch off, and the option's own name."""
    name = written.lower()
    return name.startswith(_OFF), name.removeprefix(_OFF)


def _wanted(kind: str, value: str, *, off: bool) -> str | None:
    """What the option takes instead of the value; None where it takes it."""
    if off and kind != "bool":
        return f"it without '{_OFF}', which is for switches alone"
    if off:
        return f"an empty value: '{_OFF}' alone turns the switch off" if value else None
    known = _VALUES.get(kind)
    # A file's content is read instead, on the node.
    return None if known is None or value.startswith("file://") or known.takes(value) else known.what


class _Value(NamedTuple):
    """What an option takes, for a program and for a reader."""

    takes: Callable[[str], bool]
    what: str


def _matching(pattern: str, what: str) -> _Value:
    compiled = re.compile(pattern, re.ASCII)
    return _Value(lambda value: compiled.fullmatch(value) is not None, what)


def _between(low: int, high: int) -> _Value:
    return _Value(
        lambda value: bool(re.fullmatch(r"[+-]?\d{1,20}", value, re.ASCII)) and low <= int(value) <= high,
        f"a whole number from {low} to {high}",
    )


_VALUES: Mapping[str, _Value] = MappingProxyType(
    {
        "bool": _matching("|true|false|1|0", "true or false"),
        "Duration": _matching(
            r"(\d+\.?\d*|\.\d+)(ns|us|ms|secs|mins|hrs|days|weeks)",
            "a number with ns, us, ms, secs, mins, hrs, days or weeks",
        ),
        "Bytes": _matching(r"\d{1,19}[KMGTkmgt]?[Bb]", "a whole number with B, KB, MB, GB or TB"),
        "double": _matching(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", "a number"),
        "int": _between(-(2**31), 2**31 - 1),
        "size_t": _between(0, 2**64 - 1),
        "uint16_t": _between(0, 2**16 - 1),
    }
)
