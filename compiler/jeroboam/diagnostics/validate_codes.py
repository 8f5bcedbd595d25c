"""Codes JB02xx: the shape of a spec."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

VALIDATE: dict[str, Code] = {
    "JB0201": Code(E, "unknown property", "unknown property '{name}'", "{advice}"),
    "JB0202": Code(E, "missing property", "'{name}' is missing", "{advice}"),
    "JB0203": Code(E, "wrong type", "expected {expected}, found {found}", "{advice}"),
    "JB0204": Code(E, "not one of the values", "'{value}' is not a value of '{name}'", "{advice}"),
    "JB0205": Code(E, "wrong format", "'{value}' is not {expected}", "for example: {example}"),
    "JB0206": Code(
        E,
        "version without quotes",
        "the version {written} is written without quotes, so it is read as the number {number}",
        'write "{written}", with the quotes',
    ),
    "JB0207": Code(E, "number out of range", "{value} is {relation}", "the range is {low} to {high}"),
    "JB0208": Code(
        E, "key of another variant", "'{name}' is not a key of {variant}", "its keys are: {known}"
    ),
    "JB0209": Code(E, "too long or too short", "{what} is {relation}", "{advice}"),
    "JB0210": Code(E, "item given twice", "'{value}' is in the list twice", "remove one of them"),
    "JB0211": Code(E, "bad key", "the key '{key}' is not {expected}", "rename the key"),
    "JB0212": Code(
        E,
        "settings of another COE",
        "the block '{name}' is for coe '{name}', but coe is '{coe}'",
        "remove the block, or change 'coe'",
    ),
    "JB0213": Code(
        E,
        "secret in the spec",
        "{what}, and a spec must not contain secrets",
        "{advice}",
    ),
    "JB0214": Code(N, "old name", "'{old}' is the old name of '{new}'", "write '{new}'"),
    "JB0215": Code(
        N,
        "further mistakes not checked",
        "there are more than {limit} mistakes; checking stopped there",
        "fix those that are shown, then validate again",
    ),
    "JB0216": Code(
        E,
        "new group with nearly a template's name",
        "the node group '{name}' is not one of the template's, and lacks {lacking}",
        "did you mean '{near}', a group of the template? If it is a new group, add what it lacks",
    ),
    "JB0217": Code(
        E,
        "acceptance of an unknown code",
        "'{name}' is accepted, but no finding has this code",
        "did you mean '{near}'?",
    ),
    "JB0218": Code(
        E,
        "acceptance of an error",
        "{name} ({title}) is an error, and only warnings and notes can be accepted",
        "correct what it says, and remove it from accepted_findings",
    ),
    "JB0219": Code(
        W,
        "acceptance without a finding",
        "{name} is accepted, but nothing of this cluster has it any more",
        "remove it from accepted_findings, so that it is told when it comes back",
    ),
}
