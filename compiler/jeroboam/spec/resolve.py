"""A merged Document -> the same with old names replaced and defaults filled in, judged by the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from jeroboam.diagnostics import Diagnostic, Outcome, Pointer, Related, diagnose
from jeroboam.source import Data, Document
from jeroboam.source.pointers import child, within
from jeroboam.spec.defaults import complete, without_nulls
from jeroboam.spec.groups import with_groups_named
from jeroboam.spec.leaks import leaks
from jeroboam.spec.problems import Problem, missing, problems
from jeroboam.spec.repair import with_required, without
from jeroboam.spec.schema import composed
from jeroboam.spec.validate import MAX_EXPLAINED, Violation, bounded, fits, violations

CLUSTER = "cluster"


def resolve(document: Document) -> Outcome[Document]:
    """The complete document.

    With errors it holds stand-ins, at `doubtful` pointers; None when even that does not fit the schema.
    """
    schema = composed()
    data = without_nulls(document.data, schema)
    assert isinstance(data, dict)
    data, notes = _renamed(data)
    secrets = tuple(leaks(data, schema))
    found: list[Problem] = [Problem(secret, (secret.pointer,)) for secret in secrets]
    found.extend(_foreign_blocks(data))
    cut, over = bounded(data, schema)
    assert isinstance(cut, dict)
    data = cut
    if over or not fits(data):
        told = {p.diagnostic.pointer for p in found}
        found.extend(p for p in _mistakes(data, over, document) if not within(p.diagnostic.pointer, told))
    doubtful = {pointer for problem in found for pointer in problem.doubtful}
    if found:
        data, thinned = without(data, {problem.diagnostic.pointer for problem in found}, schema)
        doubtful |= thinned
    resolved = complete(data)
    lacking = [p for p in missing(resolved, schema) if p.diagnostic.pointer not in doubtful]
    lacking = list(with_groups_named(lacking, resolved, document))
    doubtful.update(pointer for problem in lacking for pointer in problem.doubtful)
    if document.data.get("kind") == CLUSTER:
        found.extend(lacking)
    if lacking or found:
        resolved = complete(_required(resolved))
    diagnostics = (*notes, *_unasked(data, resolved), *(problem.diagnostic for problem in found))
    usable = not found or fits(resolved)
    return Outcome(
        replace(document, data=resolved, doubtful=frozenset(doubtful)) if usable else None, diagnostics
    )


def _mistakes(data: Data, over: Iterable[Violation], document: Document) -> Iterator[Problem]:
    """Values that are too long, then all other violations of the schema, up to a limit."""
    too_long = {problem.diagnostic.pointer: problem for problem in problems(over, document)}
    yield from too_long.values()
    broken = violations(data)
    others = (p for p in problems(broken, document) if p.diagnostic.pointer not in too_long)
    yield from islice(others, MAX_EXPLAINED)
    if len(broken) > MAX_EXPLAINED or next(others, None) is not None:
        yield Problem(diagnose("JB0215", limit=MAX_EXPLAINED), ())


def _renamed(data: dict[str, Data]) -> tuple[dict[str, Data], tuple[Diagnostic, ...]]:
    old = data.get("distro")
    new = composed()["x-aliases"].get(old) if isinstance(old, str) else None
    if new is None:
        return data, ()
    return {**data, "distro": new}, (diagnose("JB0214", "/distro", old=old, new=new),)


def _unasked(given: dict[str, Data], resolved: dict[str, Data]) -> Iterator[Diagnostic]:
    """Notes a default that the user may not expect."""
    api, whole = given.get("api"), resolved["api"]
    stated = isinstance(api, dict) and "floating_ip" in api
    if not stated and isinstance(whole, dict) and not whole["floating_ip"]:
        related = (Related("/network/external_network", "no external network is set"),)
        yield diagnose("JB0322", "/api/floating_ip", related=related)


def _foreign_blocks(data: dict[str, Data]) -> Iterator[Problem]:
    coes, coe = composed()["x-coes"], data.get("coe")
    if coe not in coes:
        return
    for name in coes:
        if name != coe and name in data:
            where: Pointer = child("", name)
            related = (Related("/coe", f"coe is '{coe}' here"),)
            yield Problem(
                diagnose("JB0212", where, at_key=True, related=related, name=name, coe=coe), (where,)
            )


def _required(data: Data) -> dict[str, Data]:
    result = with_required(data, composed())
    assert isinstance(result, dict)
    return result
