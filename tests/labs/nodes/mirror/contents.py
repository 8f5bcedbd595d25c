"""What files and images are made of, as data: programs, archives, layers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.labs.nodes.mirror.layout import Command


class Program(NamedTuple):
    """A program by the product that it is built with, see `programs`; its path there is `name`."""

    product: str
    name: str


class Plugins(NamedTuple):
    """Every program of a product, for an archive that holds nothing else."""

    product: str


class Archive(NamedTuple):
    """A tgz: programs below `prefix`, which may name the artifact's `{version}`."""

    prefix: str
    members: tuple[Program | Plugins, ...]


class Root(NamedTuple):
    """A layer: Debian's packages with what they depend on, others `alone`; `links` are target by path."""

    packages: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    links: Mapping[str, str] = MappingProxyType({})


class Placed(NamedTuple):
    """A layer: programs by their path; `links` are target by path, `texts` what is written in other files."""

    programs: Mapping[str, Program] = MappingProxyType({})
    links: Mapping[str, str] = MappingProxyType({})
    texts: Mapping[str, str] = MappingProxyType({})
    mode: int = 0o755
    """Of the programs."""


class Image(NamedTuple):
    """An image of layers, the lowest first; `name` is path and tag, as a registry of any name serves it."""

    name: str
    layers: tuple[Root | Placed, ...]
    command: Command

    @property
    def products(self) -> frozenset[str]:
        """What its programs are built with."""
        placed = (layer for layer in self.layers if isinstance(layer, Placed))
        return frozenset(program.product for layer in placed for program in layer.programs.values())
