"""Nodes without a virtual machine: an image's systemd in namespaces, at the machine's own speed."""
