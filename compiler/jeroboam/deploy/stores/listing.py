"""A page of a listing, of Swift's JSON or S3's XML.

Facts: OpenStack Object Storage API v1, "Show container details and list objects"; Amazon S3 API Reference,
ListObjectsV2.
"""

from __future__ import annotations

import json
from typing import NamedTuple
from xml.parsers import expat


class StoredObject(NamedTuple):
    """An object by its name in the container; its size is in bytes."""

    key: str
    size: int


class ListingPage(NamedTuple):
    """Some objects; `more` asks for those after them, empty with the last page."""

    objects: tuple[StoredObject, ...]
    more: str


def swift_page(body: bytes) -> ListingPage:
    """Of Swift. Raises ValueError, KeyError and TypeError for what is none."""
    objects = tuple(
        StoredObject(str(it["name"]), int(it["bytes"])) for it in json.loads(body) if "name" in it
    )
    # Pages end with an empty one, as a page's length is the operator's choice.
    return ListingPage(objects, objects[-1].key if objects else "")


def s3_page(body: bytes) -> ListingPage:
    """Of S3. Raises ValueError and KeyError for what is none."""
    root, found = _tree(body, "Contents")
    if root != "ListBucketResult":
        raise ValueError(f"a listing, and not {root or 'nothing'}")
    objects = tuple(StoredObject(it["Key"], int(it["Size"])) for it in found["Contents"])
    (rest,) = found[""]
    return ListingPage(objects, rest["NextContinuationToken"] if rest.get("IsTruncated") == "true" else "")


def s3_error(body: bytes) -> tuple[str, str]:
    """The code and the message of an error; both empty where it is none."""
    try:
        root, found = _tree(body, "")
    except ValueError:
        return "", ""
    (said,) = found[""]
    return (said.get("Code", ""), said.get("Message", "")) if root == "Error" else ("", "")


def _tree(body: bytes, repeated: str) -> tuple[str, dict[str, list[dict[str, str]]]]:
    """The root's name, and of each element `repeated`, and of the root as '', the texts of its children."""
    path: list[str] = []
    roots: list[str] = []
    found: dict[str, list[dict[str, str]]] = {"": [{}], repeated: []} if repeated else {"": [{}]}

    def begin(name: str, _: object) -> None:
        roots.extend([name] if not path else [])
        path.append(name)
        if len(path) == 2 and name == repeated:
            found[repeated].append({})

    def text(data: str) -> None:
        if len(path) == 2:
            held = found[""][0]
        elif len(path) == 3 and path[1] == repeated:
            held = found[repeated][-1]
        else:
            return
        held[path[-1]] = held.get(path[-1], "") + data

    def refuse(*_: object) -> None:
        raise ValueError("a document type, which no store sends")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, lambda _: path.pop()
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise ValueError(f"XML, and it is none: {error}") from error
    return roots[0], found
