"""Which program judges which property of a spec, for the page of what is supported."""

from __future__ import annotations

_HEAD = """\

## Who judges which property

What `validate` accepts should never be refused later. Programs that can be asked are asked in
tests; what they say is in the compiler as data or as checks, so that a spec is judged without them.

| property | its judge | how the compiler knows | codes |
| --- | --- | --- | --- |
"""
_BY_REQUESTS = "checks; the requests of goldens and of generated specs are tried (`make test-consumers`)"
_BY_FILES = "checks; the files of goldens and of generated specs are tried (`make test-daemons`)"
_ROWS = (
    ("`name`, `tags`", "Heat's rules of stacks and tags", _BY_REQUESTS, "JB0384, JB0393"),
    (
        "the template as a whole",
        "Heat's engine",
        "generated specs are tried (`make test-properties`)",
        "JB0602 to JB0604",
    ),
    (
        "`boot_volume`, `availability_zones`, `server_metadata`, `server_group_policy`, `config_drive`",
        "Nova's schemas at the newest microversion that Heat uses, and its default limits",
        _BY_REQUESTS,
        "JB0361, JB0385, JB0391 to JB0393, JB0601",
    ),
    (
        "`bastion`, `existing_floating_ip`, `existing_floating_ips`",
        "Nova's schemas, Neutron's attributes, and that it associates one floating IP with a port",
        _BY_REQUESTS,
        "JB0362 to JB0365, JB0398",
    ),
    ("`etcd_volume`, `docker_volume`", "Cinder's schemas", _BY_REQUESTS, ""),
    (
        "`network`, `ports`, floating IPs, rules, ports of each role",
        "Neutron's attributes, its validation of subnets and rules, its default limits",
        _BY_REQUESTS,
        "JB0345 to JB0347, JB0382, JB0383, JB0394, JB0395",
    ),
    (
        "`api`, `network.api_allowed_cidrs`, with a load balancer",
        "Octavia's types, the drivers of amphora and OVN",
        _BY_REQUESTS,
        "JB0380, JB0381",
    ),
    (
        "all of these at once, and what no schema says",
        "the real Nova, Neutron, Cinder and Octavia of the tests' cloud",
        "generated specs are tried (`make test-cloud`)",
        "",
    ),
    ("`runtime`, where Docker runs", "`dockerd --validate`", _BY_FILES, "JB0379, JB0403, JB0404"),
    ("`runtime`, where containerd runs", "`containerd config dump`", _BY_REQUESTS, ""),
    (
        "`container_network`, where flanneld runs",
        "flannel's parser and its check of ranges",
        _BY_FILES,
        "JB0306",
    ),
    (
        "names in `kubernetes.*_args`, `feature_gates`, `admission_plugins`",
        "kube-apiserver, kube-controller-manager, kube-scheduler and kubelet of each minor version",
        "`programs.json`, which these programs give (`python -m tests.labs.kubernetes_programs`)",
        "JB0472 to JB0474",
    ),
    (
        "`masters.count`, where etcd or ZooKeeper runs",
        "etcd and ZooKeeper 3.9's parser",
        "every count is tried; nothing else of a spec reaches them (`make test-daemons`)",
        "",
    ),
    (
        "`mesos.master_args`, `mesos.agent_args`",
        "mesos-master and mesos-agent 1.11",
        "`programs.json`, of their sources (`python -m tests.labs.mesos_flags`); generated options are tried",
        "JB0454, JB0465 to JB0467",
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
