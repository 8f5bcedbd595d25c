"""What a terminal or a log would obey in the words of Heat, services and nodes, as it is printed."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

import pytest
from rich.console import Console

from jeroboam.cli.preflight import findings_text
from jeroboam.cli.screens import ProgressFormat, _Bars, screen
from jeroboam.cli.status import as_json, as_text
from jeroboam.cli.terminal import complain
from jeroboam.deploy.diagnosis.bundle import bundle
from jeroboam.deploy.diagnosis.data import data
from jeroboam.deploy.diagnosis.judge import diagnosis
from jeroboam.deploy.diagnosis.text import text
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.plan import data as plan_data
from jeroboam.deploy.plan import render
from jeroboam.deploy.plan.drift import Drift
from jeroboam.deploy.plan.drift import render as drift_text
from jeroboam.deploy.preflight import CheckResult
from jeroboam.deploy.preflight.findings import Level
from jeroboam.deploy.wait.notices import notices
from jeroboam.deploy.wait.state import Progress, Round, advanced
from jeroboam.escape import escaped
from jeroboam.serialize import json_text
from tests.support.obeyed import HOSTILE, obeyed
from tests.unit.deploy.diagnosis.facts import at, failed_cluster
from tests.unit.deploy.plan.specs import plan
from tests.unit.deploy.wait import facts

pytestmark = pytest.mark.slow

T = TypeVar("T")
HOSTILE_TEXTS = pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)


def with_text(fact: T, hostile: str) -> T:
    """The fact with `hostile` in front of and behind every free text in it; names that facts share agree."""
    return _with(fact, hostile, "")  # type: ignore[no-any-return]


_KEPT = (
    "type",
    "action",
    "status",
    "kind",
    "resource",
    "role",
    "level",
    "verdict",
    "id",
    "physical_id",
    "stack",
)


def _with(value: Any, hostile: str, name: str) -> Any:
    if isinstance(value, str) and not isinstance(value, Enum):
        return value if name in _KEPT else f"{hostile} {value} {hostile}"
    if isinstance(value, Mapping):
        return {key: _with(inner, hostile, key) for key, inner in value.items()}
    if hasattr(value, "_fields"):
        return type(value)(*(_with(getattr(value, field), hostile, field) for field in value._fields))
    if isinstance(value, tuple | list):
        return type(value)(_with(inner, hostile, name) for inner in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{f.name: _with(getattr(value, f.name), hostile, f.name) for f in fields(value)}
        )
    return value


def heard(hostile: str) -> tuple[Progress, Round]:
    """A round of a wait in which Heat, a node and a step say it."""
    stack = replace(facts.stack("CREATE_FAILED", hostile), name=hostile, outputs={"api_url": hostile})
    said = Round(
        5.0,
        stack,
        (
            facts.event("default-0", "CREATE_FAILED", reason=hostile),
            facts.event(hostile, "CREATE_FAILED", number=2, reason=hostile),
        ),
        (
            replace(facts.report("prod-master-0", 3), node=f"{hostile}-master-0", step_name=hostile),
            replace(facts.report("prod-default-0", final=True, failed=hostile), node=f"{hostile}-default-0"),
        ),
        facts.CLUSTER,
        certain=True,
    )
    return advanced(Progress("CREATE", stack, True, 0.0), said), said


@HOSTILE_TEXTS
@pytest.mark.parametrize("form", ProgressFormat)
def test_lines_of_a_wait(
    hostile: str, form: ProgressFormat, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    progress, round_ = heard(hostile)
    told = notices(None, progress, round_)
    assert sum(hostile in notice.text for notice in told) >= 4
    with screen(form) as shown:
        shown.show(progress, told, 5.0)
    printed = "".join(stream.decode() for stream in capsysbinary.readouterr())
    assert printed.count("\n") == len(told)
    assert not obeyed(printed)


@HOSTILE_TEXTS
def test_bars_of_a_wait(hostile: str) -> None:
    progress, round_ = heard(hostile)
    drawn = io.StringIO()
    console = Console(file=drawn, width=400, color_system=None)
    told = notices(None, progress, round_)
    bars = _Bars()
    bars._console = console
    bars._recent.extend(notice.text for notice in told)
    console.print(bars._picture(replace(progress, problem=CloudError(hostile)), 5.0))
    assert not obeyed(drawn.getvalue())
    if "[" in hostile:
        assert escaped(hostile) in drawn.getvalue()


@HOSTILE_TEXTS
def test_a_status(hostile: str) -> None:
    progress, _ = heard(hostile)
    assert not obeyed(as_text(progress))
    assert not obeyed(as_json(progress))


@HOSTILE_TEXTS
def test_a_plan_and_a_drift(hostile: str) -> None:
    changed = with_text(plan(("m1.xlarge", "m1.huge")), hostile)
    assert not obeyed(render(changed))
    assert not obeyed(json_text(plan_data(changed)))
    drift = Drift("", hostile, "OS::Nova::Server", "heat", hostile)
    assert not obeyed(drift_text(hostile, (drift,)))
    assert not obeyed(drift_text(hostile, ()))


@HOSTILE_TEXTS
def test_findings_of_a_preflight(hostile: str) -> None:
    written = findings_text(
        [CheckResult("image", Level.ERROR, hostile, hostile, f"/{hostile}")], io.StringIO()
    )
    assert not obeyed(written)
    assert written.count("\n") == 3


@HOSTILE_TEXTS
def test_a_refusal(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    complain(hostile, hostile, (hostile,))
    told = capsys.readouterr().err
    assert not obeyed(told)
    assert told.count("\n") == 3


@HOSTILE_TEXTS
@pytest.mark.parametrize("width", [40, 110])
def test_a_diagnosis(hostile: str, width: int) -> None:
    evidence = failed_cluster()
    found = diagnosis(evidence, at(700))
    for judged in (with_text(found, hostile), diagnosis(with_text(evidence, hostile), at(700))):
        assert not obeyed(text(judged, width))
        assert not obeyed(json_text(data(judged)))


@HOSTILE_TEXTS
def test_the_names_of_a_bundle(hostile: str) -> None:
    evidence = failed_cluster()
    odd = replace(evidence.consoles[0], server=f"../{hostile}")
    packed = bundle(replace(evidence, consoles=(odd,)), diagnosis(evidence, at(700)))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        (name,) = (name for name in archive.getnames() if name.endswith(".log"))
    assert not obeyed(name)
    assert name.count("/") == 2
