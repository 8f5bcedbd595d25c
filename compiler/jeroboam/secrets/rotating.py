"""A rotation under way, in the secrets file that it changes: a comment with what, how far, old and new.

It is a comment, as the seal is, so that the file stays one that Heat takes.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import NamedTuple

from jeroboam.model.rotation import Rotation, Values
from jeroboam.model.secrets import Secret
from jeroboam.secrets import recipes
from jeroboam.secrets.contents import Contents, Refusal
from jeroboam.secrets.environment import Environment, environment
from jeroboam.secrets.file import ROTATING_LINE, ROTATING_WORD, without_rotation
from jeroboam.secrets.seal import Seal, opened, sealed


class Rotating(NamedTuple):
    """A rotation of `what` whose `phase`, from 1, was begun; values before it, and the new ones.

    Phase 0 is before the first, with all values as they were.
    """

    what: str
    phase: int
    old: Values
    new: Values


def rotating_in(text: str, seal: Seal | None) -> Rotating | Refusal | None:
    """The rotation that a secrets file is in the middle of, None where there is none."""
    line = ROTATING_LINE.search(text)
    if line is None:
        return None
    plain = opened(line[3], seal.master) if seal else None
    try:
        held = json.loads(b64decode(plain)) if plain else None
    except ValueError:
        held = None
    if not isinstance(held, dict) or not all(isinstance(held.get(name), dict) for name in ("old", "new")):
        return Refusal(
            f"holds a rotation that cannot be read, in its line '# {ROTATING_WORD} …'",
            "restore the file from a copy",
        )
    return Rotating(line[1], int(line[2]), held["old"], held["new"])


def with_rotating(text: str, rotating: Rotating | None, seal: Seal) -> str:
    """The text of a secrets file with such a line, or without."""
    text = without_rotation(text)
    if rotating is None:
        return text
    held = json.dumps({"old": dict(rotating.old), "new": dict(rotating.new)}, sort_keys=True)
    value = sealed(b64encode(held.encode()).decode("ascii"), seal.master)
    return f"# {ROTATING_WORD} {rotating.what} {rotating.phase} {value}\n{text}"


def begun(
    rotation: Rotation,
    secrets: Sequence[Secret],
    values: Values,
    given: Values,
    *,
    random: Random,
    now: datetime,
) -> Rotating:
    """A rotation before its first phase: the values of now, and new ones; `given` are supplied.

    Raises ValueError for a key that cannot be read.
    """
    changing = {*rotation.secrets, *rotation.derived}
    known = {name: value for name, value in values.items() if name not in changing} | dict(given)
    made = recipes.made(secrets, known, random=random, now=now) | dict(given)
    return Rotating(
        rotation.what,
        0,
        {name: values[name] for name in rotation.secrets},
        {name: made[name] for name in rotation.secrets},
    )


def in_phase(
    cluster: str,
    secrets: Sequence[Secret],
    old: Contents,
    text: str,
    rotation: Rotation,
    rotating: Rotating,
    *,
    random: Random,
    now: datetime,
    ended: bool = False,
) -> Environment | Refusal:
    """The file with the values of the phase that `rotating` is in; `ended` leaves no trace of it."""
    values = rotation.phases[rotating.phase - 1].values(rotating.old, rotating.new)
    parameters: Mapping[str, object] = {
        **{name: value for name, value in old.parameters.items() if name not in rotation.derived},
        **values,
    }
    made = environment(
        cluster, secrets, old._replace(parameters=parameters), text, {}, rotate=False, random=random, now=now
    )
    if isinstance(made, Refusal):
        return made
    return made._replace(text=with_rotating(made.text, None if ended else rotating, made.seal))
