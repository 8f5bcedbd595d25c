"""Reads a secrets file, and the values that a user supplies for one; refuses what does not fit.

No message repeats a value.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jeroboam import serialize
from jeroboam.model.secrets import Secret, UserSupplied
from jeroboam.secrets.file import SEAL_WORD, seal_in
from jeroboam.secrets.seal import KEYPAIR_PARAMETERS, Seal, cluster_of, is_sealed, opened

_APPLICATION_CREDENTIAL = "application_credential_"
_LOGINS = "registry_credentials"
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
    """The contents of an existing environment file, read as Heat reads it.

    `other` is what to do where it is no such file.
    """
    try:
        documents = serialize.load_yaml_all(text)
    except serialize.YamlError as error:
        return unreadable(error, other)
    if not documents:
        return Refusal(
            "exists and is empty",
            f"restore it from its safe copy; if no cluster was ever made with it, remove it, or {other}",
        )
    document = documents[0]
    parameters = document.get("parameters") if isinstance(document, dict) else None
    if len(documents) > 1 or not isinstance(parameters, dict):
        return Refusal("exists and is not a Heat environment with 'parameters'", other)
    for secret in secrets:
        if secret.name in parameters and not _is_base64(parameters[secret.name]):
            return Refusal(
                f"the value of '{secret.name}' is not base64 text",
                "restore the value, or remove the line to have it generated or asked for again",
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
    """The refusal of a file whose keypairs belong to a cluster other than `cluster`; None for its own.

    `other` is what to do then. One CA for two clusters: who administers either has both.
    """
    owner = cluster_of(held.raw, held.seal) if held.seal else None
    if owner in (None, cluster):
        return None
    lines = " and ".join(f"'{name}'" for name in KEYPAIR_PARAMETERS)
    return Refusal(
        f"holds the secrets of the cluster '{owner}', and this one is '{cluster}'",
        f"{other}; if it was renamed before a stack was created, remove the lines {lines}",
    )


def supplied(text: str, secrets: Sequence[Secret]) -> dict[str, str] | Refusal:
    """The UserSupplied values, by secret, that a user's YAML or JSON mapping holds.

    A key is a secret's name; `registry_credentials` may be the whole of what `podman login --authfile` wrote,
    too, and is held to be that. For secrets named `…application_credential_<field>` also `<field>`, as in the
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
        if secret.name == _LOGINS:
            value = text if value is None and "auths" in values else value
            if isinstance(value, str) and not _is_logins(value):
                return Refusal(f"'{_LOGINS}' holds no logins", "give what `podman login --authfile` writes")
        if value is None:
            continue
        if not isinstance(value, str) or not value:
            return Refusal(f"the value for '{secret.name}' is not text", "put it in quotes")
        if len(value.encode()) > (most := _room(secret)):
            return Refusal(f"the value for '{secret.name}' is too long", f"give {most} bytes at most")
        found[secret.name] = value
    if not found:
        names = ", ".join(f"'{secret.name}'" for secret in given(secrets))
        return Refusal(
            "contains none of the values that this cluster needs",
            f"expected {names}" if names else "this cluster needs none: omit --from",
        )
    return found


def _room(secret: Secret) -> int:
    return secret.recipe.size if isinstance(secret.recipe, UserSupplied) else 0


def _is_logins(text: str) -> bool:
    """Whether kubelet finds logins in a text, and does not pass over it in silence."""
    try:
        logins = json.loads(text)["auths"].values()
    except (ValueError, LookupError, TypeError, AttributeError):
        return False
    return bool(logins) and all(isinstance(login, dict) and login.get("auth") for login in logins)


def given(secrets: Sequence[Secret]) -> tuple[Secret, ...]:
    """The secrets that only the user can supply."""
    return tuple(secret for secret in secrets if isinstance(secret.recipe, UserSupplied))


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
