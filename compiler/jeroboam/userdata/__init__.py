"""User data documents, distro-neutral: how a NodeConfig is written as cloud-config."""
