"""Container images in a folder, as the OCI image layout has it; no registry and no daemon writes them.

Facts: image-layout.md, manifest.md, config.md and descriptor.md of the OCI image specification 1.1.
Layers are not compressed: emulated nodes would spend more on unpacking them than on fetching them.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.labs.nodes.mirror.archives import Entry, write_tar

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_NAME = "org.opencontainers.image.ref.name"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_EPOCH = "1970-01-01T00:00:00Z"


class Descriptor(NamedTuple):
    """What the layout knows of a blob; `digest` is `sha256:` and lower-case hex, `size` in bytes."""

    media_type: str
    digest: str
    size: int

    def data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


class Command(NamedTuple):
    """What a container of an image runs when nobody says otherwise."""

    entrypoint: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    user: str = ""
    """A number, for images that a pod may ask not to run as root."""


class Layout:
    """A folder of images, by names such as `coredns/coredns:v1.14.2`: no host, always a tag."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def images(self) -> Mapping[str, Descriptor]:
        """Every image that is there; empty where there is no layout."""
        index = self.folder / "index.json"
        if not index.exists():
            return {}
        return {
            manifest["annotations"][_NAME]: Descriptor(
                manifest["mediaType"], manifest["digest"], manifest["size"]
            )
            for manifest in json.loads(index.read_text(encoding="utf-8"))["manifests"]
        }

    def blob(self, digest: str) -> Path | None:
        """The file of a blob, or None when it is not there or `digest` is none."""
        kind, _, name = digest.partition(":")
        if kind != "sha256" or len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            return None
        path = self._blobs / name
        return path if path.is_file() else None

    def add_layer(self, entries: Iterable[Entry]) -> Descriptor:
        """Writes a layer; the same entries make the same one."""
        self._blobs.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._blobs, delete=False) as file:
            part = Path(file.name)
            write_tar(file, entries)
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        part.chmod(0o644)
        size = part.stat().st_size
        part.rename(self._blobs / digest)
        return Descriptor(_LAYER, f"sha256:{digest}", size)

    def add_image(self, name: str, layers: Sequence[Descriptor], command: Command) -> Descriptor:
        """Writes an image of layers that are there and gives it the name, which an older one loses."""
        config = {
            "created": _EPOCH,
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "Env": [_PATH, *command.environment],
                "Entrypoint": list(command.entrypoint),
                "Cmd": list(command.arguments),
                "WorkingDir": "/",
                **({"User": command.user} if command.user else {}),
            },
            # An uncompressed layer is what its own digest says, so both lists are the same.
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
            "history": [{"created": _EPOCH, "created_by": "tests.labs.nodes.mirror"} for _ in layers],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._add_json(_CONFIG, config).data(),
            "layers": [layer.data() for layer in layers],
        }
        described = self._add_json(MANIFEST, manifest)
        self._write_index({**self.images(), name: described})
        return described

    def keep_blob(self, file: Path) -> str:
        """Takes a file that is on the same file system for a blob; its digest."""
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        self._blobs.mkdir(parents=True, exist_ok=True)
        file.rename(self._blobs / digest)
        return f"sha256:{digest}"

    def keep_image(self, name: str, manifest: bytes) -> Descriptor:
        """Gives an image the name, by its manifest as somebody else wrote it; its blobs are there already.

        Raises AssertionError where one is not.
        """
        read = json.loads(manifest)
        for part in (read["config"], *read["layers"]):
            assert self.blob(part["digest"]) is not None, f"{part['digest']} is named and not there"
        described = self._add_text(MANIFEST, manifest)
        self._write_index({**self.images(), name: described})
        return described

    def keep_only(self, names: Iterable[str]) -> None:
        """Forgets the other images, and every blob that none of these needs."""
        wanted = set(names)
        self._write_index({name: found for name, found in self.images().items() if name in wanted})
        needed = {digest.partition(":")[2] for digest in self._digests()}
        for path in self._blobs.iterdir():
            if path.name not in needed:
                path.unlink()

    @property
    def _blobs(self) -> Path:
        return self.folder / "blobs" / "sha256"

    def _digests(self) -> Iterable[str]:
        for described in self.images().values():
            yield described.digest
            path = self.blob(described.digest)
            assert path is not None, f"{described.digest} is named and not there"
            manifest = json.loads(path.read_text(encoding="utf-8"))
            yield from (part["digest"] for part in (manifest["config"], *manifest["layers"]))

    def _add_json(self, media_type: str, data: Any) -> Descriptor:
        return self._add_text(media_type, json.dumps(data, separators=(",", ":"), sort_keys=True).encode())

    def _add_text(self, media_type: str, text: bytes) -> Descriptor:
        digest = hashlib.sha256(text).hexdigest()
        self._blobs.mkdir(parents=True, exist_ok=True)
        (self._blobs / digest).write_bytes(text)
        return Descriptor(media_type, f"sha256:{digest}", len(text))

    def _write_index(self, images: Mapping[str, Descriptor]) -> None:
        manifests = [
            {
                **described.data(),
                "annotations": {_NAME: name},
                "platform": {"architecture": "amd64", "os": "linux"},
            }
            for name, described in sorted(images.items())
        ]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
        self.folder.mkdir(parents=True, exist_ok=True)
        _replace(self.folder / "oci-layout", '{"imageLayoutVersion":"1.0.0"}\n')
        _replace(self.folder / "index.json", json.dumps(index, indent=1) + "\n")


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.rename(path)
