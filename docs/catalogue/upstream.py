"""What is read of upstream: texts, records and whole files, by HTTP.

`CATALOGUE_UPSTREAM` is the address of a proxy or mirror that is asked instead of every site: what is at
https://HOST/PATH is asked for at $CATALOGUE_UPSTREAM/HOST/PATH.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import requests

from jeroboam import serialize

VARIABLE = "CATALOGUE_UPSTREAM"
_SECONDS = 60
_HEADERS = {"User-Agent": "jeroboam-catalogue", "Accept-Encoding": "identity"}
_CHUNK = 1 << 20
_LARGEST_TEXT = 8 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KUBESPRAY = (
    "https://raw.githubusercontent.com/kubernetes-sigs/kubespray/master/"
    "roles/kubespray_defaults/vars/main/checksums.yml"
)
_KOPS = "https://raw.githubusercontent.com/kubernetes/kops/master/pkg/assets/assetdata"
_WEBSITE = "https://raw.githubusercontent.com/kubernetes/website/main/data/releases"
_END_OF_LIFE = "https://endoflife.date/api/v1/products/kubernetes"


class SourceError(Exception):
    """Why a source says nothing, in words: its address first."""


class Upstream:
    """Upstream's sites, each of whose addresses is asked once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._measured: dict[str, str] = {}

    def listed(self, url: str, file: str) -> str:
        """The digest of a file by upstream's own list of checksums at `url`. Raises SourceError."""
        lines = [line.split() for line in self._text(url).splitlines()]
        pairs = (words for words in lines if len(words) == 2)
        named = [digest for digest, name in pairs if PurePosixPath(name.lstrip("*")).name == file]
        bare = lines[0] if len(lines) == len(lines[0]) == 1 else []
        return _digest(url, [*named, *bare])

    def recorded(self, url: str) -> str:
        """The digest that GitHub computed of a release's file, of that address, as it was uploaded.

        Raises SourceError.
        """
        owner, name, _, _, tag, file = urlsplit(url).path.removeprefix("/").split("/")
        asked = f"https://api.github.com/repos/{owner}/{name}/releases/tags/{tag}"
        assets = _at(self._json(asked), asked, "assets")
        found = [str(asset.get("digest")) for asset in _mappings(assets) if asset.get("name") == file]
        return _digest(asked, [digest.removeprefix("sha256:") for digest in found])

    def pinned(self, program: str, version: str, arch: str) -> str:
        """The digest of a program of Kubernetes that kubespray pins or, where it does not, kops.

        Raises SourceError.
        """
        try:
            return self._kubesprays(f"{program}_checksums", version, arch)
        except SourceError as missing:
            try:
                return self._kops(f"v{version}/bin/linux/{arch}/{program}", version.rpartition(".")[0])
            except SourceError as too:
                raise SourceError(f"{missing}; {too}") from None

    def _kubesprays(self, table: str, version: str, arch: str) -> str:
        pinned = _at(self._yaml(_KUBESPRAY), _KUBESPRAY, table, arch, version)
        return _digest(f"{_KUBESPRAY}, {table}", [str(pinned).removeprefix("sha256:")])

    def _kops(self, file: str, minor: str) -> str:
        url = f"{_KOPS}/k8s-{minor}.yaml"
        rows = _mappings(_at(self._yaml(url), url, "files"))
        return _digest(url, [str(row.get("sha256")) for row in rows if row.get("name") == file])

    def measured(self, url: str) -> str:
        """The digest of what is at `url`, which is read as a whole. Raises SourceError."""
        if url not in self._measured:
            digest = hashlib.sha256()
            for chunk in _chunks(url):
                digest.update(chunk)
            self._measured[url] = digest.hexdigest()
        return self._measured[url]

    def scheduled_end(self, minor: str) -> str:
        """The last day of a minor version by Kubernetes' own schedule. Raises SourceError."""
        found: list[str] = []
        for name, rows in (("schedule.yaml", "schedules"), ("eol.yaml", "branches")):
            url = f"{_WEBSITE}/{name}"
            entries = _mappings(_at(self._yaml(url), url, rows))
            found += [str(row.get("endOfLifeDate")) for row in entries if str(row.get("release")) == minor]
        return _day(_WEBSITE, minor, found)

    def end_of_life(self, minor: str) -> str:
        """The last day of a minor version by endoflife.date. Raises SourceError."""
        rows = _mappings(_at(self._json(_END_OF_LIFE), _END_OF_LIFE, "result", "releases"))
        found = [str(row.get("eolFrom")) for row in rows if row.get("name") == minor]
        return _day(_END_OF_LIFE, minor, found)

    def _json(self, url: str) -> Any:
        try:
            return json.loads(self._text(url))
        except ValueError:
            raise SourceError(f"{url}: is not JSON") from None

    def _yaml(self, url: str) -> Any:
        try:
            return serialize.load_yaml_all(self._text(url))[0]
        except (serialize.YamlError, IndexError):
            raise SourceError(f"{url}: is not YAML") from None

    def _text(self, url: str) -> str:
        if url not in self._texts:
            read = bytearray()
            for chunk in _chunks(url):
                read += chunk
                if len(read) > _LARGEST_TEXT:
                    raise SourceError(f"{url}: is longer than {_LARGEST_TEXT} bytes")
            try:
                self._texts[url] = read.decode("utf-8")
            except UnicodeDecodeError:
                raise SourceError(f"{url}: is not text") from None
        return self._texts[url]


def _digest(where: str, found: list[str]) -> str:
    if len(found) != 1 or not _SHA256.fullmatch(digest := found[0].lower()):
        raise SourceError(f"{where}: has no SHA-256 of it")
    return digest


def _day(where: str, minor: str, found: list[str]) -> str:
    if len(found) != 1 or not re.fullmatch(r"\d{4}-\d\d-\d\d", found[0], re.A):
        raise SourceError(f"{where}: has no last day of {minor}")
    return found[0]


def _at(data: Any, where: str, *keys: str) -> Any:
    for key in keys:
        if not isinstance(data, dict) or key not in data:
            raise SourceError(f"{where}: has no {' '.join(keys)}")
        data = data[key]
    return data


def _mappings(rows: Any) -> Iterator[dict[str, Any]]:
    yield from (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _chunks(url: str) -> Iterator[bytes]:
    """What is at `url`, all of it, or a SourceError."""
    base = os.environ.get(VARIABLE)
    asked = f"{base.rstrip('/')}/{url.partition('://')[2]}" if base else url
    try:
        with requests.get(asked, headers=_HEADERS, stream=True, timeout=_SECONDS) as answer:
            if answer.status_code != HTTPStatus.OK:
                raise SourceError(f"{url}: HTTP {answer.status_code}")
            # An answer that ends before its announced length is an error.
            yield from answer.iter_content(_CHUNK)
    except requests.RequestException as error:
        raise SourceError(f"{url}: {error}") from None
