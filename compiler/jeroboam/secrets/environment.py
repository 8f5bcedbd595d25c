"""The Heat environment file that holds a cluster's secrets: what it says now, what it should say.

Nothing here touches a disk. What a user must put right comes back as a Refusal, never as an exception,
and no message repeats a value.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import NamedTuple

from jeroboam import serialize
from jeroboam.model.secrets import Given, Secret, WindowToken
from jeroboam.secrets import lifetime, recipes
from jeroboam.secrets.authority import mismatch

_APPLICATION_CREDENTIAL = "application_credential_"
_SHORT_LIVED = (
    "# What nodes join with ends after days: `jeroboam secrets` makes it afresh, all else stays as it is.",
)


class Refusal(NamedTuple):
    """Why a file cannot be used or made; texts as in diagnostics."""

    message: str
    hint: str


class Contents(NamedTuple):
    """A file's plain data; `parameters` is its part of that name."""

    document: Mapping[str, object]
    parameters: Mapping[str, object]


class Environment(NamedTuple):
    """The file's new text and what distinguishes it from the old: names of parameters."""

    text: str
    added: tuple[str, ...]
    replaced: tuple[str, ...]
    kept: tuple[str, ...]
    foreign: tuple[str, ...]
    """Parameters that are no secrets of this cluster."""
    renewed: tuple[str, ...] = ()
    """Short-lived values that were made afresh; the others of `replaced` were not due."""
    unending: tuple[str, ...] = ()
    """Tokens of an earlier version, which never end: kept, as that cluster's masters know no other."""
    ends: datetime | None = None
    """When the first of the short-lived values ends."""


EMPTY = Contents({}, {})


def contents(text: str, secrets: Sequence[Secret]) -> Contents | Refusal:
    """What an existing environment file holds, read as Heat reads it; an empty file is EMPTY."""
    try:
        documents = serialize.load_yaml_all(text)
    except serialize.YamlError:
        return Refusal("exists and is not YAML", "name another file with -o")
    if not documents:
        return EMPTY
    document = documents[0]
    parameters = document.get("parameters") if isinstance(document, dict) else None
    if len(documents) > 1 or not isinstance(parameters, dict):
        return Refusal("exists and is not a Heat environment with 'parameters'", "name another file with -o")
    for secret in secrets:
        if secret.name in parameters and not _is_base64(parameters[secret.name]):
            return Refusal(
                f"the value of '{secret.name}' is not base64 text",
                "put the right value back, or remove the line to have it made or asked for again",
            )
    return Contents(document, parameters)


def supplied(text: str, secrets: Sequence[Secret]) -> dict[str, str] | Refusal:
    """The Given values, by secret, that a user's YAML or JSON mapping holds.

    A key is a secret's name; for secrets named `…application_credential_<field>` also `<field>`, as in the
    output of `openstack application credential create -f json`, whose releases differ in case.
    """
    try:
        documents = serialize.load_yaml_all(text)
    except serialize.YamlError:
        return Refusal("is neither YAML nor JSON", "give a mapping of names to values")
    if len(documents) != 1 or not isinstance(documents[0], dict):
        return Refusal("is not a mapping of names to values", "give a YAML or JSON mapping")
    found: dict[str, str] = {}
    values = {str(key).lower(): value for key, value in documents[0].items()}
    for secret in given(secrets):
        field = secret.name.partition(_APPLICATION_CREDENTIAL)[2]
        value = values.get(secret.name, values.get(field) if field else None)
        if value is None:
            continue
        if not isinstance(value, str) or not value:
            return Refusal(f"the value for '{secret.name}' is not text", "put it in quotes")
        found[secret.name] = value
    if not found:
        names = ", ".join(f"'{secret.name}'" for secret in given(secrets))
        return Refusal(
            "holds none of the values that this cluster needs",
            f"expected {names}" if names else "this cluster needs none: leave out --from",
        )
    return found


def given(secrets: Sequence[Secret]) -> tuple[Secret, ...]:
    """Those that only the user can supply."""
    return tuple(secret for secret in secrets if isinstance(secret.recipe, Given))


