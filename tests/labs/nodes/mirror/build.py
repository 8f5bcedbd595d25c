"""`python -m tests.labs.nodes.mirror.build`: makes what of the mirror in FOLDER is not of today.

FOLDER holds afterwards:

    files/        what nodes download, under upstream's paths
    images/       container images, an OCI image layout
    pins.json     by COE, what a spec's `artifacts.pins` wants: SHA-256 of files and of pinned images
    programs/, packages/   what these are made from, kept for the next run
"""

from __future__ import annotations

import argparse
import fcntl
import functools
import json
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from jeroboam.parts.artifacts import Artifact
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
    with_conformance: bool = False,
) -> None:
    """Makes all that nodes of these COEs ask for, but for images of the products `without`.

    `with_conformance` makes upstream's conformance tests and their images too.

    Raises Refused when something cannot be built.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for coe in coes:
            for artifact in catalogue.artifacts(coe):
                _file(artifact, folder)
            layout = Layout(folder / "images")
            for image in catalogue.images(coe):
                if image.products.isdisjoint(without):
                    _image(image, folder, layout)
        if with_conformance:
            for image in conformance.images():
                _image(image, folder, Layout(folder / "images"))
        known = {image.name for coe in catalogue.COES for image in catalogue.images(coe)}
        known |= {image.name for image in conformance.images()}
        Layout(folder / "images").keep_only(known)
        _forget_files(folder)
        _write_pins(folder)


def _file(artifact: Artifact, folder: Path) -> None:
    target = folder / "files" / catalogue.path(artifact.url)
    content = catalogue.CONTENTS[artifact.name]
    if isinstance(content, Program):
        source = _program(content, folder)
        if not _is_newer(target, [source]):
            copy(source, target)
    else:
        entries = list(_members(content, content.prefix.format(version=artifact.version), folder))
        sources = [entry.content for entry in entries if isinstance(entry.content, Path)]
        if not _is_newer(target, sources):
            write_tgz(target, entries)
    if artifact.sha256_url:
        line = f"{sha256(target)}  {target.name}\n"
        (folder / "files" / catalogue.path(artifact.sha256_url)).write_text(line, encoding="ascii")


def _members(archive: Archive, prefix: str, folder: Path) -> Iterator[Entry]:
    for member in archive.members:
        if isinstance(member, Plugins):
            place = programs.build(member.product, folder)
            found = [place / name for name in sorted(programs.MODULES[member.product].programs)]
        else:
            found = [_program(member, folder)]
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


def _program(program: Program, folder: Path) -> Path:
    return programs.build(program.product, folder) / program.name


def _is_newer(target: Path, sources: Sequence[Path]) -> bool:
    return target.exists() and all(target.stat().st_mtime >= source.stat().st_mtime for source in sources)


def _forget_files(folder: Path) -> None:
    """Takes away what an older catalogue asked for."""
    wanted = [artifact for coe in catalogue.COES for artifact in catalogue.artifacts(coe)]
    urls = [url for artifact in wanted for url in (artifact.url, artifact.sha256_url) if url]
    known = {folder / "files" / catalogue.path(url) for url in urls}
    for path in (folder / "files").rglob("*"):
        if path.is_file() and path not in known:
            path.unlink()


def _write_pins(folder: Path) -> None:
    digests = functools.cache(sha256)
    found: dict[str, dict[str, str]] = {}
    images = Layout(folder / "images").images()
    for coe in catalogue.COES:
        files = {a.name: folder / "files" / catalogue.path(a.url) for a in catalogue.artifacts(coe)}
        if all(file.exists() for file in files.values()):
            found[coe] = {name: digests(file) for name, file in files.items()}
        for pin, name in catalogue.pinned_images(coe).items():
            if coe in found and name in images:
                found[coe][pin] = images[name].digest.removeprefix("sha256:")
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
    parser.add_argument(
        "--conformance", action="store_true", help="upstream's conformance tests and what they run, too"
    )
    asked = parser.parse_args()
    try:
        build(
            asked.folder.resolve(),
            asked.coe or catalogue.COES,
            asked.without,
            with_conformance=asked.conformance,
        )
    except packages.Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    free = shutil.disk_usage(asked.folder).free >> 30
    print(f"the mirror is in {asked.folder}; {free} GiB are free beside it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
