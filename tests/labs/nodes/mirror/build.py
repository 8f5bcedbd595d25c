"""`python -m tests.labs.nodes.mirror.build`: makes what of the mirror in FOLDER is not of today.

FOLDER holds afterwards:

    files/        what nodes download, under upstream's paths
    images/       container images, an OCI image layout
    pins.json     by COE and version, what a spec's `artifacts.pins` wants: SHA-256 of files and pinned images
    programs/, packages/   what these are made from, kept for the next run
"""

from __future__ import annotations

import argparse
import fcntl
import functools
import json
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from jeroboam.model.artifacts import Download
from tests.labs.nodes.mirror import catalogue, conformance, packages, programs
from tests.labs.nodes.mirror.archives import Entry, copy, sha256, tree, write_tgz
from tests.labs.nodes.mirror.contents import Archive, Image, Placed, Plugins, Program, Root
from tests.labs.nodes.mirror.layout import Descriptor, Layout
from tests.support.cases import ROOT

FOLDER = ROOT / ".tools" / "nodes" / "mirror"


def build(
    folder: Path,
    coes: Sequence[str] = catalogue.COES,
    without: Collection[str] = (),
    *,
    others: Mapping[str, Sequence[str]] = MappingProxyType({}),
    with_conformance: bool = False,
) -> None:
    """Makes all that nodes of these COEs ask for, but for images of the products `without`.

    `others` are versions beside the default ones, by COE; what is there of those that nobody asks for stays.
    `with_conformance` makes upstream's conformance tests and their images too.

    Raises MissingError when something cannot be built.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        layout = Layout(folder / "images")
        for coe in coes:
            for version in (None, *others.get(coe, ())):
                for artifact in catalogue.artifacts(coe, version):
                    _file(artifact, folder)
                for image in catalogue.images(coe, version):
                    if image.products.isdisjoint(without):
                        _image(image, folder, layout)
        if with_conformance:
            for image in conformance.images():
                _image(image, folder, layout)
        known = {image.name for coe, version in _versions() for image in catalogue.images(coe, version)}
        known |= {image.name for image in conformance.images()}
        layout.keep_only(known)
        _forget_files(folder)
        _write_pins(folder)


def _versions() -> Iterator[tuple[str, str | None]]:
    """All that the mirror can hold, with the COE of each."""
    for coe in catalogue.COES:
        yield from ((coe, version) for version in catalogue.VERSIONS[coe])


def _file(artifact: Download, folder: Path) -> None:
    target = folder / "files" / catalogue.path(artifact.url)
    content = catalogue.CONTENTS[artifact.name]
    if isinstance(content, Program):
        source = _program(content, folder, artifact.version)
        if not _is_newer(target, [source]):
            copy(source, target)
    else:
        entries = list(_members(content, artifact.version, folder))
        sources = [entry.content for entry in entries if isinstance(entry.content, Path)]
        if not _is_newer(target, sources):
            write_tgz(target, entries)
    if artifact.sha256_url:
        line = f"{sha256(target)}  {target.name}\n"
        (folder / "files" / catalogue.path(artifact.sha256_url)).write_text(line, encoding="ascii")


def _members(archive: Archive, version: str, folder: Path) -> Iterator[Entry]:
    prefix = archive.prefix.format(version=version)
    for member in archive.members:
        if isinstance(member, Plugins):
            place = programs.build(member.product, folder)
            found = [place / name for name in sorted(programs.MODULES[member.product].programs)]
        else:
            found = [_program(member, folder, version)]
        for path in found:
            yield Entry(f"{prefix}{path.name}", 0o755, path)


def _image(image: Image, folder: Path, layout: Layout) -> None:
    layers = [_layer(layer, folder, layout) for layer in image.layers]
    layout.add_image(image.name, layers, image.command)


def _layer(layer: Root | Placed, folder: Path, layout: Layout) -> Descriptor:
    links = [Entry(path, 0o777, link=target) for path, target in layer.links.items()]
    temporary = Entry("tmp", 0o1777)
    if isinstance(layer, Root):
        parts = ((layer.packages, False), (layer.alone, True))
        roots = [packages.unpacked(names, folder, alone=alone) for names, alone in parts if names]
        entries = (entry for root in roots for entry in tree(root))
        return layout.add_layer([*entries, temporary, *links])
    placed = [Entry(path, layer.mode, _program(it, folder)) for path, it in layer.programs.items()]
    written = [Entry(path, 0o644, text.encode()) for path, text in layer.texts.items()]
    return layout.add_layer([*placed, *written, temporary, *links])


def _program(program: Program, folder: Path, version: str = "") -> Path:
    return programs.build(programs.product(program.product, version), folder) / program.name


def _is_newer(target: Path, sources: Sequence[Path]) -> bool:
    return target.exists() and all(target.stat().st_mtime >= source.stat().st_mtime for source in sources)


def _forget_files(folder: Path) -> None:
    """Takes away what an older catalogue asked for."""
    wanted = [artifact for of in _versions() for artifact in catalogue.artifacts(*of)]
    urls = [url for artifact in wanted for url in (artifact.url, artifact.sha256_url) if url]
    known = {folder / "files" / catalogue.path(url) for url in urls}
    for path in (folder / "files").rglob("*"):
        if path.is_file() and path not in known:
            path.unlink()


def _write_pins(folder: Path) -> None:
    digests = functools.cache(sha256)
    found: dict[str, dict[str, dict[str, str]]] = {}
    images = Layout(folder / "images").images()
    for coe, wanted in _versions():
        files = {a.name: folder / "files" / catalogue.path(a.url) for a in catalogue.artifacts(coe, wanted)}
        if not all(file.exists() for file in files.values()):
            continue
        pins = {name: digests(file) for name, file in files.items()}
        for pin, name in catalogue.pinned_images(coe).items():
            if name in images:
                pins[pin] = images[name].digest.removeprefix("sha256:")
        found.setdefault(coe, {})[catalogue.version(coe, wanted)] = pins
    part = folder / "pins.json.part"
    part.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    part.rename(folder / "pins.json")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.labs.nodes.mirror.build", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where (default: %(default)s)")
    parser.add_argument(
        "--coe",
        action="append",
        choices=catalogue.COES,
        help="only what its nodes need; repeated for several",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=programs.products(),
        help="leave out the images of a product, such as calico; repeated for several",
    )
    for option, coe, what in (
        ("--kubernetes", "kubernetes", "minor versions"),
        ("--docker", "swarm", "engines"),
    ):
        parser.add_argument(
            option,
            dest=coe,
            action="append",
            default=[],
            choices=[version for version in catalogue.VERSIONS[coe] if version],
            help=f"{what} beside the default one; repeated for several",
        )
    parser.add_argument(
        "--conformance", action="store_true", help="upstream's conformance tests and what they run, too"
    )
    asked = parser.parse_args()
    try:
        build(
            asked.folder.resolve(),
            asked.coe or catalogue.COES,
            asked.without,
            others={"kubernetes": asked.kubernetes, "swarm": asked.swarm},
            with_conformance=asked.conformance,
        )
    except packages.MissingError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    free = shutil.disk_usage(asked.folder).free >> 30
    print(f"the mirror is in {asked.folder}; {free} GiB are free beside it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
