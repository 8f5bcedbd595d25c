"""The Swift of all these tests, and a cloud whose catalogue has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.swift.lab import Swift, running


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    """With a container `backups`."""
    with running(tmp_path_factory.mktemp("swift")) as swift:
        yield swift
