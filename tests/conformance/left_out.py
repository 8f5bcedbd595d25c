"""Conformance tests that nodes of this lab cannot show, by their full names, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SHELL = (
    "compares the words of busybox' own shell; ours is bash, as Debian's busybox drops variables that "
    "other tests look for"
)
_ALPINE = "looks for Alpine's name in an image; the mirror's are made of Debian"
LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "[sig-node] Kubelet when scheduling a read only busybox container should not write to root "
        "filesystem [LinuxOnly] [NodeConformance] [Conformance]": _SHELL,
        "[sig-node] ImageVolume should succeed with pod and pull policy of Always [LinuxOnly] "
        "[MinimumKubeletVersion:1.35] [Conformance]": _ALPINE,
    }
)
