"""What an update would do, shown before it is done: resources added, changed, replaced, removed, and why.

gather          Heat                    -> live templates, resources, its preview
differ          two of those            -> changes, through references; effects and properties.json say how
hold            new, live templates     -> servers that run keep what Heat would do to all of them at once
preview         ours and Heat's word    -> where Heat says otherwise
given_up        resources, reports      -> servers that run, and whose nodes never came up
failed_creates  changes                 -> those of what never came to be
refusals        changes                 -> what is not done unless it is named
text            Plan                    -> what is read, as text or data
"""

from jeroboam.deploy.plan.gather import Planning, planned
from jeroboam.deploy.plan.plans import compared, created, templates_of
from jeroboam.deploy.plan.text import data, render
from jeroboam.deploy.plan.types import Change, ChangeKind, Plan, PropertyChange, RefusedChange
from jeroboam.hot.flat import Key

__all__ = [
    "Change",
    "ChangeKind",
    "Key",
    "Plan",
    "Planning",
    "PropertyChange",
    "RefusedChange",
    "compared",
    "created",
    "data",
    "planned",
    "render",
    "templates_of",
]
