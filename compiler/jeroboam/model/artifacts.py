"""What nodes get from elsewhere: files that they download, and images that a user's manifests name."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["binary", "tgz"]


class Download(NamedTuple):
    """One file that a node downloads.

    `sha256` is lower-case hex, or None where only upstream's own checksum file, `sha256_url`, tells it;
    that file holds the bare digest or `sha256sum` lines. `target` is a binary's name, or says what a
    tarball holds: `prefix` (bin/*), `cni` (CNI plugins) or `bin` (binaries at the top).
    """

    name: str
    version: str
    url: str
    sha256: str | None
    sha256_url: str | None
    kind: Kind
    target: str


class ManifestImage(NamedTuple):
    """An image as a manifest of the user's names it, any text; `file` is the manifest as the spec has it."""

    reference: str
    file: str
