"""A snapshot is sent until it is taken: a master that waits speaks to one at a time, and others ask too."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from jeroboam.model.client import Copier
from tests.unit.clients.kubernetes.conftest import Played

MODULE = "jeroboam.clients.kubernetes.cluster"


@pytest.mark.parametrize("tries", [1, 2, 17])
def test_it_is_tried_again_at_once(played: Played, monkeypatch: pytest.MonkeyPatch, tries: int) -> None:
    asked: list[tuple[object, ...]] = []

    def sent(*told: object) -> bool:
        asked.append(told)
        return len(asked) == tries

    client = played.client()
    assert isinstance(client, Copier)
    monkeypatch.setattr(f"{MODULE}.sent", sent)
    monkeypatch.setattr("jeroboam.clients.kubernetes.cluster.PAUSE_SECONDS", 0.0)
    assert client.give(Path("a.snapshot"))
    host, port, _, path = asked[-1]
    assert (host, port, path) == ("127.0.0.1", played.door.port, Path("a.snapshot"))
    assert len(asked) == tries


def test_after_a_while_it_is_looked_what_became_of_the_master(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, seconds = played.client(), count()
    assert isinstance(client, Copier)
    monkeypatch.setattr(f"{MODULE}.sent", lambda *_: False)
    monkeypatch.setattr(f"{MODULE}.monotonic", lambda: float(next(seconds)))
    monkeypatch.setattr("jeroboam.clients.kubernetes.cluster.PAUSE_SECONDS", 0.0)
    assert not client.give(Path("a.snapshot"))
    assert 20 <= next(seconds) <= 23
