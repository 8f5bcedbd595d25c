"""Which secrets workers are given: those are sealed with the workers' key, the others with the masters'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from jeroboam.model.secrets import Secret
from jeroboam.model.types import HeatValue, SecretRef


def with_audience(secrets: Iterable[Secret], workers: Mapping[str, HeatValue | str]) -> tuple[Secret, ...]:
    """`secrets`, those marked as shared that are among `workers`, what scripts of workers may read."""
    shared = {value.name for value in workers.values() if isinstance(value, SecretRef)}
    return tuple(replace(secret, shared=secret.name in shared) for secret in secrets)
