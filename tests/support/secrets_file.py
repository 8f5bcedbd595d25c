"""Secrets files as tests read them."""

from __future__ import annotations

from jeroboam.secrets import Contents, contents
from jeroboam.secrets.seal import KEYPAIR_PARAMETERS


def held(text: str) -> Contents:
    """What a file holds, opened."""
    found = contents(text, ())
    assert isinstance(found, Contents), found
    return found


def plain(text: str) -> dict[str, str]:
    """Its base64 values by name, opened, without the names of keypairs."""
    return {str(n): str(v) for n, v in held(text).parameters.items() if n not in KEYPAIR_PARAMETERS}
