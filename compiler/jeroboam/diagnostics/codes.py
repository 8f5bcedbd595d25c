"""The table of diagnostic codes; stable, grouped by stage, never reused.

JB01xx load, JB02xx validate, JB03xx bind and judge, JB04xx model, JB05xx lower, JB06xx check, JB07xx import,
JB08xx lint. Those of a plug-in alone are in its own `codes.py`. `docs/diagnostics.md` is generated from this
table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from jeroboam import resources
from jeroboam.diagnostics.consumer_codes import CONSUMERS
from jeroboam.diagnostics.entry import Code, Severity
from jeroboam.diagnostics.import_codes import IMPORT
from jeroboam.diagnostics.judge_codes import JUDGE
from jeroboam.diagnostics.lint_codes import LINT
from jeroboam.diagnostics.load_codes import LOAD
from jeroboam.diagnostics.validate_codes import VALIDATE

__all__ = ["CODES", "Code", "Severity"]

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_SHARED: dict[str, Code] = {
    **LOAD,
    **VALIDATE,
    **JUDGE,
    **CONSUMERS,
    **IMPORT,
    **LINT,
    # JB04xx: the model
    "JB0401": Code(
        E,
        "COE without a driver",
        "this release has no driver for coe '{coe}' yet",
        "the spec itself is valid; compile supports: {supported}",
    ),
    "JB0402": Code(
        E,
        "distro without a platform",
        "this release has no platform for distro '{distro}' yet",
        "the spec itself is valid; compile supports: {supported}",
    ),
    "JB0403": Code(
        E,
        "mirror where Docker does not ask",
        "docker asks below '/v2/' at the end of a mirror's path, and '{value}' has a v2 within",
        "write the path before '/v2', or give the mirror a host name of its own",
    ),
    "JB0404": Code(
        E,
        "mirror of a registry that Docker asks itself",
        "docker asks mirrors for images of docker.io alone, not for those of '{registry}'",
        "name images by the mirror's own host; with kubernetes, containerd has mirrors of any registry",
    ),
    "JB0405": Code(
        E,
        "logins that Docker does not keep",
        "docker keeps no logins for all who use a node: who pulls an image brings them",
        "remove it; `docker login`, then `docker service create --with-registry-auth`",
    ),
    "JB0406": Code(
        N,
        "support that ends soon",
        "upstream's support of {product} ends on {ends}; then there are no more fixes",
        "{advice}",
    ),
    "JB0407": Code(
        W,
        "version without support",
        "upstream's support of {product} ended on {ends}: it gets no more fixes, not even for security",
        "{advice}",
    ),
    "JB0412": Code(
        E,
        "unknown pin",
        "'{name}' is neither a download nor an image of this cluster",
        "these can be pinned: {names}",
    ),
    "JB0415": Code(
        E,
        "too few subnets for Flannel",
        "subnet_len {subnet_len} splits the range into fewer than the 4 subnets that Flannel needs",
        "set subnet_len to {least} or greater",
    ),
    # JB05xx: lowering to a distro
    "JB0501": Code(
        E,
        "distro lacks a capability",
        "coe '{coe}' needs '{capability}', which distro '{distro}' does not have",
        "choose another distro, or remove the setting that needs it",
    ),
    "JB0503": Code(
        E,
        "name not ASCII",
        "the external network's name '{name}' is not ASCII, and the user data of '{distro}' (Ignition) "
        "must be",
        "use the network's id instead",
    ),
    # JB06xx: what Heat or Nova would refuse
    "JB0601": Code(
        E,
        "user data over Nova's limit",
        "user data of '{role}' can reach {size} characters of base64; Nova accepts at most {limit}",
        "shorten hooks, tls.trusted_ca_files or kubernetes.manifests: a hook can download large files; "
        "split a large group with docker_volume, which adds a line for each node",
    ),
    "JB0602": Code(
        E,
        "template over Heat's limit",
        "{name} has {size} characters as Heat counts them; Heat accepts at most {limit}",
        "set heat.layout: nested, which gives each node group its own template, and split a group that is "
        "still too large",
    ),
    "JB0603": Code(
        E,
        "nested template over Heat's limit",
        "{name} has {size} characters as Heat counts them; Heat accepts at most {limit}",
        "split the node group into smaller ones",
    ),
    "JB0604": Code(
        E,
        "request over Heat's limit",
        "template and files make a request of {size} bytes; Heat accepts at most {limit}",
        "use fewer nodes or fewer node groups (each group has its own user data), or split the cluster "
        "into two: no layout makes the request smaller",
    ),
    "JB0605": Code(
        E,
        "more resources than Heat's limit",
        "the stack has {count} resources; Heat's default limit is {limit}",
        "use fewer nodes, volumes or floating IPs; if your cloud's heat.conf allows more "
        "(max_resources_per_stack), set heat.layout: nested to confirm it",
    ),
    "JB0606": Code(
        W,
        "more resources than Heat's default limit",
        "the stack has {count} resources, nested ones included; Heat's default limit is {limit}",
        "make sure that max_resources_per_stack in your cloud's heat.conf is {count} or more",
    ),
    "JB0608": Code(
        E,
        "too many nodes for one request to Heat",
        "{count} nodes take more than {size} bytes of a request; Heat accepts at most {limit}",
        "use fewer nodes, less server_metadata or fewer security_groups (each is written for every node), "
        "or split the cluster into several: no layout makes the request smaller",
    ),
}


class _Table(Mapping[str, Code]):
    """All codes. Plug-ins' tables are read when one of theirs is first asked for, or all are."""

    def __getitem__(self, code: str) -> Code:
        return _SHARED[code] if code in _SHARED else _of_plugins()[code]

    def __iter__(self) -> Iterator[str]:
        yield from _SHARED
        yield from _of_plugins()

    def __len__(self) -> int:
        return len(_SHARED) + len(_of_plugins())


CODES: Mapping[str, Code] = _Table()


@cache
def _of_plugins() -> Mapping[str, Code]:
    found: dict[str, Code] = {}
    for path in resources.of_plugins("codes.py"):
        codes = _codes(path)
        twice = (found.keys() | _SHARED.keys()) & codes.keys()
        assert not twice, f"{path}: in another table as well: {sorted(twice)}"
        found |= codes
    return found


def _codes(path: Path) -> dict[str, Code]:
    """The table in a file, without its package: that would load a whole driver, which loads this module."""
    spec = spec_from_file_location(f"jeroboam.codes_of_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    codes: dict[str, Code] = module.CODES
    return codes
