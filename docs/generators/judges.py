"""Which program judges which property of a spec, for the page of what is supported."""

from __future__ import annotations

_HEAD = """\

## Who judges which property

What `validate` accepts should never be refused later. Programs that can be asked are asked in
tests; what they say is in the compiler as data or as checks, so that a spec is judged without them.

| property | its judge | how the compiler knows | codes |
| --- | --- | --- | --- |
"""
_ROWS = (
    (
        "names in `kubernetes.*_args`, `feature_gates`, `admission_plugins`",
        "kube-apiserver, kube-controller-manager, kube-scheduler and kubelet of each minor version",
        "`programs.json`, which these programs give (`python -m tests.labs.kubernetes_programs`)",
        "JB0472 to JB0474",
    ),
    (
        "arguments that kubeadm or the compiler sets, values that break a cluster",
        "kubeadm",
        "a table, and joined lists",
        "JB0470, JB0471",
    ),
    (
        "`api.port`, `service-node-port-range`",
        "the daemons of a master, the security groups",
        "`ports.json` and a table",
        "JB0437, JB0460, JB0475, JB0476",
    ),
    (
        "`name`, `kubernetes.dns_domain`, `api.dns_name`, `api.extra_sans`, ranges, labels, taints",
        "`kubeadm config validate` of each minor version",
        "the schema's patterns, and checks; generated specs are tried",
        "JB0205, JB0303, JB0367, JB0418, JB0477, JB0610 to JB0612",
    ),
    (
        "any text that becomes YAML on a node",
        "Kubernetes' reader of YAML (sigs.k8s.io/yaml)",
        "what it reads as something else is quoted; texts of up to three characters are tried",
        "",
    ),
    (
        "`kubernetes.manifests`, `audit_policy_file`",
        "PyYAML, for their form alone; no API server is asked",
        "the same reader",
        "JB0421",
    ),
    ("`hooks`", "the kernel, for the first line alone", "a check", "JB0351, JB0368"),
)


def markdown() -> str:
    """The section."""
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in _ROWS)
