"""What happens in the course of a deployment, as data: `deploy.run` yields these in order."""

from __future__ import annotations

from dataclasses import dataclass

from jeroboam.deploy.diagnosis.types import Diagnosis
from jeroboam.deploy.plan.types import Plan
from jeroboam.deploy.preflight.findings import CheckResult
from jeroboam.deploy.types import Note, Stack
from jeroboam.deploy.wait.notices import Moved
from jeroboam.deploy.wait.state import Progress
from jeroboam.model.applied import ObjectChange


@dataclass(frozen=True, slots=True)
class Checked:
    """The preflight is over: what every check found, `ok` ones too."""

    findings: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be done; consent is asked for next."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class ApiPlanned:
    """What of the COE's API is not as the spec has it; consent to a change of it is asked for next."""

    stack: Stack
    changes: tuple[ObjectChange, ...]


@dataclass(frozen=True, slots=True)
class ApiChanged:
    """The COE's API was brought what the spec asks of it."""

    stack: Stack
    changes: tuple[ObjectChange, ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """Heat works on the stack; `action` is CREATE or UPDATE."""

    stack: Stack
    action: str


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """Why the stack failed; a DeployError follows."""

    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class UpToDate:
    """The end: the stack is what the spec says already. `applied` where the COE's API was not, and is now."""

    stack: Stack
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Declined:
    """The end: the plan was not consented to, and nothing was done."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The end of waiting, `seconds` after it began: Heat and the nodes go on."""

    progress: Progress
    seconds: float


@dataclass(frozen=True, slots=True)
class Deployed:
    """The end: the stack, with its outputs, is complete and its nodes are ready."""

    stack: Stack


DeployEvent = (
    Note
    | Checked
    | Planned
    | Submitted
    | Moved
    | Diagnosed
    | ApiPlanned
    | ApiChanged
    | UpToDate
    | Declined
    | Unfinished
    | Deployed
)
