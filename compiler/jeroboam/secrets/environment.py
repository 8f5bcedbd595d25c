"""The Heat environment file that holds a cluster's secrets: what it says now, what it should say.

Nothing here touches a disk. What a user must put right comes back as a Refusal, never as an exception,
and no message repeats a value.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import NamedTuple

from jeroboam import serialize
from jeroboam.model.secrets import Given, Secret, WindowToken
from jeroboam.secrets import lifetime, recipes
from jeroboam.secrets.authority import mismatch
from jeroboam.secrets.file import SEAL_WORD, Entry, edited, fresh, seal_in
from jeroboam.secrets.seal import (
    KEYPAIR_PARAMETERS,
    Seal,
    cluster_of,
    is_sealed,
    keypairs,
    new_seal,
    opened,
    sealed,
)

_APPLICATION_CREDENTIAL = "application_credential_"
_MOST_SEALED = 250
"""To open one takes milliseconds, by design; a file of 1 MiB has room for 20,000."""


class Refusal(NamedTuple):
    """Why a file cannot be used or made; texts as in diagnostics."""

    message: str
    hint: str


class Contents(NamedTuple):
    """A file's plain data; `parameters` is its part of that name, what is sealed in it opened.

    `seal` is None in a file of an earlier version, which has its values as they are.
    """

    document: Mapping[str, object]
    parameters: Mapping[str, object]
    seal: Seal | None = None

    @property
    def raw(self) -> Mapping[str, object]:
        """The parameters as they stand in the file."""
        found = self.document.get("parameters", {})
        assert isinstance(found, Mapping)
        return found


class Environment(NamedTuple):
    """The file's new text and what distinguishes it from the old: names of parameters.

    `values` are base64 and for nobody's eyes, `parameters` what Heat is handed, both by name.
    """

    text: str
    values: Mapping[str, str]
    parameters: Mapping[str, str]
    seal: Seal
    newly_sealed: bool
    added: tuple[str, ...]
    replaced: tuple[str, ...]
    kept: tuple[str, ...]
    foreign: tuple[str, ...]
    """Parameters that are no secrets of this cluster."""
    renewed: tuple[str, ...] = ()
    """Short-lived values that were made afresh; the others of `replaced` were not due."""
    renamed: tuple[str, ...] = ()
    """Parameters of keypairs that were missing or named others than open the file's values."""
    unending: tuple[str, ...] = ()
    """Tokens of an earlier version, which never end: kept, as that cluster's masters know no other."""
    ends: datetime | None = None
    """When the first of the short-lived values ends."""

    @property
    def only_renewed(self) -> bool:
        """Whether nothing is new but short-lived values, which can be made again at any time."""
        return (
            bool(self.renewed) and not self.added and not self.newly_sealed and self.renewed == self.replaced
        )


EMPTY = Contents({}, {})


ANOTHER = "name another file with -o"
"""What to do where the file is another than was meant."""


def unreadable(error: serialize.YamlError, other: str = ANOTHER) -> Refusal:
    """Of an existing environment file."""
    return Refusal(f"exists and is not YAML: {error}", f"{error.hint}, or {other}" if error.hint else other)


def unreadable_values(error: serialize.YamlError) -> Refusal:
    """Of a user's own values."""
    return Refusal(f"is neither YAML nor JSON: {error}", error.hint or "give a mapping of names to values")


