"""The files that a spec names: certificates are certificates, scripts name their interpreter."""

from __future__ import annotations

import re
from binascii import Error
from collections.abc import Iterator, Mapping

from jeroboam.diagnostics import Diagnostic, Pointer, diagnose
from jeroboam.source.pointers import child
from jeroboam.spec.leaks import has_private_key
from jeroboam.spec.nodes import node_specs
from jeroboam.spec.types import ClusterSpec, Frozen, HooksSpec, TextFile

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
MAX_EMBEDDED = 4 << 20
"""Characters of hooks and certificates in all user data: four times what Heat takes of anything."""
_ADVICE = "keep private keys out of files that go to nodes"


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Trusted CAs, hooks, and the files that the COE's own block names."""
    yield from _together(spec)
    for index, file in enumerate(spec.tls.trusted_ca_files):
        yield from _certificate(child("/tls/trusted_ca_files", index), file)
    for index, registry in enumerate(spec.runtime.registries):
        if registry.ca is not None:
            yield from _certificate(f"/runtime/registries/{index}/ca_file", registry.ca)
    yield from _scripts("/hooks", spec.hooks)
    for at, node in node_specs(spec):
        yield from _scripts(child(at, "hooks"), node.hooks)
    for where, path in _texts(spec.options, child("", spec.coe)):
        if path in spec.files and has_private_key(spec.files[path].text):
            yield _secret(where, spec.files[path])


def _together(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """What every node is given, before it is packed for each role."""
    cas = (*spec.tls.trusted_ca_files, *(one.ca for one in spec.runtime.registries if one.ca))
    size = sum(len(file.text) for file in (*cas, *_hooks(spec.hooks)))
    counted = (spec.masters.node, *(group.node for group in spec.node_groups if group.count))
    own = sum(len(file.text) for node in counted for file in _hooks(node.hooks))
    if size * len(counted) + own > MAX_EMBEDDED:
        yield diagnose("JB0366", "/node_groups", size=size, roles=len(counted), limit=MAX_EMBEDDED)


def _scripts(at: Pointer, hooks: HooksSpec) -> Iterator[Diagnostic]:
    for name, files in (("pre", hooks.pre_bootstrap), ("post", hooks.post_bootstrap)):
        for index, file in enumerate(files):
            where = child(child(at, f"{name}_bootstrap"), index)
            if has_private_key(file.text):
                yield _secret(where, file)
            elif not file.text.startswith("#!"):
                yield diagnose("JB0351", where, path=file.path)
            elif "\r" in file.text.partition("\n")[0]:
                yield diagnose("JB0368", where, path=file.path)


def _hooks(hooks: HooksSpec) -> tuple[TextFile, ...]:
    return (*hooks.pre_bootstrap, *hooks.post_bootstrap)


def _texts(value: Frozen, at: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Every string in a COE's own block, some of which are paths."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, child(at, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(item, child(at, index))


def _certificate(where: Pointer, file: TextFile) -> Iterator[Diagnostic]:
    if has_private_key(file.text):
        yield _secret(where, file)
        return
    blocks = _CERTIFICATE.findall(file.text)
    if not blocks or len(blocks) != file.text.count("-----BEGIN ") or not all(map(_is_der, blocks)):
        yield diagnose("JB0350", where, path=file.path)


def _is_der(block: str) -> bool:
    """Whether the text is base64 of one ASN.1 sequence that is as long as it says (X.690, 8.1)."""
    from base64 import b64decode

    try:
        der = b64decode("".join(block.split()), validate=True)
    except (Error, ValueError):
        return False
    if len(der) < 2 or der[0] != 0x30:
        return False
    octets = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + octets], "big") if octets else der[1]
    return length == len(der) - 2 - octets


def _secret(where: Pointer, file: TextFile) -> Diagnostic:
    return diagnose("JB0213", where, what=f"'{file.path}' holds a private key", advice=_ADVICE)
