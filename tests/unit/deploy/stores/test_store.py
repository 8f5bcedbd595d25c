"""What a store is not asked, and what is too large for one request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.stores.address import parse_store, parse_stored
from jeroboam.deploy.stores.store import LARGEST, ObjectBody, ObjectStore


def test_what_is_too_large_is_refused_before_it_is_sent() -> None:
    asks_nothing: Any = object()
    store = ObjectStore(parse_store("swift:backups"), asks_nothing, print)
    body = ObjectBody(Path("none"), LARGEST + 1, b"", "")
    with pytest.raises(DeployError, match=r"it has 5\.0 GiB, and stores take 5 GiB at once"):
        store.put("a", body, {}, print)


@pytest.mark.parametrize(
    ("text", "whole", "key"),
    [
        ("swift:backups", "swift:backups", "name"),
        ("swift:backups/a/b/", "swift:backups/a/b", "a/b/name"),
        ("s3:https://s3.example.com/backups", "s3:https://s3.example.com/backups", "name"),
        ("s3:http://[::1]:9000/backups/a", "s3:http://[::1]:9000/backups/a", "a/name"),
    ],
)
def test_addresses(text: str, whole: str, key: str) -> None:
    found = parse_store(text)
    assert (str(found), found.key("name")) == (whole, key)
    assert parse_stored(found.of("name")) == (found, "name")
