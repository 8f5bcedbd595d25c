"""Downloads and container images: pinned, mirrored, and listed for the step that installs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jeroboam.model.artifacts import Download


def pinned(artifacts: Iterable[Download], pins: Mapping[str, str]) -> tuple[Download, ...]:
    """The artifacts, each with the digest that `pins` has for its name; a pin overrides the catalogue."""
    return tuple(a._replace(sha256=pins[a.name].lower()) if a.name in pins else a for a in artifacts)


def pinned_images(images: Mapping[str, str], pins: Mapping[str, str]) -> dict[str, str]:
    """The image references by name, each with the digest that `pins` has for it, else the catalogue's.

    A runtime that is given tag and digest pulls by the digest alone, and refuses anything else.
    """
    return {
        name: f"{reference.partition('@')[0]}@sha256:{pins[name].lower()}" if name in pins else reference
        for name, reference in images.items()
    }


def unknown_pins(names: Iterable[str], pins: Mapping[str, str]) -> tuple[str, ...]:
    """The names in `pins` that are not among `names` (downloads, images), in the order of `pins`."""
    known = set(names)
    return tuple(name for name in pins if name not in known)


def mirrored(artifact: Download, mirror: str | None) -> Download:
    """The artifact and its checksum file as `mirror`, a base URL, serves them: under their upstream paths."""
    if not mirror:
        return artifact
    checksum = artifact.sha256_url
    return artifact._replace(
        url=_under(mirror, artifact.url), sha256_url=_under(mirror, checksum) if checksum else None
    )


def upstream_path(url: str) -> str:
    """Where below a mirror's base URL it has what upstream serves at `url`."""
    return url.partition("://")[2].partition("/")[2]


def artifacts_table(artifacts: Iterable[Download]) -> str:
    """The text of artifacts.list: a line of seven fields per artifact, a blank between them, `-` for none.

    The fields are name, version, kind, target, URL, SHA-256 and URL of the checksum file.
    """
    return "".join(
        " ".join((a.name, a.version, a.kind, a.target, a.url, a.sha256 or "-", a.sha256_url or "-")) + "\n"
        for a in artifacts
    )


def image(reference: str, registry: str | None) -> str:
    """The image as `registry`, a prefix, serves it: under its upstream path, tag and digest kept."""
    return f"{registry.rstrip('/')}/{_apart(reference)[1]}" if registry else reference


def full_reference(reference: str) -> str:
    """An image reference with all that a short one leaves out: Docker Hub, its library, the tag `latest`.

    Facts: normalize.go of github.com/distribution/reference, by which containerd and Docker read names.
    """
    host, path = _apart(reference)
    if not host:
        host = "docker.io"
    if host == "docker.io" and "/" not in path:
        path = f"library/{path}"
    full = f"{host}/{path}"
    return full if "@" in full or tag(full) else f"{full}:latest"


def _apart(reference: str) -> tuple[str, str]:
    """The host of an image reference, empty if it names none, and the rest."""
    host, slash, path = reference.partition("/")
    # As container runtimes tell them apart: only a host has a dot or a port, or is localhost.
    named = slash and ("." in host or ":" in host or host == "localhost")
    return (host, path) if named else ("", reference)


def repository(reference: str) -> str:
    """The image reference without its tag and digest."""
    path = reference.partition("@")[0]
    head, colon, tag = path.rpartition(":")
    return path if "/" in tag or not colon else head


def tag(reference: str) -> str:
    """The tag of an image reference, empty if it has none."""
    path = reference.partition("@")[0]
    return path[len(repository(reference)) + 1 :]


def _under(mirror: str, url: str) -> str:
    return f"{mirror.rstrip('/')}/{upstream_path(url)}"
