"""Codes JB0377 to JB0399: what a spec may say, and a program that reads what is compiled does not take."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CONSUMERS: dict[str, Code] = {
    "JB0377": Code(
        E,
        "not read alike by all programs",
        "not all programs read '{value}' alike: some send to the proxy what others reach directly",
        "write a name without a port, which stands for all below it too, an address, or a range of IPv4",
    ),
    "JB0378": Code(
        W,
        "range of IPv6 that curl does not read",
        "the steps of a node send to the proxy what is in '{value}': curl reads no ranges of IPv6",
        "name the addresses that nodes download from or that OpenStack answers at",
    ),
    "JB0379": Code(
        E,
        "not a mirror that runtimes ask",
        "images cannot come from the mirror '{value}': {why}",
        "write http or https, a host, its port and a path, without the images' names",
    ),
    "JB0380": Code(
        N,
        "what OVN's load balancer lacks",
        "octavia's provider 'ovn' has no allow-list, and it probes the API's port alone",
        "network.api_allowed_cidrs is enforced by the masters' security groups; for a probe of the API's "
        "health use the provider amphora",
    ),
    "JB0381": Code(
        W,
        "allowed range of another address family",
        "the IPv6 range {cidr} lets nobody in, as {what} has IPv4 only",
        "remove it, or list the clients' IPv4 range",
    ),
    "JB0382": Code(
        E,
        "DNS server of another address family",
        "neutron refuses the IPv6 DNS server {address} for the nodes' subnet, which is IPv4",
        "list IPv4 addresses",
    ),
    "JB0383": Code(
        W,
        "more DNS servers than Neutron's default",
        "there are {count} DNS servers; a subnet takes {limit} unless your cloud allows more",
        "list {limit} or fewer, or check max_dns_nameservers in your cloud's neutron.conf",
    ),
    "JB0384": Code(
        E,
        "name that Heat refuses",
        "heat takes no stack name that begins with a digit, such as '{name}'",
        "begin the name with a letter, for example {example}",
    ),
    "JB0385": Code(
        E,
        "metadata that Nova refuses",
        "nova refuses the metadata {part} '{value}'",
        "{advice}",
    ),
    "JB0386": Code(
        E,
        "range that is not for hosts",
        "the {name} {cidr} overlaps {special}, which is {purpose}",
        "choose a private range, for example {example}",
    ),
    "JB0387": Code(
        W,
        "address in a range of the cluster",
        "{address} is in the {name} {cidr}, so nodes look for it there",
        "choose another range for the cluster, or another address",
    ),
    "JB0388": Code(
        W,
        "range of the Internet",
        "the {name} {cidr} is public, so nodes cannot reach the hosts that have these addresses",
        "choose a private range, for example {example}, unless this one is yours",
    ),
    "JB0389": Code(
        E,
        "registry named twice",
        "two things are said of the registry '{registry}', and a runtime takes one file for each",
        "say all of it in one entry of runtime.registries, or leave it to insecure_registries alone",
    ),
    "JB0391": Code(
        E,
        "zone that Nova refuses",
        "nova refuses the availability zone '{zone}'",
        "{advice}",
    ),
    "JB0392": Code(
        W,
        "more metadata than Nova's default",
        "there are {count} items of metadata; a server takes {limit} and Jeroboam's two unless your cloud "
        "allows more",
        "list {limit} or fewer, or check quota.metadata_items in your cloud's nova.conf",
    ),
    "JB0393": Code(
        E,
        "character that a service cannot keep",
        "{service}'s database may not store a character of '{value}', {point}",
        "leave out characters above U+FFFF, such as emoji",
    ),
    "JB0394": Code(
        W,
        "nodes without security groups",
        "nothing filters what reaches the nodes: whoever is on their network may connect to every port",
        "remove network.port_security, or filter in front of that network",
        security=True,
    ),
    "JB0395": Code(
        E,
        "security groups without port security",
        "neutron takes no security groups for ports without port security",
        "remove security_groups, or {switch}",
    ),
    "JB0396": Code(
        W,
        "kubelet options without effect",
        "coe '{coe}' has no kubelet",
        "remove kubelet_args",
    ),
    "JB0398": Code(
        E,
        "keypair that Nova refuses",
        "nova refuses a server with the keypair '{name}', as the bastion is to have",
        "{advice}",
    ),
}
