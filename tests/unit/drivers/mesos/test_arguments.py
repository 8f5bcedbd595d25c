"""Options of Mesos' daemons: what their declarations take is accepted, reaches a node, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jeroboam.drivers.mesos import programs
from jeroboam.drivers.mesos.daemons import own_agent_options, own_master_options
from jeroboam.drivers.mesos.options import mesos_options
from jeroboam.model.types import RoleKind
from jeroboam.pipeline import plan_spec
from tests.properties.strategies import DEPTH
from tests.support.cases import GOLDEN

PROGRAMS = {"master_args": "mesos-master", "agent_args": "mesos-agent"}
NUMBERS = st.integers(0, 999).map(str)
VALUES = {
    "bool": st.sampled_from(["true", "false", "1", "0", ""]),
    "Duration": st.builds(
        "{}{}".format,
        st.one_of(NUMBERS, st.floats(0, 99).map("{:.2f}".format)),
        st.sampled_from(["ns", "us", "ms", "secs", "mins", "hrs", "days", "weeks"]),
    ),
    "Bytes": st.builds("{}{}".format, NUMBERS, st.sampled_from(["B", "KB", "mb", "Gb", "TB"])),
    "double": st.one_of(NUMBERS, st.floats(0, 99).map("{:.2f}".format)),
    "int": NUMBERS,
    "size_t": NUMBERS,
    "uint16_t": NUMBERS,
    "text": st.from_regex(r"[a-z0-9/_-]{1,12}", fullmatch=True),
}
WRONG = {
    "bool": st.sampled_from(["yes", "True", "on", "2"]),
    "Duration": st.sampled_from(["", "5", "5 mins", "5m", "1h30m", "-5secs", "5min"]),
    "Bytes": st.sampled_from(["", "5", "1.5GB", "5 MB", "5Mi", "-1MB"]),
    "double": st.sampled_from(["", "half", "1,5", "50%"]),
    "int": st.sampled_from(["", "1.5", "ten", "0x10", str(2**31)]),
    "size_t": st.sampled_from(["", "1.5", "ten", "-1", str(2**64)]),
    "uint16_t": st.sampled_from(["", "65536", "-1"]),
}
GIVEN: dict[str, Any] = yaml.safe_load((GOLDEN / "mesos/ubuntu/minimal/cluster.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for one spec after another."""
    return tmp_path_factory.mktemp("specs") / "cluster.yaml"


def _own() -> dict[str, frozenset[str]]:
    model = plan_spec(str(GOLDEN / "mesos/ubuntu/minimal/cluster.yaml")).value
    assert model is not None
    options = mesos_options(model.spec)
    node = model.spec.masters.node
    return {
        "master_args": own_master_options(model.spec, options),
        "agent_args": own_agent_options(model.spec, options, node),
    }


OWN = _own()


def _free(block: str) -> dict[str, str]:
    """Names and former names of the options that the compiler leaves alone, with their types."""
    known = programs.flags(PROGRAMS[block])
    former = {name: known.types[today] for name, today in known.former.items() if today not in OWN[block]}
    return {name: it for name, it in known.types.items() if name not in OWN[block]} | former


def test_what_the_compiler_sets_is_declared_by_the_programs() -> None:
    for block, own in OWN.items():
        assert own <= programs.flags(PROGRAMS[block]).types.keys()


@settings(max_examples=50 * DEPTH, deadline=None)
@given(st.data(), st.sampled_from(sorted(PROGRAMS)))
def test_declared_options_are_accepted_and_reach_the_node(
    spec: Path, data: st.DataObject, block: str
) -> None:
    free = _free(block)
    names = data.draw(st.lists(st.sampled_from(sorted(free)), min_size=1, max_size=4, unique=True))
    today = programs.flags(PROGRAMS[block]).former
    names = list({today.get(name, name): name for name in names}.values())
    args = {name: data.draw(VALUES[free[name]]) for name in names}
    spec.write_text(json.dumps({**GIVEN, "mesos": {block: args}}), "utf-8")
    planned = plan_spec(str(spec))
    assert planned.value is not None, planned.diagnostics
    kind = RoleKind.MASTER if block == "master_args" else RoleKind.WORKER
    role = next(role for role in planned.value.roles if role.kind is kind)
    path = f"mesos-{block.partition('_')[0]}/{block.partition('_')[0]}.options"
    text = next(file.content for file in role.config.files if file.path.endswith(path))
    assert {f"MESOS_{name.upper()}={value}" for name, value in args.items()} <= {*text.splitlines()}


@settings(max_examples=50 * DEPTH, deadline=None)
@given(st.data(), st.sampled_from(sorted(PROGRAMS)))
def test_values_of_another_type_are_told(spec: Path, data: st.DataObject, block: str) -> None:
    checked = {name: it for name, it in _free(block).items() if it in WRONG}
    name = data.draw(st.sampled_from(sorted(checked)))
    value = data.draw(WRONG[checked[name]])
    spec.write_text(json.dumps({**GIVEN, "mesos": {block: {name: value}}}), "utf-8")
    found = [(it.code, it.pointer) for it in plan_spec(str(spec)).diagnostics]
    assert ("JB0466", f"/mesos/{block}/{name}") in found
