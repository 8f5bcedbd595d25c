"""Clusters that share a cluster template, as repositories of clusters have them: the texts of both."""

SHARED_TEMPLATE = """\
spec_version: 1
kind: cluster_template
name: base
accepted_findings: {JB0614: our clients follow logs again by themselves}
coe: swarm
distro: flatcar
image: an-image
keypair: ops
network: {external_network: public, api_allowed_cidrs: [192.0.2.0/24]}
masters: {flavor: m1.medium}
node_groups: [{name: default, flavor: m1.large}]
"""


def cluster_of(name: str, template: str) -> str:
    """A cluster of that name made from the template at that path, relative to its own file."""
    return f"spec_version: 1\nkind: cluster\nname: {name}\ntemplate: {template}\n"