def contents(text: str, secrets: Sequence[Secret], other: str = ANOTHER) -> Contents | Refusal:
    """What an existing environment file holds, read as Heat reads it; an empty file is EMPTY.

    `other` is what to do where it is no such file.
    """
    try:
        documents = serialize.load_yaml_all(text)
    except serialize.YamlError as error:
        return unreadable(error, other)
    if not documents:
        return EMPTY
    document = documents[0]
    parameters = document.get("parameters") if isinstance(document, dict) else None
    if len(documents) > 1 or not isinstance(parameters, dict):
        return Refusal("exists and is not a Heat environment with 'parameters'", other)
    for secret in secrets:
        if secret.name in parameters and not _is_base64(parameters[secret.name]):
            return Refusal(
                f"the value of '{secret.name}' is not base64 text",
                "put the right value back, or remove the line to have it made or asked for again",
            )
    if sum(isinstance(value, str) and is_sealed(value) for value in parameters.values()) > _MOST_SEALED:
        return Refusal(f"holds more than {_MOST_SEALED} sealed values, which no cluster has", other)
    seal = seal_in(text)
    plain = {name: _plain(value, seal) for name, value in parameters.items()}
    if any(plain[name] is None for name, value in parameters.items() if value is not None):
        what = "sealed with other keys than those of" if seal else "sealed, and it lacks"
        problem = f"holds values that are {what} its line '# {SEAL_WORD} …'"
        return Refusal(problem, "restore the file from a copy")
    return Contents(document, plain, seal)


def of_another(cluster: str, held: Contents, other: str = ANOTHER) -> Refusal | None:
    """That a file's own keypairs are those of another cluster than `cluster`; None where they are not.

    `other` is what to do then. One CA for two clusters: who administers either has both.
    """
    owner = cluster_of(held.raw, held.seal) if held.seal else None
    if owner in (None, cluster):
        return None
    lines = " and ".join(f"'{name}'" for name in KEYPAIR_PARAMETERS)
    return Refusal(
        f"holds the secrets of the cluster '{owner}', and this one is '{cluster}'",
        f"{other}; if it was renamed before a stack was made, remove the lines {lines}",
    )


def supplied(text: str, secrets: Sequence[Secret]) -> dict[str, str] | Refusal:
    """The Given values, by secret, that a user's YAML or JSON mapping holds.

    A key is a secret's name; for secrets named `…application_credential_<field>` also `<field>`, as in the
    output of `openstack application credential create -f json`, whose releases differ in case.
    """
    try:
        documents = serialize.load_yaml_all(text)
    except serialize.YamlError as error:
        return unreadable_values(error)
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
    if foreign := of_another(cluster, old):
        return foreign
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
    seal = new_seal(random) if old.seal is None or rotate else old.seal
    entries = _entries(cluster, secrets, known, seal)
    passing = any(secret.short_lived for secret in secrets)
    text = (
        edited(old_text, old.document, entries, seal)
        if old.document
        else fresh(cluster, entries, seal, short_lived=passing)
    )
    if text is None:
        return Refusal(
            "is not written the way this command writes it, one value to a line",
            "move the file away, run again, and copy your own lines back",
        )
    return Environment(
        text,
        known,
        {entry.name: entry.value for entry in entries},
        seal,
        newly_sealed=old.seal is None,
        renamed=tuple(
            e.name for e in entries if e.name in KEYPAIR_PARAMETERS and e.value != old.raw.get(e.name)
        )
        if old.seal == seal
        else (),
        added=tuple(name for name in changed if name not in old.parameters),
        replaced=tuple(name for name in changed if name in old.parameters),
        kept=tuple(s.name for s in secrets if s.name not in changed),
        foreign=tuple(str(n) for n in old.parameters if n not in names and n not in KEYPAIR_PARAMETERS),
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


def _plain(value: object, seal: Seal | None) -> object:
    """A parameter's value, opened where it is sealed; None where none of the keys is its own."""
    if not isinstance(value, str) or not is_sealed(value):
        return value
    return next((plain for key in seal or () if (plain := opened(value, key)) is not None), None)


def _entries(
    cluster: str, secrets: Sequence[Secret], values: Mapping[str, str], seal: Seal
) -> tuple[Entry, ...]:
    """What the file says to Heat."""
    return (
        *(
            Entry(name, "Keypair that opens the values below; `jeroboam keypairs` makes it", pair.name)
            for name, pair in keypairs(cluster, seal).items()
        ),
        *(Entry(s.name, s.description, sealed(values[s.name], seal.key(s))) for s in secrets),
    )
