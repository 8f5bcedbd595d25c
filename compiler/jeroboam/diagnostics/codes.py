"""The table of diagnostic codes; stable, grouped by stage, never reused.

JB01xx load, JB02xx validate, JB03xx bind and judge, JB04xx model, JB05xx lower, JB06xx check.
`docs/diagnostics.md` is generated from this table.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad it is; only an error stops the pipeline."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(NamedTuple):
    """A row of the table; `message` and `hint` are `str.format` templates of named values."""

    severity: Severity
    title: str
    message: str
    hint: str


E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    # JB04xx: the model
    "JB0401": Code(
        E,
        "COE without a driver",
        "this release has no driver for coe '{coe}' yet",
        "the spec itself is fine; compile supports: {supported}",
    ),
    "JB0402": Code(
        E,
        "distro without a platform",
        "this release has no platform for distro '{distro}' yet",
        "the spec itself is fine; compile supports: {supported}",
    ),
    # JB05xx: lowering to a distro
    "JB0501": Code(
        E,
        "the distro lacks something that the COE needs",
        "coe '{coe}' needs '{capability}', which distro '{distro}' does not have",
        "choose another distro, or a version of '{coe}' that does without",
    ),
    # JB06xx: what Heat or Nova would refuse
    "JB0601": Code(
        E,
        "user data over Nova's limit",
        "user data of '{role}' can reach {size} characters of base64; nova takes at most {limit}",
        "move large files ('kubernetes.manifests', 'hooks', 'tls.trusted_ca_files') to where nodes fetch "
        "them, or split the group: volumes and masters add one line each",
    ),
    "JB0602": Code(
        E,
        "template over Heat's limit",
        "{name} is {size} characters as heat measures it; heat takes at most {limit}",
        "use 'layout: nested' under 'heat', which puts each node group in a file of its own",
    ),
    "JB0603": Code(
        E,
        "nested template over Heat's limit",
        "{name} is {size} characters as heat measures it; heat takes at most {limit}",
        "split the group into smaller node groups",
    ),
    "JB0604": Code(
        E,
        "request over Heat's limit",
        "template and files together make a request of {size} bytes; heat takes at most {limit}",
        "split the cluster: no layout makes one request smaller",
    ),
    "JB0605": Code(
        E,
        "more resources than Heat's limit",
        "the stack has {count} resources; heat's default limit is {limit}",
        "if your cloud's 'max_resources_per_stack' is higher, say 'layout: nested' under 'heat' to confirm "
        "it; otherwise use fewer nodes",
    ),
    "JB0606": Code(
        W,
        "more resources than Heat's default limit",
        "the stack has {count} resources; heat's default limit is {limit}, nested ones included",
        "make sure that your cloud's 'max_resources_per_stack' is higher",
    ),
}
