"""What files that a spec names can hold."""

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random

from tests.support.families.shapes import Family, Files, Make, Path, group, spec

_CA, _MANIFESTS, _HOOKS = ("tls", "trusted_ca_files"), ("kubernetes", "manifests"), ("hooks", "pre_bootstrap")
_BEGIN, _END = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
# As long as it says, and zeros: the next best thing to a certificate that packs well.
_CERTIFICATE = _BEGIN + base64.b64encode(b"\x30\x82\x03\x00" + b"\0" * 768).decode() + "\n" + _END
_OBJECT = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
_TEMPLATE = "spec_version: 1\nkind: cluster_template\nname: t\n"
_GROUPS = [group(index, node_labels={"k": f"v{index}"}) for index in range(100)]


def _one(path: Path, unit: str, head: str = "", end: str = "", **top: object) -> Make:
    """A spec that names one file, which holds `unit` many times."""
    return lambda size: {
        "cluster.yaml": spec(path, ["named.txt"], **top),
        "named.txt": head + unit * ((size - len(head) - len(end)) // len(unit)) + end,
    }


def _many(path: Path, count: int, unit: str, head: str = "") -> Make:
    """A spec that names many files, each with its share."""
    names = [f"named-{index}.txt" for index in range(count)]
    return lambda size: {
        "cluster.yaml": spec(path, names), **dict.fromkeys(names, head + unit * (size // count // len(unit)))
    }  # fmt: skip


def _noise(size: int) -> str:
    return base64.b64encode(Random(size).randbytes(size // 2)).decode()


def _of_all_groups(distro: str, content: Callable[[int], str]) -> Make:
    """A hook that every node of a hundred groups is given."""
    return lambda size: {
        "cluster.yaml": spec(_HOOKS, ["named.txt"], distro=distro, node_groups=_GROUPS),
        "named.txt": "#!/bin/sh\n" + content(size - 10),
    }


def _chain(size: int) -> Files:
    count = size // 80
    links = {f"t{i}.yaml": f"{_TEMPLATE}template: t{i + 1}.yaml\n" for i in range(count)}
    return {"cluster.yaml": spec(template="t0.yaml"), **links, f"t{count}.yaml": _TEMPLATE}


def _merged(size: int) -> Files:
    groups = "node_groups:\n" + "".join(f"  - {{name: g{i:05}, flavor: a}}\n" for i in range(size // 60))
    return {"cluster.yaml": spec(template="t.yaml") + groups, "t.yaml": _TEMPLATE + groups}


NAMED = (
    Family("certificates", _one(_CA, _CERTIFICATE)),
    Family("certificates of all groups", _one(_CA, _CERTIFICATE, node_groups=_GROUPS)),
    Family("certificates with blanks after them", _one(_CA, _CERTIFICATE.rstrip() + " \n")),
    Family("certificate of blank lines", _one(_CA, "\n", _BEGIN)),
    Family("beginnings of certificates", _one(_CA, _BEGIN)),
    Family("certificate that never ends", _one(_CA, "MIIB", _BEGIN)),
    Family("one long certificate", _one(_CA, "MIIB", _BEGIN, "\n" + _END)),
    Family("beginnings of something else", _one(_CA, "-----BEGIN X-----\n")),
    Family("halves of private keys", _one(_CA, "-----BEGIN PRIVATE KEY ")),
    Family("certificates in 32 files", _many(_CA, 32, _CERTIFICATE)),
    Family("one file named 32 times", lambda size: {
        "cluster.yaml": spec(_CA, ["./" * i + "a.pem" for i in range(32)]),
        "a.pem": _CERTIFICATE * (size // len(_CERTIFICATE))}),
    Family("hook", _one(_HOOKS, "x", "#!/bin/sh\n")),
    Family("hook of beginnings", _one(_HOOKS, "-----BEGIN ", "#!/bin/sh\n")),
    Family("16 hooks", _many(_HOOKS, 16, ": x\n", "#!/bin/sh\n")),
    Family("hook of all groups, cloud-init", _of_all_groups("ubuntu", lambda size: ": x\n" * (size // 4))),
    Family("hook of all groups, Ignition", _of_all_groups("flatcar", lambda size: ": x\n" * (size // 4))),
    Family("noise of all groups, cloud-init", _of_all_groups("ubuntu", _noise)),
    Family("noise of all groups, Ignition", _of_all_groups("flatcar", _noise)),
    Family("manifest of documents", _one(_MANIFESTS, _OBJECT)),
    Family("manifest of text", _one(_MANIFESTS, "x", _OBJECT + "data: ")),
    Family("manifest of open brackets", _one(_MANIFESTS, "[", _OBJECT + "data: ")),
    Family("manifest of lists in lists", _one(_MANIFESTS, "- ", _OBJECT + "data:\n")),
    Family("manifest of empty mappings", _one(_MANIFESTS, "{},", _OBJECT + "data: [", "{}]\n")),
    Family("manifest of one number", _one(_MANIFESTS, "9", _OBJECT + "data: ")),
    Family("manifest of aliases", _one(_MANIFESTS, "*a,", _OBJECT + "data: [&a {a: b},", "*a]\n")),
    Family("manifest of anchors", _one(_MANIFESTS, "&a b,", _OBJECT + "data: [", "c]\n")),
    Family("manifest of directives", lambda size: {
        "cluster.yaml": spec(_MANIFESTS, ["named.txt"]),
        "named.txt": "".join(f"%TAG !{i:06}! b\n" for i in range(size // 16 - 1)) + "---\n"}),
    Family("manifests", _many(_MANIFESTS, 64, _OBJECT)),
    Family("chain of templates", _chain),
    Family("groups merged by name", _merged),
)  # fmt: skip
