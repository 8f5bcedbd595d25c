"""Builds the Heat environment file with a cluster's secrets from what it holds now.

Nothing here touches a disk. What a user must put right comes back as a Refusal, never as an exception,
and no message repeats a value.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import NamedTuple

from jeroboam.model.limits import sealed_length
from jeroboam.model.secrets import Secret, UserSupplied, WindowToken
from jeroboam.model.types import RoleKind, secrets_parameter
from jeroboam.secrets import lifetime, recipes
from jeroboam.secrets.authority import mismatch
from jeroboam.secrets.contents import Contents, Refusal, given, of_another
from jeroboam.secrets.file import SecretLine, edited, fresh, without_rotation
from jeroboam.secrets.seal import KEYPAIR_PARAMETERS, Seal, keypairs, new_seal, sealed

_DIGITS = 16


class Environment(NamedTuple):
    """The file's new text and what distinguishes it from the old: names of parameters.

    `values` are base64 and for nobody's eyes, `parameters` what Heat is handed, both by name. The latter
    have digests besides, which the file does not: nodes report what they were made with.
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
        """Whether only short-lived values are new, which can be generated again at any time."""
        return (
            bool(self.renewed) and not self.added and not self.newly_sealed and self.renewed == self.replaced
        )


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
    """The environment of `cluster`: `old` completed, `values` (plain text) put in for UserSupplied secrets.

    Short-lived values that have expired or soon will are renewed; `keep_unending` False if no stack was
    created with `old`, whose never-expiring token is of no use then. With `rotate`, everything but
    UserSupplied values is regenerated.
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
                    "restore the file from a copy, or regenerate all values with --rotate",
                )
    if wrong := mismatch(secrets, known, now):
        return Refusal(wrong, "undo the edit, or restore the file from a copy")
    try:
        known.update(recipes.made(secrets, known, random=random, now=now))
    except ValueError:
        return Refusal(
            "holds a private key that cannot be read",
            "restore the file from a copy, or regenerate all values with --rotate",
        )
    changed = {s.name: known[s.name] for s in secrets if known[s.name] != old.parameters.get(s.name)}
    seal = new_seal(random) if old.seal is None or rotate else old.seal
    entries = _entries(cluster, secrets, known, seal)
    if long := _too_long(secrets, entries):
        return long
    passing = any(secret.short_lived for secret in secrets)
    text = (
        edited(old_text, old.document, entries, seal)
        if old.document
        else fresh(cluster, entries, seal, short_lived=passing)
    )
    if text is not None and rotate:
        text = without_rotation(text)
    if text is None:
        return Refusal(
            "is not in the format that this command writes, one value to a line",
            "move the file away, run again, and copy your own lines back",
        )
    return Environment(
        text,
        known,
        {entry.name: entry.value for entry in entries} | _digests(secrets, entries),
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


def _digests(secrets: Sequence[Secret], entries: Sequence[SecretLine]) -> dict[str, str]:
    """What nodes report of the secrets that they were made with, by parameter, as each kind is given them.

    Of the sealed values, which tell nothing, and of those alone that last.
    """
    values = {entry.name: entry.value for entry in entries}
    lasting = sorted((it for it in secrets if not it.short_lived), key=lambda it: it.name)
    found = {}
    for kind in RoleKind:
        given_to = [it.name for it in lasting if it.shared or kind is RoleKind.MASTER]
        text = "".join(f"{name}\0{values[name]}\0" for name in given_to)
        found[secrets_parameter(kind)] = sha256(text.encode()).hexdigest()[:_DIGITS]
    return found


def _unkeyed(secret: Secret, known: Mapping[str, str], now: datetime) -> bool:
    """Whether a value is a token of an earlier version, which no key belongs to."""
    recipe = secret.recipe
    return isinstance(recipe, WindowToken) and not lifetime.derived(recipe, known[secret.name], now)


def _too_long(secrets: Iterable[Secret], entries: Iterable[SecretLine]) -> Refusal | None:
    """The first value that Heat would refuse, as the template's parameter has no room for it."""
    values = {entry.name: entry.value for entry in entries}
    for secret in secrets:
        length, most = len(values[secret.name]), sealed_length(secret.recipe)
        if length > most:
            return Refusal(
                f"the value of '{secret.name}' is too long: {length} characters when sealed, {most} at most",
                "supply a shorter one with --from"
                if isinstance(secret.recipe, UserSupplied)
                else "take the plain PEM text of one certificate or key, on P-256, P-384 or P-521",
            )
    return None


def _entries(
    cluster: str, secrets: Sequence[Secret], values: Mapping[str, str], seal: Seal
) -> tuple[SecretLine, ...]:
    """What the file says to Heat."""
    return (
        *(
            SecretLine(name, "Keypair that opens the values below; `jeroboam keypairs` creates it", pair.name)
            for name, pair in keypairs(cluster, seal).items()
        ),
        *(SecretLine(s.name, s.description, sealed(values[s.name], seal.key(s))) for s in secrets),
    )
