"""Codes JB07xx: what is read to make a spec of it."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

IMPORT: dict[str, Code] = {
    "JB0701": Code(
        E,
        "not JSON",
        "not JSON: {problem}",
        "write the file anew: openstack coe cluster template show NAME -f json > template.json",
    ),
    "JB0702": Code(
        E,
        "not a cluster template of Magnum",
        "'{path}' is not a cluster template of Magnum: {why}",
        "{advice}",
    ),
    "JB0703": Code(
        E,
        "not a cluster of Magnum",
        "'{path}' is not a cluster of Magnum: {why}",
        "{advice}",
    ),
    "JB0704": Code(
        E,
        "attribute of another type",
        "expected {expected} as '{name}', found {found}",
        "Magnum writes {expected} there; write the file anew with -f json",
    ),
    "JB0705": Code(
        E,
        "COE that has no equivalent",
        "there is no equivalent of Magnum's coe '{value}'",
        "these have one: {known}",
    ),
    "JB0706": Code(
        E,
        "distro not known",
        "{why}, so it is not known which distro the nodes have",
        "look up the image's property os_distro, and say with --distro what comes closest: {known}",
    ),
    "JB0707": Code(
        N,
        "unknown attribute of Magnum",
        "no cluster or template of Magnum that is known here has '{name}'",
        "look for a property like it: jeroboam explain; the spec names it in a comment",
    ),
    "JB0708": Code(
        W,
        "unknown label of Magnum",
        "none of Magnum's own drivers reads the label '{name}'",
        "{advice}",
    ),
    "JB0709": Code(
        W,
        "secret in what is imported",
        "'{name}' holds what looks like a secret, and is not in the spec",
        "{advice}",
    ),
    "JB0710": Code(
        W,
        "value that cannot be carried over",
        "the value of '{name}' is not {expected}, and is not in the spec",
        "correct it in {path}, or set {property} in the spec",
    ),
    "JB0711": Code(
        W,
        "value that the spec cannot have",
        "{what} is not in the spec, because {why}",
        "{advice}",
    ),
    "JB0712": Code(
        W,
        "cluster of another template",
        "the cluster was made from template '{wanted}', and this is '{found}'",
        "name the files of one cluster: openstack coe cluster template show {wanted} -f json",
    ),
}