def environment(
    cluster: str,
    secrets: Sequence[Secret],
    old: Contents,
    old_text: str,
    values: Mapping[str, str],
    *,
    rotate: bool,
    random: Random,
    now: datetime,
    keep_unending: bool = True,
) -> Environment | Refusal:
    """The environment of `cluster`: `old` completed, `values` (plain text) put in for Given secrets.

    Short-lived values that have ended or soon will are made afresh; `keep_unending` False where no stack was
    made with `old`, whose never-ending token is of no use then. With `rotate`, everything but Given values
    is made anew.
    """
    names = {secret.name for secret in secrets}
    fixed = {secret.name for secret in given(secrets)}
    known = {n: str(v) for n, v in old.parameters.items() if n in names and (n in fixed or not rotate)}
    known.update((name, b64encode(value.encode()).decode("ascii")) for name, value in values.items())
    unending = lifetime.unending(secrets, known)
    stale = lifetime.stale(secrets, known, now)
    if not keep_unending:
        stale |= frozenset(unending)
    known = {name: value for name, value in known.items() if name not in stale}
    absent = [secret.name for secret in given(secrets) if secret.name not in known]
    if absent:
        return Refusal(f"no value for {', '.join(absent)}", "supply it with --from")
    for secret in secrets:
        for needed in recipes.needs(secret.recipe):
            if secret.name in known and needed not in known and not _unkeyed(secret, known, now):
                what = "key" if needed.endswith("_key") else "CA"
                return Refusal(
                    f"holds '{secret.name}' but not '{needed}', the {what} it belongs to",
                    "restore the file from a copy, or make all values anew with --rotate",
                )
    if wrong := mismatch(secrets, known, now):
        return Refusal(wrong, "put right what was edited, or restore the file from a copy")
    try:
        known.update(recipes.made(secrets, known, random=random, now=now))
    except ValueError:
        return Refusal(
            "holds a private key that cannot be read",
            "restore the file from a copy, or make all values anew with --rotate",
        )
    changed = {s.name: known[s.name] for s in secrets if known[s.name] != old.parameters.get(s.name)}
    text = _edited(old_text, old, secrets, changed) if old.document else _fresh(cluster, secrets, known)
    if text is None:
        return Refusal(
            "is not written the way this command writes it, one value to a line",
            "move the file away, run again, and copy your own lines back",
        )
    return Environment(
        text,
        added=tuple(name for name in changed if name not in old.parameters),
        replaced=tuple(name for name in changed if name in old.parameters),
        kept=tuple(s.name for s in secrets if s.name not in changed),
        foreign=tuple(str(name) for name in old.parameters if name not in names),
        renewed=tuple(name for name in changed if name in stale),
        unending=tuple(name for name in unending if name not in stale),
        ends=lifetime.ends(secrets, known),
    )


def _unkeyed(secret: Secret, known: Mapping[str, str], now: datetime) -> bool:
    """Whether a value is a token of an earlier version, which no key belongs to."""
    recipe = secret.recipe
    return isinstance(recipe, WindowToken) and not lifetime.derived(recipe, known[secret.name], now)


def _is_base64(value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    try:
        b64decode(value, validate=True)
    except ValueError:
        return False
    return True


def _fresh(cluster: str, secrets: Sequence[Secret], values: Mapping[str, str]) -> str:
    lines = [
        f"# The secrets of cluster '{cluster}': a Heat environment file, made by `jeroboam secrets`.",
        "#",
        "# Whoever can read this file owns the cluster. Keep it out of version control and readable by",
        "# you alone (mode 0600), and keep a safe copy: every later update of the stack needs the same",
        "# values, or new nodes cannot join. Each value is base64, as the template expects it.",
        *(_SHORT_LIVED if any(secret.short_lived for secret in secrets) else ()),
        "parameters:",
    ]
    return "\n".join(lines) + "\n" + "".join(_entry("  ", s, values[s.name]) for s in secrets)


def _entry(indent: str, secret: Secret, value: str) -> str:
    # Quoted because a base64 value may look like a number.
    return f'{indent}# {" ".join(secret.description.split())}\n{indent}{secret.name}: "{value}"\n'


def _edited(text: str, old: Contents, secrets: Sequence[Secret], changed: Mapping[str, str]) -> str | None:
    """`text` with `changed` in it and everything else as it was; None where that did not work out."""
    if not changed:
        return text
    head = re.search(r"^parameters:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*?(?=( *)[^\s#])", text, re.MULTILINE)
    if head is None:
        return None
    indent = head[1] or "  "
    added = ""
    for secret in secrets:
        if secret.name not in changed:
            continue
        if secret.name in old.parameters:
            line = re.compile(rf"^{indent}{re.escape(secret.name)}:.*$", re.MULTILINE)
            text = line.sub(f'{indent}{secret.name}: "{changed[secret.name]}"', text, count=1)
        else:
            added += _entry(indent, secret, changed[secret.name])
    first_line_end = text.index("\n", head.start()) + 1
    text = text[:first_line_end] + added + text[first_line_end:]
    wanted = {**old.document, "parameters": {**old.parameters, **changed}}
    try:
        return text if serialize.load_yaml_all(text) == [wanted] else None
    except serialize.YamlError:
        return None
